"""pow in float32 and float64.

|x|^y = e^(y ln|x|). The logarithm must be known to far more digits than the result has: its error
is multiplied by up to 745. With |x| = 2^k m, 1 <= m < 2, a table of 16 numbers r of few bits makes
z = m r - 1 exact and at most 1/29, and ln|x| = (k ln 2 - ln r) + z - z^2 / 2 + z^3 (1/3 - ...),
where the bracket and z are exact (the bracket has a small second part), the square has its
rounding error beside it, and only the terms from z^3 on are computed in one number: a relative
error near 2^-33 in float32 and 2^-63 in float64. The product with y is kept as a sum of two
numbers, and so is e^(y ln|x|) = 2^(n / 16) e^r, with 2^(n / 16) from another table: 0.57 ulp in
float32, where a subnormal result is rounded twice and stays below 0.78, and 0.8 in float64. Where
tables can't lie in registers, float32 takes polynomials in float64 instead and rounds once, 0.54
ulp.

The special cases are C99's (Annex F.10.4.4): pow(x, 0) and pow(1, y) are 1 even for a NaN,
pow(-1, ±infinity) is 1, a negative finite x with a y that is no integer gives NaN, and the sign
of a negative x (zeros and infinity included) stays where y is an odd integer. They, subnormal x
and results far beyond the range cost nothing where no element of a vector needs them.

Sources: P. T. P. Tang, "Table-driven implementation of the logarithm function in IEEE
floating-point arithmetic", ACM Trans. Math. Softw. 16 (1990); J.-M. Muller, "Elementary
Functions", 3rd ed., 2016, chapters 6 and 12; T. J. Dekker, Numer. Math. 18 (1971).
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
    rint_f32,
    rint_f64,
    shift_right_i64,
)
from lucid.kernels.elementary._pairs import fast_two_sum
from lucid.kernels.elementary._polynomial import polynomial_f32, polynomial_f64
from lucid.kernels.elementary._variants import (
    by_processor_f32,
    rescue_f32,
    rescue_f64,
    scale_by_f32,
    scale_by_f64,
    table_f32,
    table_f64,
)
from lucid.kernels.elementary.coefficients import exponential as e
from lucid.kernels.elementary.coefficients import power as c
from lucid.kernels.elementary.logarithm import normal_f64

__all__ = ["pow_f32", "pow_f64"]

_reciprocal_f32, _reciprocal_f64 = table_f32(c.RECIPROCAL), table_f64(c.RECIPROCAL)
_log_hi_f32, _log_lo_f32 = table_f32(c.LOG_F32_HI), table_f32(c.LOG_F32_LO)
_log_hi_f64, _log_lo_f64 = table_f64(c.LOG_F64_HI), table_f64(c.LOG_F64_LO)
_power_hi_f32, _power_lo_f32 = table_f32(e.SIXTEENTHS_F32_HI), table_f32(e.SIXTEENTHS_F32_LO)
_power_hi_f64, _power_lo_f64 = table_f64(e.SIXTEENTHS_F64_HI), table_f64(e.SIXTEENTHS_F64_LO)
_log2_narrow, _exp2_narrow = polynomial_f64(c.LOG2_NARROW), polynomial_f64(c.EXP2_NARROW)
_log_third = polynomial_f32(c.LOG_THIRD_F32, plain=0)
_THIRD = c.LOG_THIRD_F64[0]
_log_fourth = polynomial_f64(c.LOG_THIRD_F64[1:], plain=0)
_exp_rest_f32 = polynomial_f32(c.EXP_NEAR_F32[2:], plain=0)
_exp_rest_f64 = polynomial_f64(c.EXP_NEAR_F64[2:], plain=0)

_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
_INFINITY_F32, _NAN_F32 = np.float32(np.inf), np.float32(np.nan)
_INFINITY_F64, _NAN_F64 = np.inf, np.nan
#: Beyond these exponents of e the result is an infinity or zero.
_TOP_F32, _BOTTOM_F32 = np.float32(89.0), np.float32(-104.0)
_TOP_F64, _BOTTOM_F64 = 710.0, -746.0
#: And beyond these exponents of 2, for float32.
_TOP, _BOTTOM = 130.0, -152.0
#: Adding it rounds to an integer n and leaves the exponent of 2^n in the low bits.
_MAGIC = 1.5 * 2**52 + 1023
#: Every y beyond these acts like an infinity on every x but 1, and 0 * y stays 0.
_HUGE_F32, _HUGE_F64 = np.float32(2.0**100), 2.0**1000
#: Beyond these the exponents of e can't be rounded to sixteenths any more.
_FAR_F32, _FAR_F64 = np.float32(120.0), 800.0
# Adding these rounds to a sixteenth, and leaves sixteenths in the low bits.
_SIXTEENTHS_F32, _SIXTEENTHS_F64 = np.float32(1.5 * 2**19), 1.5 * 2.0**48

#: The bits of the number where the first piece of an octave begins, half a piece below 1.
_FIRST_F32 = np.int32(0x3F800000 - (1 << 18))
_FIRST_F64 = (1023 << 52) - (1 << 47)
_HALF_PIECE_F64 = 1 << 47
_MANTISSA_F32, _MANTISSA_F64 = np.int32(0x007FFFFF), (1 << 52) - 1
#: The bits of the least normal number, and of infinity.
_LEAST_F32, _MOST_F32 = np.int32(0x00800000), np.int32(0x7F800000)
_LEAST_F64, _MOST_F64 = 1 << 52, 2047 << 52
# Subnormal numbers are brought into the normal range first.
_UP_F32, _UP_F64 = np.float32(2.0**24), 2.0**54
_DOWN_F32, _DOWN_F64 = np.float32(-24.0), -54.0
# An integer below 2^51 added to these bits is that integer plus 1.5 * 2^52 as a number: the
# conversion of an int64 without the instruction, which only AVX-512 has.
_MAGIC_BITS, _EXPONENTS = 0x4338000000000000, 1.5 * 2.0**52 + 1023.0


@elementary
def _log_f32(x: Any, shift: Any) -> Any:
    """Return (high, low): their sum is ln(x 2^shift), for positive normal x."""
    # The exponent, and below it the number of the piece.
    u = np.int32(bits_f32(x) - _FIRST_F32)
    j = np.int32(u >> np.int32(19))
    k = np.float32(np.int32(u >> np.int32(23))) + shift
    m = float_f32(np.int32(np.int32(u & _MANTISSA_F32) + _FIRST_F32))
    z = fma_f32(m, _reciprocal_f32(j), -_ONE)
    start = fma_f32(k, c.LN2_SHORT_HI_F32, _log_hi_f32(j))
    low = fma_f32(k, c.LN2_SHORT_LO_F32, _log_lo_f32(j))
    square = product_f32(z, z)
    first = start + z
    low += z - (first - start)
    high = fma_f32(-_HALF, square, first)
    low += fma_f32(-_HALF, square, first - high)
    low = fma_f32(-_HALF, fma_f32(z, z, -square), low)
    return high, fma_f32(square * z, _log_third(z), low)


@elementary
def _exp_f32(x: Any, rest: Any) -> Any:
    """e^(x + rest), |x| < 120; the rest may be far more than an ulp of x."""
    t = fma_f32(x + rest, c.LOG2_E_F32, _SIXTEENTHS_F32)
    n = t - _SIXTEENTHS_F32
    r = fma_f32(-n, c.LN2_SHORT_HI_F32, x) + fma_f32(-n, c.LN2_SHORT_LO_F32, rest)
    j = bits_f32(t)
    power = _power_hi_f32(j)
    low = fma_f32(power, fma_f32(r * r, _exp_rest_f32(r), r), _power_lo_f32(j))
    return scale_by_f32(power + low, n)


@elementary
def _signed_f32(size: Any, x: Any, y: Any) -> Any:
    """Return x^y from |x|^y, for negative x."""
    half = y * _HALF
    whole = rint_f32(y) == y
    odd = whole & (rint_f32(half) != half)
    wrong = (not whole) & (x < _ZERO) & (x > -_INFINITY_F32)
    return _NAN_F32 if wrong else copysign_f32(size, x) if odd else size


@elementary
def _full_f32(x: Any, y: Any) -> Any:
    """x^y for every x and y."""
    size = abs_f32(x)
    tiny = bits_f32(size) < _LEAST_F32
    high, low = _log_f32(size * _UP_F32 if tiny else size, _DOWN_F32 if tiny else _ZERO)
    high = high if size < _INFINITY_F32 else size
    high = -_INFINITY_F32 if size == _ZERO else high
    factor = _HUGE_F32 if y > _HUGE_F32 else y
    factor = -_HUGE_F32 if factor < -_HUGE_F32 else factor
    exponent = product_f32(factor, high)
    rest = fma_f32(factor, low, fma_f32(factor, high, -exponent))
    # An infinite exponent has no second part; a NaN in the exponent stays.
    rest = rest if abs_f32(exponent) < _FAR_F32 else _ZERO
    exponent = _TOP_F32 if exponent > _TOP_F32 else exponent
    exponent = _BOTTOM_F32 if exponent < _BOTTOM_F32 else exponent
    result = _signed_f32(_exp_f32(exponent, rest), x, y)
    return _ONE if (x == _ONE) | (y == _ZERO) else result


_or_full_f32 = rescue_f32(_full_f32)
_or_signed_f32 = rescue_f32(_signed_f32, short=True)


@elementary
def _table_pow_f32(x: Any, y: Any) -> Any:
    """x^y by tables, in float32 throughout."""
    size = abs_f32(x)
    high, low = _log_f32(size, _ZERO)
    exponent = product_f32(y, high)
    rest = fma_f32(y, low, fma_f32(y, high, -exponent))
    power = _exp_f32(exponent, rest)
    i = bits_f32(size)
    # Neither of these is true for a NaN.
    usual = (i >= _LEAST_F32) & (i < _MOST_F32) & (abs_f32(exponent) < _FAR_F32)
    return _or_full_f32(not usual, _or_signed_f32(x < _ZERO, power, power, x, y), x, y)


@elementary
def _plain_pow_f32(x: Any, y: Any) -> Any:
    """x^y in float64, for every x and y."""
    size = abs_f32(x)
    e, f = normal_f64(np.float64(size))
    s = f / (2.0 + f)
    log = e + s * _log2_narrow(s * s)
    log = log if size < _INFINITY_F32 else np.float64(size)
    log = -_INFINITY_F64 if size == _ZERO else log
    factor = _HUGE_F32 if y > _HUGE_F32 else y
    factor = -_HUGE_F32 if factor < -_HUGE_F32 else factor
    exponent = np.float64(factor) * log
    exponent = _TOP if exponent > _TOP else exponent
    exponent = _BOTTOM if exponent < _BOTTOM else exponent
    t = exponent + _MAGIC
    result = np.float32(_exp2_narrow(exponent - (t - _MAGIC)) * float_f64(bits_f64(t) << 52))
    result = _signed_f32(result, x, y)
    return _ONE if (x == _ONE) | (y == _ZERO) else result


_either_pow_f32 = by_processor_f32(_table_pow_f32, _plain_pow_f32)


@elementary
def pow_f32(x: Any, y: Any) -> Any:
    """x^y, with the special cases of C99."""
    return _either_pow_f32(x, y)


@elementary
def _log_f64(x: Any, shift: Any) -> Any:
    """Return (high, low): their sum is ln(x 2^shift), for positive normal x."""
    u = bits_f64(x) + _HALF_PIECE_F64
    j = shift_right_i64(u, 48)
    k = float_f64(shift_right_i64(u, 52) + _MAGIC_BITS) - (_EXPONENTS - shift)
    m = float_f64((u & _MANTISSA_F64) + _FIRST_F64)
    z = fma_f64(m, _reciprocal_f64(j), -1.0)
    start = fma_f64(k, c.LN2_SHORT_HI_F64, _log_hi_f64(j))
    low = fma_f64(k, c.LN2_SHORT_LO_F64, _log_lo_f64(j))
    square = product_f64(z, z)
    # z (1/3 - z/4 + ...), with one rounding that counts.
    third = fma_f64(z, _THIRD, square * _log_fourth(z))
    first = start + z
    low += z - (first - start)
    high = fma_f64(-0.5, square, first)
    low += fma_f64(-0.5, square, first - high)
    high, low = fast_two_sum(high, fma_f64(square, third, low))
    return high, fma_f64(fma_f64(z, z, -square), third - 0.5, low)


@elementary
def _exp_f64(x: Any, rest: Any) -> Any:
    """e^(x + rest), |x| < 800; the rest is less than 1/1000."""
    t = fma_f64(x, c.LOG2_E_F64, _SIXTEENTHS_F64)
    n = t - _SIXTEENTHS_F64
    r = fma_f64(-n, c.LN2_SHORT_HI_F64, x) + fma_f64(-n, c.LN2_SHORT_LO_F64, rest)
    j = bits_f64(t)
    power = _power_hi_f64(j)
    low = fma_f64(power, fma_f64(r * r, _exp_rest_f64(r), r), _power_lo_f64(j))
    return scale_by_f64(power + low, n)


@elementary
def _signed_f64(size: Any, x: Any, y: Any) -> Any:
    """Return x^y from |x|^y, for negative x."""
    half = y * 0.5
    whole = rint_f64(y) == y
    odd = whole & (rint_f64(half) != half)
    wrong = (not whole) & (x < 0.0) & (x > -_INFINITY_F64)
    return _NAN_F64 if wrong else copysign_f64(size, x) if odd else size


@elementary
def _full_f64(x: Any, y: Any) -> Any:
    """x^y for every x and y."""
    size = abs_f64(x)
    tiny = bits_f64(size) < _LEAST_F64
    high, low = _log_f64(size * _UP_F64 if tiny else size, _DOWN_F64 if tiny else 0.0)
    high = high if size < _INFINITY_F64 else size
    high = -_INFINITY_F64 if size == 0.0 else high
    factor = _HUGE_F64 if y > _HUGE_F64 else y
    factor = -_HUGE_F64 if factor < -_HUGE_F64 else factor
    exponent = product_f64(factor, high)
    rest = fma_f64(factor, low, fma_f64(factor, high, -exponent))
    rest = rest if abs_f64(exponent) < _FAR_F64 else 0.0
    exponent = _TOP_F64 if exponent > _TOP_F64 else exponent
    exponent = _BOTTOM_F64 if exponent < _BOTTOM_F64 else exponent
    result = _signed_f64(_exp_f64(exponent, rest), x, y)
    return 1.0 if (x == 1.0) | (y == 0.0) else result


_or_full_f64 = rescue_f64(_full_f64)
_or_signed_f64 = rescue_f64(_signed_f64, short=True)


@elementary
def pow_f64(x: Any, y: Any) -> Any:
    """x^y, with the special cases of C99."""
    size = abs_f64(x)
    high, low = _log_f64(size, 0.0)
    exponent = product_f64(y, high)
    rest = fma_f64(y, low, fma_f64(y, high, -exponent))
    power = _exp_f64(exponent, rest)
    i = bits_f64(size)
    usual = (i >= _LEAST_F64) & (i < _MOST_F64) & (abs_f64(exponent) < _FAR_F64)
    return _or_full_f64(not usual, _or_signed_f64(x < 0.0, power, power, x, y), x, y)
