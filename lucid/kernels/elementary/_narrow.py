"""exp, log and log1p in float64, to a relative error near 2^-30: cores of float32 functions.

A float32 function that works in float64 and rounds once at its end is within a hair of
correctly rounded, and its polynomials may be short. Nothing here handles special values beyond
NaN; the callers keep their arguments in range.
"""

from typing import Any

from lucid.kernels.elementary._bits import bits_f64, elementary, float_f64, shift_right_i64
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary.coefficients.narrow import (
    EXP_NARROW,
    LN2_F64,
    LOG1P_LONG,
    LOG1P_NARROW,
    LOG2_E_F64,
    LOG_NARROW,
)
from lucid.kernels.elementary.coefficients.pairs import EXP_REST, LN2_HI_F64, LN2_LO_F64

#: Adding it rounds to an integer, which then stands in the low bits.
ROUNDER = 1.5 * 2.0**52
ONE_BITS = 0x3FF0000000000000
#: The bits of sqrt(1/2), rounded up: where a mantissa begins.
_MANTISSA = 0x3FE6A09E667F3BCD
_FRACTION = 0x000FFFFFFFFFFFFF
#: An integer n below 2^52 added to the bits of 2^52 gives the number 2^52 + n.
_TWO_52_BITS = 0x4330000000000000
_TWO_52 = 2.0**52

_exp = polynomial_f64(EXP_NARROW)
_exp_rest = polynomial_f64(EXP_REST)
_log1p_mantissa = polynomial_f64(LOG_NARROW)
_log1p = polynomial_f64(LOG1P_NARROW)
_log1p_long = polynomial_f64(LOG1P_LONG)


@elementary
def exp_narrow(x: Any) -> Any:
    """e^x for |x| < 700."""
    t = x * LOG2_E_F64 + ROUNDER
    r = x - (t - ROUNDER) * LN2_F64
    return _exp(r) * float_f64((bits_f64(t) << 52) + ONE_BITS)


@elementary
def exp_long(x: Any) -> Any:
    """e^x for |x| < 700, to a few ulp of float64: for sums that may cancel."""
    t = x * LOG2_E_F64 + ROUNDER
    n = t - ROUNDER
    r = (x - n * LN2_HI_F64) - n * LN2_LO_F64
    y = 1.0 + (r + r * r * _exp_rest(r))
    return y * float_f64((bits_f64(t) << 52) + ONE_BITS)


@elementary
def log_narrow(x: Any) -> Any:
    """Natural logarithm of a positive normal number, relatively accurate near 1. No NaN."""
    bits = bits_f64(x) + (ONE_BITS - _MANTISSA)
    n = float_f64(shift_right_i64(bits, 52) + _TWO_52_BITS) - (_TWO_52 + 1023.0)
    f = float_f64((bits & _FRACTION) + _MANTISSA) - 1.0
    return f * _log1p_mantissa(f) + n * LN2_F64


@elementary
def log1p_narrow(e: Any) -> Any:
    """log(1 + e) for 0 <= e <= 1."""
    return e * _log1p(e)


@elementary
def log1p_long(e: Any) -> Any:
    """log(1 + e) for 0 <= e <= 1, to 2^-46: for sums that may cancel."""
    return e * _log1p_long(e)


@elementary
def at_least(x: Any, bound: Any) -> Any:
    """Maximum that keeps a NaN."""
    return bound if x < bound else x


@elementary
def at_most(x: Any, bound: Any) -> Any:
    """Minimum that keeps a NaN."""
    return bound if x > bound else x
