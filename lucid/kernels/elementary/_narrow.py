"""exp, log and log1p in float64, to a relative error near 2^-30: cores of float32 functions.

A float32 function that works in float64 and rounds once at its end is within a hair of
correctly rounded, and its polynomials may be short. Where tables lie in registers, most of the
work of a polynomial is done by looking up: e^x is 2^(j / 16) times a polynomial of degree 3, and
log(1 + e) is -log(c) + log(1 + f) with f = c (1 + e) - 1 and c one of 16 numbers. Nothing here
handles special values beyond NaN; the callers keep their arguments in range.
"""

from typing import Any

from lucid.kernels.elementary._bits import (
    bits_f64,
    elementary,
    float_f64,
    fma_f64,
    shift_right_i64,
)
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary._variants import by_processor_f64, scale_by_f64, table_f64
from lucid.kernels.elementary.coefficients.narrow import (
    EXP_NARROW,
    EXP_SHORT,
    EXP_SHORT_REST,
    INVERSE_LOGS,
    INVERSES,
    LN2_F64,
    LOG1P_LONG,
    LOG1P_NARROW,
    LOG1P_SHORT,
    LOG2_E_F64,
    LOG_NARROW,
    SIXTEENTHS,
)
from lucid.kernels.elementary.coefficients.pairs import EXP_REST, LN2_HI_F64, LN2_LO_F64

#: Adding it rounds to an integer, which then stands in the low bits.
ROUNDER = 1.5 * 2.0**52
ONE_BITS = 0x3FF0000000000000
#: Adding it rounds to sixteenths, which then stand in the low bits.
_ROUNDER_16 = 1.5 * 2.0**48
#: Below 1 by less than what a piece of log1p may be too long.
_NEARLY_ONE = 1.0 - 2.0**-10
#: The bits of sqrt(1/2), rounded up: where a mantissa begins.
_MANTISSA = 0x3FE6A09E667F3BCD
_FRACTION = 0x000FFFFFFFFFFFFF
#: An integer n below 2^52 added to the bits of 2^52 gives the number 2^52 + n.
_TWO_52_BITS = 0x4330000000000000
_TWO_52 = 2.0**52

_exp = polynomial_f64(EXP_NARROW)
_exp_short = polynomial_f64(EXP_SHORT, plain=0)
_exp_short_rest = polynomial_f64(EXP_SHORT_REST)
_sixteenth = table_f64(SIXTEENTHS)
_log1p_short = polynomial_f64(LOG1P_SHORT)
_inverse, _inverse_log = table_f64(INVERSES), table_f64(INVERSE_LOGS)
_exp_rest = polynomial_f64(EXP_REST)
_log1p_mantissa = polynomial_f64(LOG_NARROW)
_log1p = polynomial_f64(LOG1P_NARROW)
_log1p_long = polynomial_f64(LOG1P_LONG)


@elementary
def _plain_exp(x: Any) -> Any:
    t = x * LOG2_E_F64 + ROUNDER
    r = x - (t - ROUNDER) * LN2_F64
    return _exp(r) * float_f64((bits_f64(t) << 52) + ONE_BITS)


@elementary
def _table_exp(x: Any) -> Any:
    t = fma_f64(x, LOG2_E_F64, _ROUNDER_16)
    n = t - _ROUNDER_16
    return scale_by_f64(_exp_short(fma_f64(-n, LN2_F64, x)) * _sixteenth(bits_f64(t)), n)


_either_exp = by_processor_f64(_table_exp, _plain_exp)


@elementary
def exp_narrow(x: Any) -> Any:
    """e^x for |x| < 700."""
    return _either_exp(x)


@elementary
def _plain_exp_long(x: Any) -> Any:
    t = x * LOG2_E_F64 + ROUNDER
    n = t - ROUNDER
    r = (x - n * LN2_HI_F64) - n * LN2_LO_F64
    y = 1.0 + (r + r * r * _exp_rest(r))
    return y * float_f64((bits_f64(t) << 52) + ONE_BITS)


@elementary
def _table_exp_long(x: Any) -> Any:
    t = fma_f64(x, LOG2_E_F64, _ROUNDER_16)
    n = t - _ROUNDER_16
    r = fma_f64(-n, LN2_LO_F64, fma_f64(-n, LN2_HI_F64, x))
    power = _sixteenth(bits_f64(t))
    return scale_by_f64(fma_f64(power, fma_f64(r * r, _exp_short_rest(r), r), power), n)


_either_exp_long = by_processor_f64(_table_exp_long, _plain_exp_long)


@elementary
def exp_long(x: Any) -> Any:
    """e^x for |x| < 700, to a few ulp of float64: for sums that may cancel."""
    return _either_exp_long(x)


@elementary
def log_narrow(x: Any) -> Any:
    """Natural logarithm of a positive normal number, relatively accurate near 1. No NaN."""
    bits = bits_f64(x) + (ONE_BITS - _MANTISSA)
    n = float_f64(shift_right_i64(bits, 52) + _TWO_52_BITS) - (_TWO_52 + 1023.0)
    f = float_f64((bits & _FRACTION) + _MANTISSA) - 1.0
    return f * _log1p_mantissa(f) + n * LN2_F64


@elementary
def _plain_log1p(e: Any) -> Any:
    return e * _log1p(e)


@elementary
def _table_log1p(e: Any) -> Any:
    # The first four bits of the mantissa of 1 + e; 1 belongs to the last piece.
    piece = shift_right_i64(bits_f64(fma_f64(e, _NEARLY_ONE, 1.0)), 48)
    inverse = _inverse(piece)
    f = fma_f64(e, inverse, inverse - 1.0)
    return fma_f64(f, _log1p_short(f), _inverse_log(piece))


_either_log1p = by_processor_f64(_table_log1p, _plain_log1p)


@elementary
def log1p_narrow(e: Any) -> Any:
    """log(1 + e) for 0 <= e <= 1."""
    return _either_log1p(e)


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
