"""Numbers as unevaluated sums of two float64, and exp and log that take and give them.

A pair (h, l) stands for h + l with |l| at most about an ulp of h. The functions of this room that
combine several rounded steps carry one to the last operation, so that only that one rounds.
None of the sums below can be spoiled by a fused multiply-add: what must be rounded by itself is
a sum or a `product_f64`, and the error of a product is taken with an explicit `fma_f64`.

Sources: T. J. Dekker, "A floating-point technique for extending the available precision", Numer.
Math. 18 (1971); D. E. Knuth, "The Art of Computer Programming", vol. 2, section 4.2.2 (two-sum).
"""

from typing import Any

from lucid.kernels.elementary._bits import (
    bits_f64,
    elementary,
    float_f64,
    fma_f64,
    product_f64,
    shift_right_i64,
)
from lucid.kernels.elementary._narrow import ONE_BITS, ROUNDER
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary.coefficients import pairs as c

_exp_rest = polynomial_f64(c.EXP_REST)
_atanh_mantissa = polynomial_f64(c.ATANH_MANTISSA)
_atanh_third = polynomial_f64(c.ATANH_THIRD)

#: `raised_exp` gives 2^128 times its value, so that nothing is lost where the value itself would
#: be subnormal; `DOWN` takes the factor out again, at the very end.
UP = 2.0**128
DOWN = 2.0**-128
_UP_BITS = (1023 + 128) << 52

_FRACTION = 0x000FFFFFFFFFFFFF
# The bits of sqrt(1/2): where a mantissa begins.
_MANTISSA = 0x3FE6A09E667F3BCD
# An integer below 2^51 added to the bits of 1.5 * 2^52 is that integer plus 1.5 * 2^52.
_MAGIC_BITS = 0x4338000000000000
_SMALLEST_NORMAL = 2.0**-1022


@elementary
def fast_two_sum(x: Any, y: Any) -> Any:
    """Return x + y exactly, as a pair; |x| >= |y|, or x a multiple of the ulp of y."""
    h = x + y
    return h, y - (h - x)


@elementary
def two_sum(x: Any, y: Any) -> Any:
    """Return x + y exactly, as a pair."""
    h = x + y
    v = h - x
    return h, (x - (h - v)) + (y - v)


@elementary
def two_product(x: Any, y: Any) -> Any:
    """Return x * y exactly, as a pair."""
    h = product_f64(x, y)
    return h, fma_f64(x, y, -h)


@elementary
def multiply(xh: Any, xl: Any, yh: Any, yl: Any) -> Any:
    """Product of two pairs."""
    h = product_f64(xh, yh)
    return h, fma_f64(xh, yh, -h) + (xh * yl + xl * yh)


@elementary
def divide(xh: Any, xl: Any, yh: Any, yl: Any) -> Any:
    """Quotient of two pairs, with one division."""
    reciprocal = 1.0 / yh
    h = product_f64(xh, reciprocal)
    return h, (fma_f64(-h, yh, xh) + (xl - h * yl)) * reciprocal


@elementary
def exp_mantissa(x: Any, rest: Any) -> Any:
    """Return (h, l, t): e^(x + rest) = (h + l) 2^n, n in the low bits of t; |x| < 1000."""
    t = x * c.LOG2_E_F64 + ROUNDER
    n = t - ROUNDER
    r_hi = fma_f64(n, -c.LN2_HI_F64, x)
    r = fma_f64(n, -c.LN2_LO_F64, r_hi)
    r_lo = fma_f64(n, -c.LN2_LO_F64, r_hi - r) + rest
    square = r * r
    factor = _exp_rest(r)
    m = fma_f64(square, factor, r)
    m_lo = fma_f64(square, factor, r - m)
    h, low = fast_two_sum(1.0, m)
    return h, low + fma_f64(r_lo, h, m_lo), t


@elementary
def raised_exp(x: Any, rest: Any) -> Any:
    """2^128 e^(x + rest) as a pair, for -790 < x < 600."""
    h, low, t = exp_mantissa(x, rest)
    power = float_f64((bits_f64(t) << 52) + _UP_BITS)
    return h * power, low * power


@elementary
def raised_log1p(h: Any, low: Any) -> Any:
    """2^128 log(1 + (h + low) 2^-128) as a pair, 0 <= h <= 2^128."""
    dh, dl = fast_two_sum(2.0, h * DOWN)
    s, s_lo = divide(h, low, dh, fma_f64(low, DOWN, dl))
    root = s * DOWN
    z = root * root
    return 2.0 * s, 2.0 * fma_f64(s * z, _atanh_third(z), fma_f64(s_lo, z, s_lo))


@elementary
def log_pair(h: Any, low: Any) -> Any:
    """log(h + low) as a pair, h > 0 and finite; relatively accurate near 1."""
    # A subnormal h never comes with a second part.
    small = h < _SMALLEST_NORMAL
    raised = h * 2.0**54
    bias = 1.5 * 2.0**52 + 1023.0 + 54.0 if small else 1.5 * 2.0**52 + 1023.0
    bits = bits_f64(raised if small else h) + (ONE_BITS - _MANTISSA)
    exponent = shift_right_i64(bits, 52)
    n = float_f64(exponent + _MAGIC_BITS) - bias
    f = float_f64((bits & _FRACTION) + _MANTISSA) - 1.0
    # Next to overflow there is no such power of two, and low is 0.
    down = 2046 - exponent
    f_lo = low * float_f64((down if down > 0 else 0) << 52)
    dh, dl = fast_two_sum(2.0, f)
    s, s_lo = divide(f, f_lo, dh, dl + f_lo)
    z = s * s
    rest = 2.0 * fma_f64(s * z, _atanh_mantissa(z), s_lo)
    r, r_lo = fast_two_sum(product_f64(n, c.LN2_HI_F64), 2.0 * s)
    return r, r_lo + fma_f64(n, c.LN2_LO_F64, rest)
