"""Errors in ulp: the distance to the unrounded reference in units of the last place there.

An ulp is the spacing of the dtype in the reference's binade, never less than the smallest
subnormal number. An infinite result counts as the power of two after the largest number, so that
overflow a little too early costs what any other rounding would.
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from mpmath import mp

from lucid.kernels.elementary._bits import (
    OPTIONS,
    abs_f64,
    bits_f64,
    copysign_f64,
    elementary,
    float_f64,
)

#: What `measure` leaves out of the functions with zeros of their own on the negative axis.
NEAR_ZERO = 0.25
_LIMITS: dict[Any, tuple[int, int, int]] = {
    np.float32: (24, -149, 128),
    np.float64: (53, -1074, 1024),
}


@elementary
def _error(y: Any, r: Any) -> Any:
    """Error of a float32 in ulp, infinity for a special value that is wrong."""
    exponent = (bits_f64(abs_f64(r)) >> 52) - 1023
    exponent = exponent if exponent > -126 else -126
    exponent = exponent if exponent < 127 else 127
    per_ulp = float_f64((1023 + 23 - exponent) << 52)
    value = numba.float64(y)
    value = copysign_f64(2.0**128, value) if abs_f64(value) == np.inf else value
    error = abs_f64(value - r) * per_ulp
    error = 0.0 if numba.float32(r) == y and abs_f64(r) >= 2.0**128 else error
    if y != y or r != r:
        return 0.0 if y != y and r != r else np.inf
    return error


@numba.njit(**OPTIONS)
def measure(
    x: npt.NDArray[np.float32],
    y: npt.NDArray[np.float32],
    reference: npt.NDArray[np.float64],
    zeros: bool,
) -> tuple[float, int, int, int]:
    """Return the largest error, its place, how many are correctly rounded, and how many count."""
    # The order of non-negative floats is that of their bits, whose maximum is vector code.
    worst, right, count = 0, 0, 0
    for i in range(len(x)):
        r = reference[i]
        counts = not (zeros and x[i] < 0 and abs(r) < NEAR_ZERO)
        bits = bits_f64(_error(y[i], r)) if counts else 0
        worst = bits if bits > worst else worst
        equal = (y[i] == numba.float32(r)) | ((y[i] != y[i]) & (r != r))
        right += 1 if counts and equal else 0
        count += 1 if counts else 0
    place = 0
    while place < len(x) - 1 and bits_f64(_error(y[place], reference[place])) != worst:
        place += 1
    return float_f64(worst), place, right, count


def error_in_ulp(value: Any, exact: Any) -> Any:
    """Return the error of a float32 or float64 against a number of mpmath."""
    bits, smallest, largest = _LIMITS[type(value)]
    if mp.isnan(exact) or np.isnan(value):
        return mp.zero if mp.isnan(exact) and np.isnan(value) else mp.inf
    if mp.isinf(exact):
        return mp.zero if float(value) == float(exact) else mp.inf
    number = mp.mpf(float(value))
    if mp.isinf(number):
        number = mp.sign(number) * mp.ldexp(1, largest)
        if abs(exact) >= abs(number):
            return mp.zero
    exponent = mp.frexp(exact)[1] if exact else smallest
    spacing = mp.ldexp(1, min(max(int(exponent) - bits, smallest), largest - bits))
    return abs(number - exact) / spacing
