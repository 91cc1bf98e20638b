"""Pieces of 2/pi for the reduction of large angles.

Payne and Hanek, "Radian reduction for trigonometric functions", SIGNUM Newsletter 18 (1983): of
the product x (2/pi) only the value modulo 4 counts, so the places of 2/pi that give multiples of
4 with every x of an exponent are left out, and a few pieces of the rest are enough.
"""

import math

import numpy as np
import numpy.typing as npt

from lucid.kernels.elementary.coefficients.trigonometric import TWO_OVER_PI
from lucid.kernels.elementary.coefficients.trigonometric import TWO_OVER_PI_PLACES as PLACES

#: First exponent of the table: smaller numbers are below 1/2 and use its row.
FIRST_EXPONENT = -2
#: From 2^SCALED on, x comes multiplied by 2^-SCALED and its row by 2^SCALED: without that the
#: last pieces for the largest numbers would be subnormal.
SCALED = 256


def _reduced(ulp: int) -> int:
    """Return 2/pi in units of 2^-PLACES, less what gives multiples of 4 with ``2**ulp``."""
    period = PLACES + 2 - ulp
    rest = TWO_OVER_PI
    if ulp > 2:
        rest %= 1 << period
        if rest >> (period - 1):
            rest -= 1 << period
    return rest


def _cut(rest: int) -> tuple[float, int]:
    """Return the float64 nearest to ``rest`` units, and what it leaves."""
    # Python's division of integers is correctly rounded, however long they are.
    value = rest / (1 << PLACES)
    mantissa, exponent = math.frexp(value)
    shift = exponent - 53 + PLACES
    head = int(math.ldexp(mantissa, 53))
    return value, rest - (head << shift if shift >= 0 else head >> -shift)


def _row(exponent: int) -> list[float]:
    scale = SCALED if exponent >= SCALED else 0
    rest = _reduced(exponent - 52) << scale
    # x is a multiple of 2^(exponent - 52) and the first piece one of 2^(2 - exponent): their
    # product is a multiple of 2^-50, so that taking the nearest multiple of 8 away is exact.
    places = PLACES + 2 - exponent + scale
    head = (rest + (1 << (places - 1))) >> places if exponent > 1 else 0
    pieces = [(head << places) / (1 << PLACES)]
    rest -= head << places
    for _ in range(3):
        piece, rest = _cut(rest)
        pieces.append(piece)
    return pieces


def table() -> npt.NDArray[np.float64]:
    """Four pieces of 2/pi for each exponent from ``FIRST_EXPONENT`` on; last a row of zeros.

    The last row belongs to infinities and NaN.
    """
    rows = [_row(exponent) for exponent in range(FIRST_EXPONENT, 1024)]
    return np.array([*rows, [0.0] * 4]).ravel()


def window(exponent: int) -> tuple[float, float]:
    """Two pieces of 2/pi, together 105 bits, for float32 numbers from ``2**exponent`` on.

    For numbers below ``2**(exponent + 27)`` the product with the first piece is below 2^52.
    """
    if exponent > 0:
        first, rest = _cut(_reduced(exponent - 23))
        return first, _cut(rest)[0]
    # 52 bits rounded down: a positive second piece keeps the sign of -0.
    head = TWO_OVER_PI >> (PLACES - 52)
    return math.ldexp(head, -52), _cut(TWO_OVER_PI - (head << (PLACES - 52)))[0]
