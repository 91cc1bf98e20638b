"""sigmoid, silu, softplus and the derivatives of the first two in float32, from tables.

All are computed from a = |x|: 32 pieces, of a quarter up to 4 and of a half up to 12, each with a
polynomial in node - a, whose coefficients lie in registers. A function and its derivative have the
same polynomial, and so has softplus, whose derivative is sigmoid: a kernel that needs several
looks the coefficients up once. At the nodes the functions are float32 numbers, so that the
constant terms are exact. Beyond 12, or if a vector has an element that is, the function is called
that knows all numbers.

sigmoid(x) is p = sigmoid(-a) or 1 - p; its derivative is that of p. softplus(x) is
max(x, 0) + log(1 + e^-a). silu(x) is max(x, 0) + silu(-a), its derivative silu'(-a) or
1 - silu'(-a). Sums of the size of the result are kept with the rests of their roundings.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f32,
    bits_f32,
    copysign_f32,
    elementary,
    fma_f32,
    shift_right_i32,
)
from lucid.kernels.elementary._pairs import fast_two_sum, two_sum
from lucid.kernels.elementary._variants import by_processor_f32, rescue_f32, table_f32
from lucid.kernels.elementary.coefficients import logistic as c

_F = np.float32
_ZERO, _HALF, _ONE, _FOUR = _F(0.0), _F(0.5), _F(1.0), _F(4.0)
#: Where the pieces end, for x and for 2 x.
FAR, HALF_FAR = _F(12.0), _F(6.0)
#: The end of the first piece: what is less gives less than 4.25 when 4 is added and rounded.
_FIRST = _F(0.25 - 2.0**-22)
#: With 4 added, a lies in [4, 16): a bit of the exponent and four of the mantissa say where.
_SHIFT = np.int32(19)
# What terms of a polynomial become in its derivative and in its integral.
_TIMES_2, _TIMES_3, _TIMES_4, _TIMES_5, _TIMES_6 = map(_F, (2, 3, 4, 5, 6))
_OVER_2, _OVER_3, _OVER_4, _OVER_5, _OVER_6, _OVER_7 = (_F(1 / k) for k in range(2, 8))


def _in_registers(values: Sequence[Any]) -> Any:
    """Make a table in the order of the bits: first the pieces from 4 on."""
    return table_f32((*values[16:], *values[:16]))


_node = _in_registers([-node for node in c.SIGMOID_F32_NODE])
_p0, _p1 = _in_registers(c.SIGMOID_F32_0), _in_registers(c.SIGMOID_F32_1)
_p2, _p3 = _in_registers(c.SIGMOID_F32_2), _in_registers(c.SIGMOID_F32_3)
_p4, _p5 = _in_registers(c.SIGMOID_F32_4), _in_registers(c.SIGMOID_F32_5)
_p6, _bend = _in_registers(c.SIGMOID_F32_6), _in_registers(c.SIGMOID_F32_INTEGRAL)
_silu_node = _in_registers([-node for node in c.SILU_F32_NODE])
# In the first piece x / 2 is left out, and added exactly.
_q0, _q1 = _in_registers(c.SILU_F32_0), _in_registers((_ZERO, *c.SILU_F32_1[1:]))
_q2, _q3 = _in_registers(c.SILU_F32_2), _in_registers(c.SILU_F32_3)
_q4, _q5 = _in_registers(c.SILU_F32_4), _in_registers(c.SILU_F32_5)
_q6 = _in_registers(c.SILU_F32_6)


def by_table(near: Any, everywhere: Any, far: Any = FAR) -> Callable[[Any], Any]:
    """Make a function: `near` up to `far` where tables lie in registers, else `everywhere`."""
    choose = rescue_f32(everywhere, short=True)

    @elementary
    def table(x: Any) -> Any:
        return choose(abs_f32(x) >= far, near(x), x)

    either: Callable[[Any], Any] = by_processor_f32(table, everywhere)
    return either


@elementary
def _place(a: Any) -> Any:
    return shift_right_i32(bits_f32(a + _FOUR), _SHIFT)


@elementary
def sigmoid_near(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    a = abs_f32(x)
    i = _place(a)
    y = _node(i) - a
    # The first terms one by one: each step rounds where it counts least.
    high = fma_f32(y * y, fma_f32(y, _p6(i), _p5(i)), fma_f32(y, _p4(i), _p3(i)))
    p = fma_f32(y, fma_f32(y, fma_f32(y, high, _p2(i)), _p1(i)), _p0(i))
    return p if x < _ZERO else _ONE - p


@elementary
def sigmoid_grad_near(x: Any) -> Any:
    """Give the derivative of sigmoid."""
    a = abs_f32(x)
    i = _place(a)
    y = _node(i) - a
    high = fma_f32(y, _TIMES_6 * _p6(i), _TIMES_5 * _p5(i))
    high = fma_f32(y * y, high, fma_f32(y, _TIMES_4 * _p4(i), _TIMES_3 * _p3(i)))
    return fma_f32(y, fma_f32(y, high, _TIMES_2 * _p2(i)), _p1(i))


@elementary
def tanh_grad_near(x: Any) -> Any:
    """Give the derivative of tanh, which is four times that of sigmoid at 2 x."""
    return _FOUR * sigmoid_grad_near(x + x)


@elementary
def softplus_near(x: Any) -> Any:
    """log(1 + e^x)."""
    a = abs_f32(x)
    i = _place(a)
    y = _node(i) - a
    square = y * y
    high = fma_f32(y, _OVER_6 * _p5(i), _OVER_5 * _p4(i))
    high = fma_f32(square, _OVER_7 * _p6(i), high)
    high = fma_f32(square, high, fma_f32(y, _OVER_4 * _p3(i), _OVER_3 * _p2(i)))
    slope = fma_f32(y, fma_f32(y, high, _OVER_2 * _p1(i)), _p0(i))
    bend = _bend(i)
    s, rest = two_sum(x, bend)
    return fma_f32(y, slope, bend) if x < _ZERO else s + fma_f32(y, slope, rest)


@elementary
def log_sigmoid_near(x: Any) -> Any:
    """-log(1 + e^-x)."""
    return -softplus_near(-x)


@elementary
def silu_near(x: Any) -> Any:
    """Return x sigmoid(x)."""
    a = abs_f32(x)
    i = _place(a)
    y = _silu_node(i) - a
    high = fma_f32(y * y, fma_f32(y, _q6(i), _q5(i)), fma_f32(y, _q4(i), _q3(i)))
    slope = fma_f32(y, fma_f32(y, high, _q2(i)), _q1(i))
    start = _q0(i)
    s, rest = fast_two_sum(x, start)
    right = s + fma_f32(y, slope, rest)
    left = fma_f32(y, slope, _HALF * x if a < _FIRST else start)
    return copysign_f32(left if x < _FIRST else right, x)


@elementary
def silu_grad_near(x: Any) -> Any:
    """Give the derivative of silu."""
    a = abs_f32(x)
    i = _place(a)
    y = _silu_node(i) - a
    high = fma_f32(y, _TIMES_6 * _q6(i), _TIMES_5 * _q5(i))
    high = fma_f32(y * y, high, fma_f32(y, _TIMES_4 * _q4(i), _TIMES_3 * _q3(i)))
    start = _HALF if a < _FIRST else _q1(i)
    first = _TIMES_2 * _q2(i)
    slope = fma_f32(y, high, first)
    # Left of 0 the two terms cancel, so that the rounding of the slope would show.
    left = fma_f32(y, slope, fma_f32(y, fma_f32(y, high, first - slope), start))
    return left if x < _ZERO else _ONE - left
