"""Arithmetic helpers of generated source: what Python's operators do not say, or say otherwise."""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f32,
    abs_f64,
    bits_f32,
    bits_f64,
    ceil_f32,
    ceil_f64,
    copysign_f32,
    copysign_f64,
    elementary,
    float_f32,
    float_f64,
    floor_f32,
    floor_f64,
    fma_f32,
    fma_f64,
    rest_f64,
    rint_f32,
    rint_f64,
    sqrt_f32,
    sqrt_f64,
    trunc_f32,
    trunc_f64,
)
from lucid.kernels.elementary._variants import rescue_f32, rescue_f64

__all__ = [
    "abs_f32",
    "abs_f64",
    "absolute",
    "ceil_f32",
    "ceil_f64",
    "clip",
    "copysign_f32",
    "copysign_f64",
    "floor_divide_f32",
    "floor_divide_f64",
    "floor_f32",
    "floor_f64",
    "fmax",
    "fmin",
    "fmod_f32",
    "fmod_f64",
    "isfinite_f32",
    "isfinite_f64",
    "isinf_f32",
    "isinf_f64",
    "isnan",
    "left_shift_signed",
    "left_shift_unsigned",
    "maximum",
    "minimum",
    "nextafter_f32",
    "nextafter_f64",
    "remainder_f32",
    "remainder_f64",
    "right_shift_signed",
    "right_shift_unsigned",
    "rint_f32",
    "rint_f64",
    "sign_f32",
    "sign_f64",
    "sign_signed",
    "sign_unsigned",
    "signbit_f32",
    "signbit_f64",
    "sqrt_f32",
    "sqrt_f64",
    "trunc_f32",
    "trunc_f64",
]


@elementary
def maximum(a: Any, b: Any) -> Any:
    return a if (a > b) | (a != a) else b


@elementary
def minimum(a: Any, b: Any) -> Any:
    return a if (a < b) | (a != a) else b


@elementary
def fmax(a: Any, b: Any) -> Any:
    return a if (a > b) | (b != b) else b


@elementary
def fmin(a: Any, b: Any) -> Any:
    return a if (a < b) | (b != b) else b


@elementary
def clip(x: Any, low: Any, high: Any) -> Any:
    # One comparison for each bound: a NaN in x fails both. So does a NaN bound, hence the last
    # line, whose condition is the same for a whole loop if the bounds are numbers.
    above = low if x <= low else x
    inside = high if above >= high else above
    return (low if low != low else high) if (low != low) | (high != high) else inside


@elementary
def isnan(x: Any) -> Any:
    return x != x


@elementary
def absolute(x: Any) -> Any:
    """Absolute value of an integer; the least one stays itself, as in NumPy."""
    return -x if x < 0 else x


@elementary
def sign_signed(x: Any) -> Any:
    return (x > 0) - (x < 0)


@elementary
def sign_unsigned(x: Any) -> Any:
    return 1 if x != 0 else 0


@elementary
def sign_f32(x: Any) -> Any:
    # Zeros and NaN fail the comparison; the sum makes -0.0 a 0.0.
    return copysign_f32(np.float32(1.0), x) if abs_f32(x) > np.float32(0.0) else x + np.float32(0.0)


@elementary
def sign_f64(x: Any) -> Any:
    return copysign_f64(1.0, x) if abs_f64(x) > 0.0 else x + 0.0


@elementary
def isinf_f32(x: Any) -> Any:
    return abs_f32(x) == np.float32(np.inf)


@elementary
def isinf_f64(x: Any) -> Any:
    return abs_f64(x) == np.inf


@elementary
def isfinite_f32(x: Any) -> Any:
    return abs_f32(x) < np.float32(np.inf)


@elementary
def isfinite_f64(x: Any) -> Any:
    return abs_f64(x) < np.inf


@elementary
def signbit_f32(x: Any) -> Any:
    return bits_f32(x) < np.int32(0)


@elementary
def signbit_f64(x: Any) -> Any:
    return bits_f64(x) < np.int64(0)


@elementary
def nextafter_f32(x: Any, y: Any) -> Any:
    # The bits of floats of one sign are ordered as the floats are.
    bits = bits_f32(x)
    outward = (y > x) == (x > np.float32(0.0))
    step = float_f32(bits + np.int32(1)) if outward else float_f32(bits - np.int32(1))
    least = copysign_f32(float_f32(np.int32(1)), y)
    moved = least if x == np.float32(0.0) else step
    return x + y if (x != x) | (y != y) else (y if x == y else moved)


@elementary
def nextafter_f64(x: Any, y: Any) -> Any:
    bits = bits_f64(x)
    outward = (y > x) == (x > 0.0)
    step = float_f64(bits + np.int64(1)) if outward else float_f64(bits - np.int64(1))
    least = copysign_f64(float_f64(np.int64(1)), y)
    moved = least if x == 0.0 else step
    return x + y if (x != x) | (y != y) else (y if x == y else moved)


@elementary
def left_shift_signed(a: Any, b: Any) -> Any:
    # By the width or more, or by a negative number: all bits have left. Narrow integers are
    # shifted as int64 and cut to their width afterwards.
    n = np.int64(b)
    return np.int64(a) << (n & np.int64(63)) if (n >= 0) & (n < 64) else np.int64(0)


