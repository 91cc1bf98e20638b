"""asinh, acosh and atanh in float32 and float64.

asinh and acosh are log(x + sqrt(x^2 +- 1)). The square, its sum with 1, the root and the argument
of the logarithm are sums of two numbers, and the lower one of the last, divided by the higher one,
is added to the logarithm; for large x it is log(2 x). Near 0 and near 1 nothing is lost: there the
higher part of the argument is 1 + f with an exact f.

atanh: (1 + x) / (1 - x) = 2^k (1 + s) / (1 - s) with k read off the bits of the two terms, and
atanh(x) = k ln2 / 2 + atanh(s), |s| <= 0.2003, with a short odd polynomial. k is 0 for small x, and
then s is x. Both terms and s are sums of two numbers.

Sources: W. Kahan, "Branch cuts for complex elementary functions", 1987 (the formulas); J.-M.
Muller, "Elementary Functions", 3rd ed., 2016, chapter 4 (sums of two numbers).
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f32,
    abs_f64,
    bits_f32,
    bits_f64,
    copysign_f32,
    copysign_f64,
    elementary,
    float_f32,
    float_f64,
    fma_f32,
    fma_f64,
    product_f32,
    product_f64,
    shift_right_i32,
    shift_right_i64,
    sqrt_f32,
    sqrt_f64,
)
from lucid.kernels.elementary._pairs import fast_two_sum
from lucid.kernels.elementary._polynomial import polynomial_f32, polynomial_f64
from lucid.kernels.elementary.coefficients import hyperbolic as c
from lucid.kernels.elementary.coefficients import logarithm as logarithm_c
from lucid.kernels.elementary.logarithm import main_f32, main_f64, normal_f32, normal_f64

__all__ = ["acosh_f32", "acosh_f64", "asinh_f32", "asinh_f64", "atanh_f32", "atanh_f64"]

_atanh_f32 = polynomial_f32(c.ATANH_F32)
_atanh_f64 = polynomial_f64(c.ATANH_F64)

_ZERO_F32, _ONE_F32, _TWO_F32 = np.float32(0.0), np.float32(1.0), np.float32(2.0)
_INFINITY_F32, _NAN_F32 = np.float32(np.inf), np.float32(np.nan)
_INFINITY_F64, _NAN_F64 = np.inf, np.nan
#: Below these, asinh(x) rounds to x.
_TINY_F32, _TINY_F64 = np.float32(2.0**-13), 2.0**-27
#: From here on x + sqrt(x^2 +- 1) rounds to 2 x.
_LARGE_F32, _LARGE_F64 = np.float32(2.0**14), 2.0**28

#: Half an exponent: rounds the difference of two bit patterns to a whole exponent.
_HALF_STEP_F32, _HALF_STEP_F64 = np.int32(1 << 22), 1 << 51
_UNIT_F32, _UNIT_F64 = np.int32(0x3F800000), 0x3FF0000000000000
_MAGIC_BITS_F64 = 0x4338000000000000
_MAGIC_F64 = 1.5 * 2**52


@elementary
def _log_root_f32(x: Any, h: Any, low: Any, q: Any, left: Any, large: Any) -> Any:
    """log(h + low + left / (2 q)), or log(2 x) where ``large``."""
    twice = q + q
    low = fma_f32(twice, low, left) / (twice * h)
    e, f = normal_f32(x if large else h)
    e = e + _ONE_F32 if large else e
    r, rest = main_f32(f)
    y = fma_f32(e, logarithm_c.LN2_HI_F32, r)
    low = fma_f32(e, logarithm_c.LN2_LO_F32, rest) + (_ZERO_F32 if large else low)
    return y + ((r - fma_f32(-e, logarithm_c.LN2_HI_F32, y)) + low)


@elementary
def _log_root_f64(x: Any, h: Any, low: Any, q: Any, left: Any, large: Any) -> Any:
    """log(h + low + left / (2 q)), or log(2 x) where ``large``."""
    twice = q + q
    low = fma_f64(twice, low, left) / (twice * h)
    e, f = normal_f64(x if large else h)
    e = e + 1.0 if large else e
    r, rest = main_f64(f)
    y = fma_f64(e, logarithm_c.LN2_HI_F64, r)
    low = fma_f64(e, logarithm_c.LN2_LO_F64, rest) + (0.0 if large else low)
    return y + ((r - fma_f64(-e, logarithm_c.LN2_HI_F64, y)) + low)


@elementary
def asinh_f32(x: Any) -> Any:
    """Inverse hyperbolic sine; keeps the sign of zeros and infinities."""
    size = abs_f32(x)
    large = size > _LARGE_F32
    z = _ONE_F32 if large else size
    w = fma_f32(z, z, _ONE_F32)
    w_low = fma_f32(z, z, _ONE_F32 - w)
    q = sqrt_f32(w)
    h, low = fast_two_sum(q, z)
    y = _log_root_f32(size, h, low, q, fma_f32(-q, q, w) + w_low, large)
    y = copysign_f32(y, x) if size < _INFINITY_F32 else x + x
    return x if size < _TINY_F32 else y


@elementary
def asinh_f64(x: Any) -> Any:
    """Inverse hyperbolic sine; keeps the sign of zeros and infinities."""
    size = abs_f64(x)
    large = size > _LARGE_F64
    z = 1.0 if large else size
    w = fma_f64(z, z, 1.0)
    w_low = fma_f64(z, z, 1.0 - w)
    q = sqrt_f64(w)
    h, low = fast_two_sum(q, z)
    y = _log_root_f64(size, h, low, q, fma_f64(-q, q, w) + w_low, large)
    y = copysign_f64(y, x) if size < _INFINITY_F64 else x + x
    return x if size < _TINY_F64 else y


@elementary
def acosh_f32(x: Any) -> Any:
    """Inverse hyperbolic cosine, not negative; NaN below 1."""
    large = x > _LARGE_F32
    # With 2 for what has no root, and for 1 itself, nothing below divides by zero.
    z = x if x > _ONE_F32 else _TWO_F32
    z = _TWO_F32 if large else z
    p = product_f32(z, z)
    w = p - _ONE_F32
    q = sqrt_f32(w)
    h, low = fast_two_sum(z, q)
    y = _log_root_f32(x, h, low, q, fma_f32(-q, q, w) + fma_f32(z, z, -p), large)
    # 0 at 1, NaN below, infinity at infinity: what this root is there.
    return y if (x > _ONE_F32) & (x < _INFINITY_F32) else sqrt_f32(x - _ONE_F32)


@elementary
def acosh_f64(x: Any) -> Any:
    """Inverse hyperbolic cosine, not negative; NaN below 1."""
    large = x > _LARGE_F64
    # With 2 for what has no root, and for 1 itself, nothing below divides by zero.
    z = x if x > 1.0 else 2.0
    z = 2.0 if large else z
    p = product_f64(z, z)
    w = p - 1.0
    q = sqrt_f64(w)
    h, low = fast_two_sum(z, q)
    y = _log_root_f64(x, h, low, q, fma_f64(-q, q, w) + fma_f64(z, z, -p), large)
    # 0 at 1, NaN below, infinity at infinity: what this root is there.
    return y if (x > 1.0) & (x < _INFINITY_F64) else sqrt_f64(x - 1.0)


@elementary
def atanh_f32(x: Any) -> Any:
    """Inverse hyperbolic tangent; ±infinity at ±1, NaN beyond."""
    size = abs_f32(x)
    above, above_low = fast_two_sum(_ONE_F32, size)
    below, below_low = fast_two_sum(_ONE_F32, -size)
    steps = shift_right_i32(
        np.int32(bits_f32(above) - bits_f32(below)) + _HALF_STEP_F32, np.int32(23)
    )
    k = np.float32(steps)
    power = float_f32(np.int32(steps << np.int32(23)) + _UNIT_F32)
    below = float_f32(bits_f32(below) + np.int32(steps << np.int32(23)))
    below_low *= power
    top = above - below
    bottom, bottom_low = fast_two_sum(above, below)
    top_low = above_low - below_low
    bottom_low += above_low + below_low
    reciprocal = _ONE_F32 / bottom
    s = product_f32(top, reciprocal)
    s_low = (fma_f32(-s, bottom, top) + fma_f32(-s, bottom_low, top_low)) * reciprocal
    square = s * s
    y = fma_f32(k, c.HALF_LN2_HI_F32, s)
    tail = fma_f32(s * square, _atanh_f32(square), fma_f32(k, c.HALF_LN2_LO_F32, s_low))
    y += (s - fma_f32(-k, c.HALF_LN2_HI_F32, y)) + tail
    edge = _INFINITY_F32 if size == _ONE_F32 else size * _NAN_F32
    return copysign_f32(y if size < _ONE_F32 else edge, x)


@elementary
def atanh_f64(x: Any) -> Any:
    """Inverse hyperbolic tangent; ±infinity at ±1, NaN beyond."""
    size = abs_f64(x)
    above, above_low = fast_two_sum(1.0, size)
    below, below_low = fast_two_sum(1.0, -size)
    steps = shift_right_i64(bits_f64(above) - bits_f64(below) + _HALF_STEP_F64, 52)
    k = float_f64(steps + _MAGIC_BITS_F64) - _MAGIC_F64
    power = float_f64((steps << 52) + _UNIT_F64)
    below = float_f64(bits_f64(below) + (steps << 52))
    below_low *= power
    top = above - below
    bottom, bottom_low = fast_two_sum(above, below)
    top_low = above_low - below_low
    bottom_low += above_low + below_low
    reciprocal = 1.0 / bottom
    s = product_f64(top, reciprocal)
    s_low = (fma_f64(-s, bottom, top) + fma_f64(-s, bottom_low, top_low)) * reciprocal
    square = s * s
    y = fma_f64(k, c.HALF_LN2_HI_F64, s)
    tail = fma_f64(s * square, _atanh_f64(square), fma_f64(k, c.HALF_LN2_LO_F64, s_low))
    y += (s - fma_f64(-k, c.HALF_LN2_HI_F64, y)) + tail
    edge = _INFINITY_F64 if size == 1.0 else size * _NAN_F64
    return copysign_f64(y if size < 1.0 else edge, x)
