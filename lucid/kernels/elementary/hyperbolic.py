"""tanh, sinh and cosh in float32 and float64.

tanh in float32: a polynomial of degree 5 in x - c for each quarter of an octave, with all
coefficients in registers; tanh c is a number exactly, so that the constant term adds no error:
0.72 ulp. Where tables can't lie in registers: below 1, x + x^3 p(x^2), p of degree 6; beyond,
1 - 2 / (e^2x + 1), where the rounding errors of the exponential weigh less than a quarter; 0.95.
In float64: 1 - y, y = 2 / (e^2x + 1), with e^2x = 2^(n / 16) (1 + m) and 2^(n / 16) from a table.
The sum below the fraction and y are corrected by their rounding errors, so that y is known beyond
float64 and 1 - y still good at 1/16: 0.71 ulp. Below, x + x^3 p(x^2), which is computed only if an
element of a vector is that small. Without tables: (e^2x - 1) / (e^2x + 1), e^2x = 2^n (1 + m);
numerator and denominator are fused operations, 2^n m -+ 1, whose rounding errors a second one
gives, and the quotient is corrected by its residual; 0.9 ulp.

sinh and cosh: x = n ln2 + r, and with A = cosh(n ln2), B = sinh(n ln2), which are sums of two
powers of two, sinh x = A sinh r + B cosh r and cosh x = A cosh r + B sinh r. The leading terms
B + A r, A + B r are kept as sums of two numbers. All in halves, so that the powers of two exist up
to the largest result.

Sources: W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980; J.-M.
Muller, "Elementary Functions", 3rd ed., 2016, chapters 4 and 11.
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
)
from lucid.kernels.elementary._polynomial import polynomial_f32, polynomial_f64
from lucid.kernels.elementary._variants import (
    by_processor_f32,
    by_processor_f64,
    rescue_f64,
    scale_by_f64,
    table_f32,
    table_f64,
)
from lucid.kernels.elementary.coefficients import exponential as e
from lucid.kernels.elementary.coefficients import hyperbolic as c

__all__ = ["cosh_f32", "cosh_f64", "sinh_f32", "sinh_f64", "tanh_f32", "tanh_f64"]

_exp_rest_f64 = polynomial_f64(c.EXP_NEAR_F64, plain=0)
_tanh_f32 = polynomial_f32(c.TANH_PLAIN_F32)
_exp_twice_rest_f32 = polynomial_f32(c.EXP_TWICE_F32[1:])
_exp_long_f64 = polynomial_f64(e.EXP_F64)
_tanh_rest = polynomial_f64(c.TANH_SMALL_F64)
_sixteenth, _lost = table_f64(c.SIXTEENTHS), table_f64(c.SIXTEENTHS_REST)
_sinh_f32 = polynomial_f32(c.SINH_F32)
_cosh_f32 = polynomial_f32(c.COSH_F32)
_sinh_f64 = polynomial_f64(c.SINH_F64)
_cosh_f64 = polynomial_f64(c.COSH_F64)

_ZERO_F32, _ONE_F32, _TWO_F32 = np.float32(0.0), np.float32(1.0), np.float32(2.0)
#: Where the plain tanh changes from the polynomial to the exponential.
_SWITCH_F32, _PLAIN_FLAT = np.float32(1.0), np.float32(9.1)
#: The bits of 1/16; below 5/64 lies the first piece of tanh.
_SIXTEENTH_F32, _FIRST_F32 = np.int32(0x3D800000), np.float32(5 / 64)
#: Up to here a polynomial gives tanh in float64.
_SIXTEENTH_F64 = 0.0625
#: From here on tanh rounds to 1.
_FLAT_F32 = np.float32(9.9)
_FLAT_F64 = 20.0
#: Beyond these, sinh and cosh are infinite; the bounds keep n small.
_TOP_F32, _TOP_F64 = np.float32(89.5), 710.6
#: Below these, sinh(x) rounds to x.
_TINY_F32, _TINY_F64 = np.float32(2.0**-13), 2.0**-27

# Adding it rounds to sixteenths, and leaves them in the low bits.
_SIXTEENTHS = 1.5 * 2.0**48
# Adding these rounds to an integer n and leaves the exponent of 2^n, with its bias, in the low
# bits; sinh and cosh want 2^(n - 2).
_MAGIC_F32 = np.float32(1.5 * 2**23 + 127)
_MAGIC_F64 = 1.5 * 2**52 + 1023
_QUARTER_MAGIC_F32 = np.float32(1.5 * 2**23 + 125)
_QUARTER_MAGIC_F64 = 1.5 * 2**52 + 1021
# The bits of 2^(-n - 2) are these less those of 2^(n - 2).
_MIRROR_F32 = np.int32(250 << 23)
_MIRROR_F64 = 2042 << 52
# From this n on 2^-n is no part of the result any more (and its bits would wrap).
_LARGE_F32, _LARGE_F64 = np.float32(64.0), 512.0


def _in_registers(values: tuple[Any, ...]) -> Any:
    """Make a table of what belongs to the quarters of octaves from 1/16 on.

    The place is in the low bits of the exponent's and mantissa's first bits: 1/16 has 12.
    """
    padded = values + (_ZERO_F32,) * (32 - len(values))
    return table_f32(padded[20:] + padded[:20])


_tanh_node = _in_registers(c.TANH_F32_NODE)
_tanh_0, _tanh_1 = _in_registers(c.TANH_F32_0), _in_registers((_ZERO_F32, *c.TANH_F32_1[1:]))
_tanh_2, _tanh_3 = _in_registers(c.TANH_F32_2), _in_registers(c.TANH_F32_3)
_tanh_4, _tanh_5 = _in_registers(c.TANH_F32_4), _in_registers(c.TANH_F32_5)


@elementary
def _table_tanh_f32(x: Any) -> Any:
    """Hyperbolic tangent by polynomials from tables."""
    size = abs_f32(x)
    size = _FLAT_F32 if size > _FLAT_F32 else size
    bits = bits_f32(size)
    i = np.int32((_SIXTEENTH_F32 if bits < _SIXTEENTH_F32 else bits) >> np.int32(21))
    y = size - _tanh_node(i)
    square = y * y
    high = fma_f32(y, _tanh_5(i), _tanh_4(i))
    middle = fma_f32(y, _tanh_3(i), _tanh_2(i))
    slope = fma_f32(y, fma_f32(square, high, middle), _tanh_1(i))
    # In the first piece the slope leaves out the 1, so that it rounds where it does not count.
    start = size if size < _FIRST_F32 else _tanh_0(i)
    return copysign_f32(fma_f32(y, slope, start), x)


@elementary
def _plain_tanh_f32(x: Any) -> Any:
    """Hyperbolic tangent by a polynomial, from 1 on by an exponential."""
    square = x * x
    near = fma_f32(square * x, _tanh_f32(square), x)
    z = abs_f32(x)
    size = _PLAIN_FLAT if z > _PLAIN_FLAT else z
    t = fma_f32(size, c.TWO_LOG2_E_F32, _MAGIC_F32)
    r = fma_f32(_MAGIC_F32 - t, c.LOG_SQRT2_F32, size)
    power = float_f32(np.int32(bits_f32(t) << np.int32(23)))
    # 2^n + 1 is exact, and 2^n (e^2r - 1) is smaller than it: one rounding less at the top.
    below = fma_f32(power * r, _exp_twice_rest_f32(r), power + _ONE_F32)
    far = _ONE_F32 - _TWO_F32 / below
    return copysign_f32(near if z < _SWITCH_F32 else far, x)


_either_tanh_f32 = by_processor_f32(_table_tanh_f32, _plain_tanh_f32)


@elementary
def tanh_f32(x: Any) -> Any:
    """Hyperbolic tangent; ±1 at the infinities, the sign of a zero is kept."""
    return _either_tanh_f32(x)


@elementary
def _small_tanh_f64(x: Any) -> Any:
    """Hyperbolic tangent below 1/16."""
    square = x * x
    return copysign_f64(fma_f64(square * x, _tanh_rest(square), x), x)


_or_small_f64 = rescue_f64(_small_tanh_f64, short=True)


@elementary
def _table_tanh_f64(x: Any) -> Any:
    """Hyperbolic tangent by an exponential from tables."""
    size = abs_f64(x)
    flat = _FLAT_F64 if size > _FLAT_F64 else size
    twice = flat + flat
    t = fma_f64(twice, e.LOG2_E_F64, _SIXTEENTHS)
    n = t - _SIXTEENTHS
    r = fma_f64(-n, e.LN2_LO_F64, fma_f64(-n, e.LN2_HI_F64, twice))
    # e^2x = power (1 + m + lost)
    m = fma_f64(r * r, _exp_rest_f64(r), r)
    i = bits_f64(t)
    power = scale_by_f64(_sixteenth(i), n)
    # Exact, since the table's numbers are short.
    right = power + 1.0
    below = fma_f64(power, m, right)
    below_low = fma_f64(power, _lost(i), fma_f64(power, m, right - below))
    reciprocal = 1.0 / below
    y = reciprocal + reciprocal
    y_low = fma_f64(-y, below_low, fma_f64(-y, below, 2.0)) * reciprocal
    result = 1.0 - y
    result += ((1.0 - result) - y) - y_low
    return _or_small_f64(size < _SIXTEENTH_F64, copysign_f64(result, x), x)


@elementary
def _plain_tanh_f64(x: Any) -> Any:
    """Hyperbolic tangent by an exponential."""
    size = abs_f64(x)
    size = _FLAT_F64 if size > _FLAT_F64 else size
    twice = size + size
    t = fma_f64(twice, e.LOG2_E_F64, _MAGIC_F64)
    n = t - _MAGIC_F64
    r = fma_f64(-n, e.LN2_HI_F64, twice)
    low = product_f64(n, -e.LN2_LO_F64)
    s = r + low
    rest = fma_f64(s * s, _exp_long_f64(s), low)
    # e^2x = 2^n (1 + m + m_low)
    m = r + rest
    m_low = rest - (m - r)
    power = float_f64(bits_f64(t) << 52)
    left = power - 1.0
    # Not power + 1: whatever left has lost is lost in both, and the quotient does not feel it.
    right = left + 2.0
    right_low = 2.0 - (right - left)
    top = fma_f64(power, m, left)
    top_low = fma_f64(power, m_low, fma_f64(power, m, left - top))
    below = fma_f64(power, m, right)
    below_low = fma_f64(power, m_low, fma_f64(power, m, right - below) + right_low)
    reciprocal = 1.0 / below
    q = product_f64(top, reciprocal)
    residual = fma_f64(-q, below, top) + fma_f64(-q, below_low, top_low)
    return copysign_f64(fma_f64(residual, reciprocal, q), x)


_either_tanh_f64 = by_processor_f64(_table_tanh_f64, _plain_tanh_f64)


@elementary
def tanh_f64(x: Any) -> Any:
    """Hyperbolic tangent; ±1 at the infinities, the sign of a zero is kept."""
    return _either_tanh_f64(x)


@elementary
def _parts_f32(x: Any) -> Any:
    """Return (2^(n - 2), 2^(-n - 2), r, sinh - r, cosh - 1), the last two of the exact r."""
    t = fma_f32(x, e.LOG2_E_F32, _QUARTER_MAGIC_F32)
    n = t - _QUARTER_MAGIC_F32
    r = fma_f32(-n, e.LN2_HI_F32, x)
    low = product_f32(n, -e.LN2_LO_F32)
    s = r + low
    square = s * s
    sine = fma_f32(square * s, _sinh_f32(square), low)
    shifted = np.int32(bits_f32(t) << np.int32(23))
    up = float_f32(shifted)
    down = float_f32(_MIRROR_F32 - shifted)
    down = down if n < _LARGE_F32 else _ZERO_F32
    return up, down, r, sine, square * _cosh_f32(square)


@elementary
def _parts_f64(x: Any) -> Any:
    """Return (2^(n - 2), 2^(-n - 2), r, sinh - r, cosh - 1), the last two of the exact r."""
    t = fma_f64(x, e.LOG2_E_F64, _QUARTER_MAGIC_F64)
    n = t - _QUARTER_MAGIC_F64
    r = fma_f64(-n, e.LN2_HI_F64, x)
    low = product_f64(n, -e.LN2_LO_F64)
    s = r + low
    square = s * s
    sine = fma_f64(square * s, _sinh_f64(square), low)
    shifted = bits_f64(t) << 52
    up = float_f64(shifted)
    down = float_f64(_MIRROR_F64 - shifted)
    down = down if n < _LARGE_F64 else 0.0
    return up, down, r, sine, square * _cosh_f64(square)


@elementary
def sinh_f32(x: Any) -> Any:
    """Hyperbolic sine; ±infinity beyond ±89.42, the sign of a zero is kept."""
    size = abs_f32(x)
    z = _TOP_F32 if size > _TOP_F32 else size
    up, down, r, sine, cosine = _parts_f32(z)
    a, b = up + down, up - down
    y = fma_f32(a, r, b)
    y += fma_f32(b, cosine, fma_f32(a, sine, fma_f32(a, r, b - y)))
    return x if size < _TINY_F32 else copysign_f32(y + y, x)


@elementary
def sinh_f64(x: Any) -> Any:
    """Hyperbolic sine; ±infinity beyond ±710.48, the sign of a zero is kept."""
    size = abs_f64(x)
    z = _TOP_F64 if size > _TOP_F64 else size
    up, down, r, sine, cosine = _parts_f64(z)
    a, b = up + down, up - down
    lost = (up - b) - down
    y = fma_f64(a, r, b)
    y += fma_f64(b, cosine, fma_f64(a, sine, fma_f64(a, r, b - y) + lost))
    return x if size < _TINY_F64 else copysign_f64(y + y, x)


@elementary
def cosh_f32(x: Any) -> Any:
    """Hyperbolic cosine; infinity beyond ±89.42."""
    size = abs_f32(x)
    z = _TOP_F32 if size > _TOP_F32 else size
    up, down, r, sine, cosine = _parts_f32(z)
    a, b = up + down, up - down
    lost = down - (a - up)
    y = fma_f32(b, r, a)
    y += fma_f32(a, cosine, fma_f32(b, sine, fma_f32(b, r, a - y) + lost))
    return y + y


@elementary
def cosh_f64(x: Any) -> Any:
    """Hyperbolic cosine; infinity beyond ±710.48."""
    size = abs_f64(x)
    z = _TOP_F64 if size > _TOP_F64 else size
    up, down, r, sine, cosine = _parts_f64(z)
    a, b = up + down, up - down
    lost = down - (a - up)
    y = fma_f64(b, r, a)
    y += fma_f64(a, cosine, fma_f64(b, sine, fma_f64(b, r, a - y) + lost))
    return y + y
