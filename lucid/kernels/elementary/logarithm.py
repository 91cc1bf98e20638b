"""log, log2, log10 and log1p in float32 and float64.

Method: x = 2^e (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), found by integer arithmetic on
the bits; log(x) = e ln2 + log(1 + f). e times the higher part of ln2 is exact, and a two-sum joins
it with the main term of log(1 + f), so that only the last addition rounds at the size of the
result. In float32 log(1 + f) = f + f^2 q(f), q of degree 9: up to 0.84 ulp, 0.94 for log2, which
has no two-sum, and 0.97 for log10, where f^2 q(f) is largest beside the result; where tables lie in
registers, `_logarithm` does it with less than half as many terms, up to 0.96 ulp. In float64, with
s = f / (2 + f), it is f - f^2 / 2 + s (f^2 / 2 + s^2 q(s^2)), q of degree 6, f - f^2 / 2 kept as
a sum of two numbers: about 0.55 ulp; there a division is cheaper than twelve more coefficients.
Another base multiplies the main term by a constant in two parts. log1p(x) takes the logarithm of
u = 1 + x and adds the rounding error of that sum, divided by u.

Sources: the reduction to s is in W. J. Cody and W. Waite, "Software Manual for the Elementary
Functions", 1980; J.-M. Muller, "Elementary Functions", 3rd ed., 2016, chapter 11; the correction
of log1p is Kahan's, in D. Goldberg, "What every computer scientist should know about
floating-point arithmetic", 1991, theorem 4 and its proof.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f32,
    abs_f64,
    bits_f32,
    bits_f64,
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
)
from lucid.kernels.elementary._logarithm import by_pieces, near_log, near_log2, near_log10
from lucid.kernels.elementary._polynomial import polynomial_f32, polynomial_f64
from lucid.kernels.elementary.coefficients import logarithm as c

__all__ = [
    "log1p_f32",
    "log1p_f64",
    "log2_f32",
    "log2_f64",
    "log10_f32",
    "log10_f64",
    "log_f32",
    "log_f64",
]

_log_f32 = polynomial_f32(c.LOG_F32)
_log2_f32 = polynomial_f32(c.LOG2_F32)
_log10_f32 = polynomial_f32(c.LOG10_F32)
_log_f64 = polynomial_f64(c.LOG_F64)

_ZERO_F32 = np.float32(0.0)
_ONE_F32 = np.float32(1.0)
_INFINITY_F32 = np.float32(np.inf)
_INFINITY_F64 = np.inf
_NAN_F64 = np.nan

# Subnormal numbers are scaled into the normal range first.
_SMALLEST_NORMAL_F32 = np.float32(2.0**-126)
_SMALLEST_NORMAL_F64 = 2.0**-1022
_UP_F32, _UP_F64 = np.float32(2.0**24), 2.0**54
_BIAS_F32, _BIAS_F64 = np.float32(-127), -1023.0
_SMALL_BIAS_F32, _SMALL_BIAS_F64 = np.float32(-127 - 24), -1023.0 - 54.0

# Below these, log1p(x) rounds to x.
_TINY_F32 = np.float32(2.0**-26)
_TINY_F64 = 2.0**-55

# Bits of sqrt(1/2), and of 1.
_ROOT_F32 = np.int32(0x3F3504F3)
_ROOT_F64 = 0x3FE6A09E667F3BCD
_UNIT_F32 = np.int32(0x3F800000)
_UNIT_F64 = 0x3FF0000000000000
# The sign bit turns an unsigned comparison into a signed one: the bits of infinity so turned.
_SIGN_F32 = np.int32(-(2**31))
_ABOVE_F32 = np.int32(0x7F800000 - 2**31)
_MANTISSA_F32 = np.int32(0x007FFFFF)
_MANTISSA_F64 = 0x000FFFFFFFFFFFFF

# An integer below 2^51 added to these bits is that integer plus 1.5 * 2^52 as a number: the
# conversion of an int64 without the instruction, which only AVX-512 has.
_MAGIC_BITS_F64 = 0x4338000000000000
_MAGIC_F64 = 1.5 * 2**52


@elementary
def _reduce_f32(x: Any, bias: Any) -> Any:
    """Return (e + bias + 127, f): x = 2^e (1 + f), for positive normal x."""
    i = bits_f32(x) + (_UNIT_F32 - _ROOT_F32)
    e = np.float32(shift_right_i32(i, np.int32(23))) + bias
    return e, float_f32((i & _MANTISSA_F32) + _ROOT_F32) - _ONE_F32


@elementary
def _reduce_f64(x: Any, bias: Any) -> Any:
    """Return (e + bias + 1023, f): x = 2^e (1 + f), for positive normal x."""
    i = bits_f64(x) + (_UNIT_F64 - _ROOT_F64)
    e = float_f64(shift_right_i64(i, 52) + _MAGIC_BITS_F64) - (_MAGIC_F64 - bias)
    return e, float_f64((i & _MANTISSA_F64) + _ROOT_F64) - 1.0


@elementary
def normal_f32(x: Any) -> Any:
    """Return (e, f): x = 2^e (1 + f), for positive normal x."""
    return _reduce_f32(x, _BIAS_F32)


@elementary
def normal_f64(x: Any) -> Any:
    """Return (e, f): x = 2^e (1 + f), for positive normal x."""
    return _reduce_f64(x, _BIAS_F64)


@elementary
def split_f32(x: Any) -> Any:
    """Return (e, f): x = 2^e (1 + f), for positive finite x."""
    small = x < _SMALLEST_NORMAL_F32
    scaled = x * _UP_F32
    return _reduce_f32(scaled if small else x, _SMALL_BIAS_F32 if small else _BIAS_F32)


@elementary
def split_f64(x: Any) -> Any:
    """Return (e, f): x = 2^e (1 + f), for positive finite x."""
    small = x < _SMALLEST_NORMAL_F64
    scaled = x * _UP_F64
    return _reduce_f64(scaled if small else x, _SMALL_BIAS_F64 if small else _BIAS_F64)


@elementary
def _finish_f32(x: Any, y: Any) -> Any:
    """Put in the values outside of the positive finite numbers."""
    # As unsigned integers the bits of infinity, the NaN and all that is negative lie above those
    # of the finite numbers; the square root makes of them what the logarithm should.
    y = y if np.int32(bits_f32(x) ^ _SIGN_F32) < _ABOVE_F32 else sqrt_f32(x)
    return -_INFINITY_F32 if x == _ZERO_F32 else y


@elementary
def _finish_f64(x: Any, y: Any) -> Any:
    """Put in the values outside of the positive finite numbers."""
    y = y if x < _INFINITY_F64 else x + x
    edge = -_INFINITY_F64 if x == 0.0 else _NAN_F64
    return edge if x <= 0.0 else y


@elementary
def main_f32(f: Any) -> Any:
    """Return (f, rest): log(1 + f) = f + rest."""
    return f, f * f * _log_f32(f)


@elementary
def _plain_log_f32(x: Any) -> Any:
    e, f = split_f32(x)
    # e LN2_HI is exact, so the fused sums are those of a two-sum.
    y = fma_f32(e, c.LN2_HI_F32, f)
    rest = f - fma_f32(-e, c.LN2_HI_F32, y)
    low = fma_f32(f * f, _log_f32(f), e * c.LN2_LO_F32)
    return _finish_f32(x, y + (rest + low))


_either_log_f32 = by_pieces(near_log, _plain_log_f32)


@elementary
def log_f32(x: Any) -> Any:
    """Natural logarithm; -infinity at both zeros, NaN below."""
    return _either_log_f32(x)


@elementary
def main_f64(f: Any) -> Any:
    """Return (r, rest): log(1 + f) = r + rest."""
    half = 0.5 * f
    r = fma_f64(-half, f, f)
    s = f / (2.0 + f)
    square = s * s
    inner = fma_f64(half, f, square * _log_f64(square))
    return r, fma_f64(s, inner, fma_f64(-half, f, f - r))


@elementary
def log_f64(x: Any) -> Any:
    """Natural logarithm; -infinity at both zeros, NaN below."""
    e, f = split_f64(x)
    r, rest = main_f64(f)
    y = fma_f64(e, c.LN2_HI_F64, r)
    low = (r - fma_f64(-e, c.LN2_HI_F64, y)) + fma_f64(e, c.LN2_LO_F64, rest)
    return _finish_f64(x, y + low)


@elementary
def _plain_log2_f32(x: Any) -> Any:
    e, f = split_f32(x)
    # The sum with e needs no two-sum: |log2(1 + f)| <= 1/2.
    return _finish_f32(x, e + fma_f32(f, c.LOG2_E_F32, f * _log2_f32(f)))


_either_log2_f32 = by_pieces(near_log2, _plain_log2_f32)


@elementary
def log2_f32(x: Any) -> Any:
    """Logarithm to base 2; exact at powers of two, -infinity at both zeros, NaN below."""
    return _either_log2_f32(x)


@elementary
def log2_f64(x: Any) -> Any:
    """Logarithm to base 2; exact at powers of two, -infinity at both zeros, NaN below."""
    e, f = split_f64(x)
    m, m_rest = main_f64(f)
    r = product_f64(m, c.LOG2_E_HI_F64)
    rest = fma_f64(m, c.LOG2_E_LO_F64, fma_f64(m, c.LOG2_E_HI_F64, -r))
    y = e + r
    return _finish_f64(x, y + ((r - (y - e)) + fma_f64(m_rest, c.LOG2_E_HI_F64, rest)))


@elementary
def _plain_log10_f32(x: Any) -> Any:
    e, f = split_f32(x)
    r = product_f32(f, c.LOG10_E_F32)
    y = fma_f32(e, c.LOG10_2_HI_F32, r)
    rest = (r - fma_f32(-e, c.LOG10_2_HI_F32, y)) + fma_f32(f, c.LOG10_E_F32, -r)
    low = fma_f32(f, _log10_f32(f), e * c.LOG10_2_LO_F32)
    return _finish_f32(x, y + (rest + low))


_either_log10_f32 = by_pieces(near_log10, _plain_log10_f32)


@elementary
def log10_f32(x: Any) -> Any:
    """Logarithm to base 10; -infinity at both zeros, NaN below."""
    return _either_log10_f32(x)


@elementary
def log10_f64(x: Any) -> Any:
    """Logarithm to base 10; -infinity at both zeros, NaN below."""
    e, f = split_f64(x)
    m, m_rest = main_f64(f)
    r = product_f64(m, c.LOG10_E_HI_F64)
    rest = fma_f64(m, c.LOG10_E_LO_F64, fma_f64(m, c.LOG10_E_HI_F64, -r))
    y = fma_f64(e, c.LOG10_2_HI_F64, r)
    low = fma_f64(m_rest, c.LOG10_E_HI_F64, fma_f64(e, c.LOG10_2_LO_F64, rest))
    return _finish_f64(x, y + ((r - fma_f64(-e, c.LOG10_2_HI_F64, y)) + low))


@elementary
def log1p_f32(x: Any) -> Any:
    """log(1 + x) without the loss near 0; -infinity at -1, NaN below."""
    u = x + _ONE_F32
    one = u - x
    lost = (x - (u - one)) + (_ONE_F32 - one)
    e, f = split_f32(u)
    y = fma_f32(e, c.LN2_HI_F32, f)
    rest = f - fma_f32(-e, c.LN2_HI_F32, y)
    low = fma_f32(f * f, _log_f32(f), fma_f32(e, c.LN2_LO_F32, lost / u))
    y = _finish_f32(u, y + (rest + low))
    return x if abs_f32(x) < _TINY_F32 else y


@elementary
def log1p_f64(x: Any) -> Any:
    """log(1 + x) without the loss near 0; -infinity at -1, NaN below."""
    u = x + 1.0
    one = u - x
    rest = (x - (u - one)) + (1.0 - one)
    e, f = split_f64(u)
    r, tail = main_f64(f)
    y = fma_f64(e, c.LN2_HI_F64, r)
    low = (r - fma_f64(-e, c.LN2_HI_F64, y)) + (fma_f64(e, c.LN2_LO_F64, tail) + rest / u)
    y = _finish_f64(u, y + low)
    return x if abs_f64(x) < _TINY_F64 else y
