"""asinh, acosh and atanh in float32 and float64.

The float32 functions work in float64 and round once: about 0.5 ulp. There asinh and acosh are
log(x + sqrt(x^2 +- 1)). In float64 the square, its sum with 1, the root and the argument of the
logarithm are sums of two numbers, and the lower one of the last divided by the higher one is
added to the logarithm; beyond 2^28 it is log(2 x).

atanh: (1 + x) / (1 - x) = 2^k (1 + s) / (1 - s) with k read off the bits of the two terms, and
atanh(x) = k ln2 / 2 + atanh(s), |s| <= 0.2003, with a short odd polynomial. k is 0 for small x, and
then s is x. In float64 both terms and s are sums of two numbers.

Sources: W. Kahan, "Branch cuts for complex elementary functions", 1987 (the formulas); J.-M.
Muller, "Elementary Functions", 3rd ed., 2016, chapter 4 (sums of two numbers).
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f32,
    abs_f64,
    bits_f64,
    copysign_f32,
    copysign_f64,
    elementary,
    float_f64,
    fma_f64,
    product_f64,
    shift_right_i64,
    sqrt_f64,
)
from lucid.kernels.elementary._narrow import log_narrow
from lucid.kernels.elementary._pairs import fast_two_sum, two_sum
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary.coefficients import hyperbolic as c
from lucid.kernels.elementary.coefficients import logarithm as logarithm_c
from lucid.kernels.elementary.logarithm import main_f64, split_f64

_atanh_narrow = polynomial_f64(c.ATANH_NARROW)
_atanh_f64 = polynomial_f64(c.ATANH_F64)

_ONE_F32 = np.float32(1.0)
_INFINITY_F32, _NAN_F32 = np.float32(np.inf), np.float32(np.nan)
_INFINITY_F64, _NAN_F64 = np.inf, np.nan
#: Below these, asinh(x) rounds to x.
_TINY_F32, _TINY_F64 = np.float32(2.0**-12), 2.0**-27
#: From here on x + sqrt(x^2 +- 1) rounds to 2 x.
_LARGE = 2.0**28

#: Half an exponent: rounds the difference of two bit patterns to a whole exponent.
_HALF_STEP = 1 << 51
_UNIT_BITS = 0x3FF0000000000000
_MAGIC_BITS = 0x4338000000000000
_MAGIC = 1.5 * 2**52


@elementary
def asinh_f32(x: Any) -> Any:
    """Inverse hyperbolic sine; keeps the sign of zeros and infinities."""
    size = abs_f32(x)
    z = np.float64(size)
    y = np.float32(log_narrow(z + sqrt_f64(z * z + 1.0)))
    y = copysign_f32(y, x) if size < _INFINITY_F32 else x + x
    return x if size < _TINY_F32 else y


@elementary
def acosh_f32(x: Any) -> Any:
    """Inverse hyperbolic cosine, not negative; NaN below 1."""
    z = np.float64(x)
    y = np.float32(log_narrow(z + sqrt_f64(z * z - 1.0)))
    y = y if x < _INFINITY_F32 else x + x
    return _NAN_F32 if x < _ONE_F32 else y


@elementary
def atanh_f32(x: Any) -> Any:
    """Inverse hyperbolic tangent; ±infinity at ±1, NaN beyond."""
    size = abs_f32(x)
    z = np.float64(size)
    above, below = 1.0 + z, 1.0 - z
    steps = shift_right_i64(bits_f64(above) - bits_f64(below) + _HALF_STEP, 52)
    k = float_f64(steps + _MAGIC_BITS) - _MAGIC
    below = float_f64(bits_f64(below) + (steps << 52))
    s = (above - below) / (above + below)
    square = s * s
    y = np.float32(fma_f64(k, c.HALF_LN2_HI_F64, fma_f64(s * square, _atanh_narrow(square), s)))
    edge = _INFINITY_F32 if size == _ONE_F32 else size * _NAN_F32
    return copysign_f32(y if size < _ONE_F32 else edge, x)


@elementary
def _log_sum(h: Any, low: Any, twice: Any) -> Any:
    """log(h + low), and ln 2 more where ``twice``; for finite h >= 1."""
    e, f = split_f64(h)
    e = e + 1.0 if twice else e
    r, rest = main_f64(f)
    base = product_f64(e, logarithm_c.LN2_HI_F64)
    y = base + r
    return y + ((r - (y - base)) + (fma_f64(e, logarithm_c.LN2_LO_F64, rest) + low / h))


@elementary
def asinh_f64(x: Any) -> Any:
    """Inverse hyperbolic sine; keeps the sign of zeros and infinities."""
    size = abs_f64(x)
    large = size > _LARGE
    z = 1.0 if large else size
    p = product_f64(z, z)
    w, w_low = two_sum(1.0, p)
    q = sqrt_f64(w)
    q_low = (fma_f64(-q, q, w) + (w_low + fma_f64(z, z, -p))) * (0.5 / q)
    h, low = fast_two_sum(q, z)
    y = _log_sum(size if large else h, 0.0 if large else low + q_low, large)
    y = copysign_f64(y, x) if size < _INFINITY_F64 else x + x
    return x if size < _TINY_F64 else y


@elementary
def acosh_f64(x: Any) -> Any:
    """Inverse hyperbolic cosine, not negative; NaN below 1."""
    large = x > _LARGE
    # With 2 for what has no root, and for 1 itself, nothing below divides by zero.
    z = x if x > 1.0 else 2.0
    z = 2.0 if large else z
    p = product_f64(z, z)
    w, w_low = fast_two_sum(p, -1.0)
    q = sqrt_f64(w)
    q_low = (fma_f64(-q, q, w) + (w_low + fma_f64(z, z, -p))) * (0.5 / q)
    h, low = fast_two_sum(z, q)
    y = _log_sum(x if large else h, 0.0 if large else low + q_low, large)
    y = y if x < _INFINITY_F64 else x + x
    edge = 0.0 if x == 1.0 else _NAN_F64
    return edge if x <= 1.0 else y


@elementary
def atanh_f64(x: Any) -> Any:
    """Inverse hyperbolic tangent; ±infinity at ±1, NaN beyond."""
    size = abs_f64(x)
    above, above_low = fast_two_sum(1.0, size)
    below, below_low = fast_two_sum(1.0, -size)
    steps = shift_right_i64(bits_f64(above) - bits_f64(below) + _HALF_STEP, 52)
    k = float_f64(steps + _MAGIC_BITS) - _MAGIC
    power = float_f64((steps << 52) + _UNIT_BITS)
    below = float_f64(bits_f64(below) + (steps << 52))
    below_low *= power
    top = above - below
    bottom, bottom_low = two_sum(above, below)
    top_low = above_low - below_low
    bottom_low += above_low + below_low
    reciprocal = 1.0 / bottom
    s = product_f64(top, reciprocal)
    s_low = (fma_f64(-s, bottom, top) + fma_f64(-s, bottom_low, top_low)) * reciprocal
    square = s * s
    base = product_f64(k, c.HALF_LN2_HI_F64)
    y = base + s
    tail = fma_f64(s * square, _atanh_f64(square), fma_f64(k, c.HALF_LN2_LO_F64, s_low))
    y += (s - (y - base)) + tail
    edge = _INFINITY_F64 if size == 1.0 else size * _NAN_F64
    return copysign_f64(y if size < 1.0 else edge, x)