@elementary
def left_shift_unsigned(a: Any, b: Any) -> Any:
    n = np.uint64(b)
    return np.uint64(a) << (n & np.uint64(63)) if n < np.uint64(64) else np.uint64(0)


@elementary
def right_shift_signed(a: Any, b: Any) -> Any:
    n = np.int64(b)
    return np.int64(a) >> (n if (n >= 0) & (n < 64) else np.int64(63))


@elementary
def right_shift_unsigned(a: Any, b: Any) -> Any:
    n = np.uint64(b)
    return np.uint64(a) >> (n & np.uint64(63)) if n < np.uint64(64) else np.uint64(0)


# Division with rest of floats, with one division where the quotient has fewer bits than a float.
# It is then an integer or one too large, and the rest, exact either way, says which. Otherwise, and
# for a divisor that is 0 or infinite, the C library's `fmod` is called.


@elementary
def _long_rest_f32(a: Any, b: Any) -> Any:
    # In float64 the rest of two float32 numbers is exact, and is a float32 number again.
    return np.float32(rest_f64(np.float64(a), np.float64(b)))


@elementary
def _long_rest_f64(a: Any, b: Any) -> Any:
    return rest_f64(a, b)


@elementary
def _long_floor_divide_f64(a: Any, b: Any) -> Any:
    if b == 0.0:
        return a / b
    rest = rest_f64(a, b)
    # Without its remainder the dividend is a multiple of the divisor, but for one rounding.
    quotient = (a - rest) / b
    if (rest != 0.0) & ((b < 0.0) != (rest < 0.0)):
        quotient = quotient - 1.0
    whole = floor_f64(quotient)
    whole = whole + 1.0 if quotient - whole > 0.5 else whole
    return copysign_f64(0.0, a / b) if whole == 0.0 else whole


@elementary
def _long_floor_divide_f32(a: Any, b: Any) -> Any:
    return np.float32(_long_floor_divide_f64(np.float64(a), np.float64(b)))


_rest_unless_f32 = rescue_f32(_long_rest_f32)
_rest_unless_f64 = rescue_f64(_long_rest_f64)
_floor_unless_f32 = rescue_f32(_long_floor_divide_f32)
_floor_unless_f64 = rescue_f64(_long_floor_divide_f64)
_LONG_F32, _LONG_F64 = np.float32(2.0**22), 2.0**51


@elementary
def _short_division_f32(a: Any, b: Any) -> Any:
    """Quotient and rest of two numbers that are not negative, and whether they may be wrong."""
    q = trunc_f32(a / b)
    rest = fma_f32(-q, b, a)
    large = rest < np.float32(0.0)
    long = (b == np.float32(np.inf)) | (not a < b * _LONG_F32)
    return (q - np.float32(1.0) if large else q), (rest + b if large else rest), long


@elementary
def _short_division_f64(a: Any, b: Any) -> Any:
    """Quotient and rest of two numbers that are not negative, and whether they may be wrong."""
    q = trunc_f64(a / b)
    rest = fma_f64(-q, b, a)
    large = rest < 0.0
    long = (b == np.inf) | (not a < b * _LONG_F64)
    return (q - 1.0 if large else q), (rest + b if large else rest), long


@elementary
def _rest_f32(a: Any, b: Any) -> Any:
    """Return the rest of |a| / |b|, exactly."""
    a, b = abs_f32(a), abs_f32(b)
    _, rest, long = _short_division_f32(a, b)
    return _rest_unless_f32(long, rest, a, b)


@elementary
def _rest_f64(a: Any, b: Any) -> Any:
    """Return the rest of |a| / |b|, exactly."""
    a, b = abs_f64(a), abs_f64(b)
    _, rest, long = _short_division_f64(a, b)
    return _rest_unless_f64(long, rest, a, b)


@elementary
def fmod_f32(a: Any, b: Any) -> Any:
    return copysign_f32(_rest_f32(a, b), a)


@elementary
def fmod_f64(a: Any, b: Any) -> Any:
    return copysign_f64(_rest_f64(a, b), a)


@elementary
def remainder_f32(a: Any, b: Any) -> Any:
    rest = _rest_f32(a, b)
    apart = (bits_f32(a) ^ bits_f32(b)) < np.int32(0)
    return copysign_f32(abs_f32(b) - rest if apart & (rest > np.float32(0.0)) else rest, b)


@elementary
def remainder_f64(a: Any, b: Any) -> Any:
    rest = _rest_f64(a, b)
    apart = (bits_f64(a) ^ bits_f64(b)) < np.int64(0)
    return copysign_f64(abs_f64(b) - rest if apart & (rest > 0.0) else rest, b)


@elementary
def floor_divide_f32(a: Any, b: Any) -> Any:
    q, rest, long = _short_division_f32(abs_f32(a), abs_f32(b))
    apart = (bits_f32(a) ^ bits_f32(b)) < np.int32(0)
    whole = q + np.float32(1.0) if rest > np.float32(0.0) else q
    return _floor_unless_f32(long, -whole if apart else q, a, b)


@elementary
def floor_divide_f64(a: Any, b: Any) -> Any:
    q, rest, long = _short_division_f64(abs_f64(a), abs_f64(b))
    apart = (bits_f64(a) ^ bits_f64(b)) < np.int64(0)
    whole = q + 1.0 if rest > 0.0 else q
    return _floor_unless_f64(long, -whole if apart else q, a, b)
