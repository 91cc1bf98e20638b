"""pow in float32 and float64.

|x|^y = 2^(y log2 |x|). The logarithm must be known to far more digits than the result has: its
error is multiplied by up to 1100. The float32 function takes float64 for that and rounds once,
0.54 ulp. In float64 the logarithm is a sum of two numbers with a relative error of about 2^-64:
with s = f / (2 + f), itself a sum of two numbers, log2(1 + f) = s (2 / ln 2 + s^2 (2 / (3 ln 2) +
...)), where the two outer sums and their products are computed to double length and only the terms
from s^5 on in one number. So are the exponent, and 1 + r ln 2 of the power of two: 0.80 ulp, where
the exponent is largest.

The special cases are C99's (Annex F.10.4.4): pow(x, 0) and pow(1, y) are 1 even for a NaN,
pow(-1, ±infinity) is 1, a negative finite x with a y that is no integer gives NaN, and the sign
of a negative x (zeros and infinity included) stays where y is an odd integer.

Sources: W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980; J.-M.
Muller, "Elementary Functions", 3rd ed., 2016, chapter 12; T. J. Dekker, Numer. Math. 18 (1971).
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
    rint_f32,
    rint_f64,
)
from lucid.kernels.elementary._pairs import fast_two_sum
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary.coefficients import power as c
from lucid.kernels.elementary.coefficients.exponential import EXP2_F64
from lucid.kernels.elementary.exponential import scale_f64
from lucid.kernels.elementary.logarithm import normal_f64, split_f64

__all__ = ["pow_f32", "pow_f64"]

_log2_narrow = polynomial_f64(c.LOG2_NARROW)
_exp2_narrow = polynomial_f64(c.EXP2_NARROW)
_fifth = polynomial_f64(c.FIFTH_F64)
_exp2_rest = polynomial_f64(EXP2_F64)

_ZERO_F32, _ONE_F32, _HALF_F32 = np.float32(0.0), np.float32(1.0), np.float32(0.5)
_INFINITY_F32, _NAN_F32 = np.float32(np.inf), np.float32(np.nan)
_INFINITY, _NAN = np.inf, np.nan
#: Every y beyond these acts like an infinity on every x but 1, and 0 * y stays 0.
_HUGE_F32 = np.float32(2.0**100)
#: Beyond these exponents the result is an infinity or zero.
_TOP_F32, _BOTTOM_F32 = 130.0, -152.0
_TOP_F64, _BOTTOM_F64 = 1025.0, -1076.0
# Adding it rounds to an integer n and leaves the exponent of 2^n in the low bits.
_MAGIC = 1.5 * 2**52 + 1023
# And with twice the bias, for two halves of the power.
_TWICE_MAGIC = 1.5 * 2**52 + 2046


@elementary
def pow_f32(x: Any, y: Any) -> Any:
    """x^y, with the special cases of C99."""
    size = abs_f32(x)
    e, f = normal_f64(np.float64(size))
    s = f / (2.0 + f)
    log = e + s * _log2_narrow(s * s)
    log = log if size < _INFINITY_F32 else np.float64(size)
    log = -_INFINITY if size == _ZERO_F32 else log
    factor = _HUGE_F32 if y > _HUGE_F32 else y
    factor = -_HUGE_F32 if factor < -_HUGE_F32 else factor
    exponent = np.float64(factor) * log
    exponent = _TOP_F32 if exponent > _TOP_F32 else exponent
    exponent = _BOTTOM_F32 if exponent < _BOTTOM_F32 else exponent
    t = exponent + _MAGIC
    result = np.float32(_exp2_narrow(exponent - (t - _MAGIC)) * float_f64(bits_f64(t) << 52))
    half = y * _HALF_F32
    whole = rint_f32(y) == y
    odd = whole & (rint_f32(half) != half)
    result = copysign_f32(result, x) if odd else result
    result = _NAN_F32 if (x < _ZERO_F32) & (size < _INFINITY_F32) & (not whole) else result
    return _ONE_F32 if (x == _ONE_F32) | (y == _ZERO_F32) else result


@elementary
def _log2_pair(x: Any) -> Any:
    """Return (h, low): log2(x) = h + low, for x >= 0; ±infinity at its ends, with a NaN."""
    e, f = split_f64(x)
    e = e if x < _INFINITY else x
    e = -_INFINITY if x == 0.0 else e
    bottom, bottom_low = fast_two_sum(2.0, f)
    reciprocal = 1.0 / bottom
    s = product_f64(f, reciprocal)
    s_low = fma_f64(-s, bottom_low, fma_f64(-s, bottom, f)) * reciprocal
    z = product_f64(s, s)
    z_low = fma_f64(s + s, s_low, fma_f64(s, s, -z))
    # log2(1 + f) = s (FIRST + z (THIRD + z p(z))), from the inside.
    third, third_low = fast_two_sum(c.THIRD_HI_F64, product_f64(z, _fifth(z)))
    third_low += c.THIRD_LO_F64
    second = product_f64(z, third)
    second_low = fma_f64(z, third_low, fma_f64(z_low, third, fma_f64(z, third, -second)))
    factor, factor_low = fast_two_sum(c.FIRST_HI_F64, second)
    factor_low += second_low + c.FIRST_LO_F64
    main = product_f64(s, factor)
    main_low = fma_f64(s_low, factor, fma_f64(s, factor_low, fma_f64(s, factor, -main)))
    h, low = fast_two_sum(e, main)
    return h, low + main_low


@elementary
def _exp2_pair(x: Any, low: Any) -> Any:
    """2^(x + low) for x between -1076 and 1025, and low at most 2^-40."""
    t = x + _TWICE_MAGIC
    r = x - (t - _TWICE_MAGIC)
    # low may be far more than an ulp of what is left of x.
    s = r + low
    s_low = low - (s - r)
    y = fma_f64(s, c.LN2_HI_F64, 1.0)
    rest = fma_f64(s, c.LN2_LO_F64, fma_f64(s, c.LN2_HI_F64, 1.0 - y))
    rest = fma_f64(s * s, _exp2_rest(s), fma_f64(s_low, c.LN2_HI_F64, rest))
    return scale_f64(y + rest, t)


@elementary
def pow_f64(x: Any, y: Any) -> Any:
    """x^y, with the special cases of C99."""
    size = abs_f64(x)
    log, log_low = _log2_pair(size)
    exponent = product_f64(y, log)
    low = fma_f64(y, log_low, fma_f64(y, log, -exponent))
    # An infinite exponent has no low part; a NaN in the exponent stays.
    low = low if abs_f64(exponent) < 2000.0 else 0.0
    # Even for an infinite y, and where x is 1 for a NaN.
    exponent = 0.0 if size == 1.0 else exponent
    exponent = _TOP_F64 if exponent > _TOP_F64 else exponent
    exponent = _BOTTOM_F64 if exponent < _BOTTOM_F64 else exponent
    result = _exp2_pair(exponent, low)
    half = y * 0.5
    whole = rint_f64(y) == y
    odd = whole & (rint_f64(half) != half)
    result = copysign_f64(result, x) if odd else result
    result = _NAN if (x < 0.0) & (size < _INFINITY) & (not whole) else result
    return 1.0 if y == 0.0 else result
