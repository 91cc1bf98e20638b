"""exp, exp2, exp10 and expm1 in float32 and float64.

Method, for base b: x = n log_b(2) + r with |r| at most half a step, and
b^x = 2^n (1 + r ln b + r^2 q(r)) with a minimax polynomial q (degree 4 in float32, 9 in float64).
n is rounded by adding a large number, in whose low bits it then lies. log_b(2) is the sum of two
numbers: the subtraction of n times the higher one is fused and exact, the product with the lower
one is added only at the end, with r^2 q(r). The sum 1 + r ln b is a two-sum, so that just the
last addition rounds at the size of the result: about 0.53 ulp. The power of two is applied in
two halves, so that overflow and subnormal results come out of ordinary multiplications; a
subnormal result is rounded twice, and stays below 0.8 ulp. exp2 in float32 is a plain polynomial
of degree 6, twice as fast and below 0.87 ulp, but not monotone everywhere. exp2 in float64 takes
2^(j / 16) from a table, as a sum of two numbers, where tables can lie in registers, and a
polynomial of degree 6 for the rest: 0.64 ulp. expm1 shifts the
steps of n and joins 2^n - 1 with 2^n r in a two-sum: 0.93 ulp in float32, 0.76 in float64, where
r^2 q(r) is largest beside the result.

Sources: W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980 (the
reduction); J.-M. Muller, "Elementary Functions", 3rd ed., 2016, chapters 4 and 11.
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
)
from lucid.kernels.elementary._polynomial import polynomial_f32, polynomial_f64
from lucid.kernels.elementary._variants import by_processor_f64, scale_by_f64, table_f64
from lucid.kernels.elementary.coefficients import exponential as c

__all__ = [
    "exp2_f32",
    "exp2_f64",
    "exp10_f32",
    "exp10_f64",
    "exp_f32",
    "exp_f64",
    "expm1_f32",
    "expm1_f64",
]

_rest_f32 = polynomial_f32(c.EXP_F32)
_rest_f64 = polynomial_f64(c.EXP_F64)
_exp2_f32 = polynomial_f32(c.EXP2_F32)
_rest2_f64 = polynomial_f64(c.EXP2_F64)
_near2_f64 = polynomial_f64(c.EXP2_NEAR_F64[1:])
_sixteenth, _sixteenth_low = table_f64(c.SIXTEENTHS_F64_HI), table_f64(c.SIXTEENTHS_F64_LO)
_rest10_f32 = polynomial_f32(c.EXP10_F32)
_rest10_f64 = polynomial_f64(c.EXP10_F64)
_rest_minus_one_f32 = polynomial_f32(c.EXPM1_F32)
_rest_minus_one_f64 = polynomial_f64(c.EXPM1_F64)

_HALF_F32 = np.float32(0.5)
_ONE_F32 = np.float32(1.0)

# Adding this to a number of at most 21 bits rounds it to an integer n, and leaves twice the bias
# of an exponent plus n in the low bits.
_MAGIC_F32 = np.float32(1.5 * 2**23 + 2 * 127)
_MAGIC_F64 = 1.5 * 2**52 + 2 * 1023
# Rounds to sixteenths, and leaves them in the low bits.
_SIXTEENTHS = 1.5 * 2.0**48
# Taken from those bits, shifted to the place of an exponent: leaves the bits of 2^(n - 1).
_HALF_BIAS_F32 = np.int32(128 << 23)
_HALF_BIAS_F64 = 1024 << 52

# Beyond these the result is an infinity or zero (or -1); the bounds keep n small.
_TOP_F32, _BOTTOM_F32 = np.float32(89.0), np.float32(-104.0)
_TOP_F64, _BOTTOM_F64 = 710.0, -746.0
_TOP2_F32, _BOTTOM2_F32 = np.float32(129.0), np.float32(-151.0)
_TOP2_F64, _BOTTOM2_F64 = 1025.0, -1076.0
_TOP10_F32, _BOTTOM10_F32 = np.float32(39.0), np.float32(-46.0)
_TOP10_F64, _BOTTOM10_F64 = 309.0, -324.5
_MINUS_ONE_F32 = np.float32(-17.5)
_MINUS_ONE_F64 = -37.5
# 1/2 - log2(1.5): moves the steps of n in expm1.
_LEFT_F32, _LEFT_F64 = np.float32(-0.0849625), -0.0849625
# Below these, expm1(x) rounds to x.
_TINY_F32 = np.float32(2.0**-27)
_TINY_F64 = 2.0**-56


@elementary
def scale_f32(y: Any, t: Any) -> Any:
    """Return y 2^n, n as `reduce_f32` left it in the low bits of t."""
    i = bits_f32(t)
    # Clearing the lowest bit and shifting by one place less gives the exponent n // 2.
    half = np.int32((i & np.int32(-2)) << np.int32(22))
    rest = np.int32(np.int32(i << np.int32(23)) - half)
    return (y * float_f32(half)) * float_f32(rest)


@elementary
def scale_f64(y: Any, t: Any) -> Any:
    """Return y 2^n, n as `reduce_f64` left it in the low bits of t."""
    i = bits_f64(t)
    half = (i & -2) << 51
    rest = (i << 52) - half
    return (y * float_f64(half)) * float_f64(rest)


@elementary
def reduce_f32(x: Any) -> Any:
    """Return (t, r, rest): exp(x) = 2^n (1 + r + rest), n in the low bits of t."""
    t = fma_f32(x, c.LOG2_E_F32, _MAGIC_F32)
    n = t - _MAGIC_F32
    r = fma_f32(-n, c.LN2_HI_F32, x)
    low = product_f32(n, -c.LN2_LO_F32)
    s = r + low
    return t, r, fma_f32(s * s, _rest_f32(s), low)


@elementary
def reduce_f64(x: Any) -> Any:
    """Return (t, r, rest): exp(x) = 2^n (1 + r + rest), n in the low bits of t."""
    t = fma_f64(x, c.LOG2_E_F64, _MAGIC_F64)
    n = t - _MAGIC_F64
    r = fma_f64(-n, c.LN2_HI_F64, x)
    low = product_f64(n, -c.LN2_LO_F64)
    s = r + low
    return t, r, fma_f64(s * s, _rest_f64(s), low)


@elementary
def _assemble_f32(t: Any, r: Any, rest: Any) -> Any:
    """Return 2^n (1 + r + rest)."""
    y = _ONE_F32 + r
    return scale_f32(y + ((r - (y - _ONE_F32)) + rest), t)


@elementary
def _assemble_f64(t: Any, r: Any, rest: Any) -> Any:
    """Return 2^n (1 + r + rest)."""
    y = 1.0 + r
    return scale_f64(y + ((r - (y - 1.0)) + rest), t)


@elementary
def exp_f32(x: Any) -> Any:
    """e^x; 0 from -103.98 down, infinity from 88.73 up."""
    x = _TOP_F32 if x > _TOP_F32 else x
    x = _BOTTOM_F32 if x < _BOTTOM_F32 else x
    t, r, rest = reduce_f32(x)
    return _assemble_f32(t, r, rest)


@elementary
def exp_f64(x: Any) -> Any:
    """e^x; 0 from -745.14 down, infinity from 709.79 up."""
    x = _TOP_F64 if x > _TOP_F64 else x
    x = _BOTTOM_F64 if x < _BOTTOM_F64 else x
    t, r, rest = reduce_f64(x)
    return _assemble_f64(t, r, rest)


@elementary
def exp2_f32(x: Any) -> Any:
    """2^x; exact at integers, 0 from -150 down, infinity from 128 up."""
    x = _TOP2_F32 if x > _TOP2_F32 else x
    x = _BOTTOM2_F32 if x < _BOTTOM2_F32 else x
    # 2^r needs no two-sum to stay below one ulp: r is exact, and |r ln 2| < 0.35.
    t = x + _MAGIC_F32
    return scale_f32(_exp2_f32(x - (t - _MAGIC_F32)), t)


@elementary
def _plain_exp2_f64(x: Any) -> Any:
    """2^x by a polynomial."""
    x = _TOP2_F64 if x > _TOP2_F64 else x
    x = _BOTTOM2_F64 if x < _BOTTOM2_F64 else x
    t = x + _MAGIC_F64
    s = x - (t - _MAGIC_F64)
    r = product_f64(s, c.LN2_HI_F64)
    low = fma_f64(s, c.LN2_LO_F64, fma_f64(s, c.LN2_HI_F64, -r))
    return _assemble_f64(t, r, fma_f64(s * s, _rest2_f64(s), low))


@elementary
def _table_exp2_f64(x: Any) -> Any:
    """2^x by a table of the powers of 2^(1/16)."""
    x = _TOP2_F64 if x > _TOP2_F64 else x
    x = _BOTTOM2_F64 if x < _BOTTOM2_F64 else x
    t = x + _SIXTEENTHS
    n = t - _SIXTEENTHS
    r = x - n
    j = bits_f64(t)
    power = _sixteenth(j)
    low = fma_f64(power, r * _near2_f64(r), _sixteenth_low(j))
    return scale_by_f64(power + low, n)


_exp2_f64 = by_processor_f64(_table_exp2_f64, _plain_exp2_f64)


@elementary
def exp2_f64(x: Any) -> Any:
    """2^x; exact at integers, 0 from -1075 down, infinity from 1024 up."""
    return _exp2_f64(x)


@elementary
def exp10_f32(x: Any) -> Any:
    """10^x; 0 from -45.16 down, infinity from 38.54 up."""
    x = _TOP10_F32 if x > _TOP10_F32 else x
    x = _BOTTOM10_F32 if x < _BOTTOM10_F32 else x
    t = fma_f32(x, c.LOG2_10_F32, _MAGIC_F32)
    n = t - _MAGIC_F32
    high = fma_f32(-n, c.LOG10_2_HI_F32, x)
    low = product_f32(n, -c.LOG10_2_LO_F32)
    r = product_f32(high, c.LN10_HI_F32)
    rest = fma_f32(low, c.LN10_HI_F32, fma_f32(high, c.LN10_HI_F32, -r))
    s = high + low
    return _assemble_f32(t, r, fma_f32(s * s, _rest10_f32(s), fma_f32(s, c.LN10_LO_F32, rest)))


@elementary
def exp10_f64(x: Any) -> Any:
    """10^x; 0 from -323.61 down, infinity from 308.26 up."""
    x = _TOP10_F64 if x > _TOP10_F64 else x
    x = _BOTTOM10_F64 if x < _BOTTOM10_F64 else x
    t = fma_f64(x, c.LOG2_10_F64, _MAGIC_F64)
    n = t - _MAGIC_F64
    high = fma_f64(-n, c.LOG10_2_HI_F64, x)
    low = product_f64(n, -c.LOG10_2_LO_F64)
    r = product_f64(high, c.LN10_HI_F64)
    rest = fma_f64(low, c.LN10_HI_F64, fma_f64(high, c.LN10_HI_F64, -r))
    s = high + low
    return _assemble_f64(t, r, fma_f64(s * s, _rest10_f64(s), fma_f64(s, c.LN10_LO_F64, rest)))


@elementary
def minus_one_f32(x: Any) -> Any:
    """Return (y, rest): their sum is half of e^x - 1, for x between -17.5 and 89."""
    # n = 0 as long as e^x is between 0.75 and 1.5, so that 2^n (1 + r) - 1 never cancels more
    # than one bit.
    t = fma_f32(x, c.LOG2_E_F32, _LEFT_F32) + _MAGIC_F32
    n = t - _MAGIC_F32
    r = fma_f32(-n, c.LN2_HI_F32, x)
    low = product_f32(n, -c.LN2_LO_F32)
    s = r + low
    # Half of everything, so that 2^n exists up to the largest result.
    power = float_f32(np.int32(bits_f32(t) << np.int32(23)) - _HALF_BIAS_F32)
    base = power - _HALF_F32
    base_rest = (power - base) - _HALF_F32
    step = power * r
    y = base + step
    rest = fma_f32(s * s, _rest_minus_one_f32(s), low)
    return y, (step - (y - base)) + fma_f32(power, rest, base_rest)


@elementary
def minus_one_f64(x: Any) -> Any:
    """Return (y, rest): their sum is half of e^x - 1, for x between -37.5 and 710."""
    t = fma_f64(x, c.LOG2_E_F64, _LEFT_F64) + _MAGIC_F64
    n = t - _MAGIC_F64
    r = fma_f64(-n, c.LN2_HI_F64, x)
    low = product_f64(n, -c.LN2_LO_F64)
    s = r + low
    power = float_f64((bits_f64(t) << 52) - _HALF_BIAS_F64)
    base = power - 0.5
    base_rest = (power - base) - 0.5
    step = power * r
    y = base + step
    rest = fma_f64(s * s, _rest_minus_one_f64(s), low)
    return y, (step - (y - base)) + fma_f64(power, rest, base_rest)


@elementary
def expm1_f32(x: Any) -> Any:
    """e^x - 1 without the cancellation near 0; -1 from -17.33 down, infinity from 88.73 up."""
    z = _TOP_F32 if x > _TOP_F32 else x
    z = _MINUS_ONE_F32 if z < _MINUS_ONE_F32 else z
    y, rest = minus_one_f32(z)
    y += rest
    return x if abs_f32(x) < _TINY_F32 else y + y


@elementary
def expm1_f64(x: Any) -> Any:
    """e^x - 1 without the cancellation near 0; -1 from -37.43 down, infinity from 709.79 up."""
    z = _TOP_F64 if x > _TOP_F64 else x
    z = _MINUS_ONE_F64 if z < _MINUS_ONE_F64 else z
    y, rest = minus_one_f64(z)
    y += rest
    return x if abs_f64(x) < _TINY_F64 else y + y
