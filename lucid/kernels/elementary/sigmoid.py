"""sigmoid, silu, and the derivatives of both and of tanh.

In float32, where tables lie in registers, `lucid.kernels.elementary._logistic` has them all up to
12 (the derivative of tanh up to 6): 0.85 ulp, and 0.98 for the derivative of sigmoid. The root of
silu's derivative at -1.278 is the exception: within a thousandth of it only the absolute error
stays small. What follows is the rest: float64, other processors, and larger numbers.

sigmoid and silu: with e^-x = 2^n (1 + m), the denominator 1 + e^-x is (1 + 2^n) + 2^n m: one
fused operation, whose rounding error a second one gives exactly. The quotient is corrected by its
residual, so that what is left is the last rounding and that of m; silu adds the two parts of m one
by one, and carries the error of that as well. All are scaled by 2^-64 (float64: 2^-128), so that
2^n exists and a subnormal result is rounded only at the end. 0.96 ulp for sigmoid and 0.93 for
silu in float32, 0.9 and 0.8 in float64.

sigmoid in float32 is p = sigmoid(-|x|) left of 0, and 1 - p right of it. Its derivative p - p^2
begins with the same steps; the square and the difference are kept as sums of two numbers, 0.96 ulp.

The other derivatives work in float64 for float32, with one rounding at the end, 0.53 ulp. In
float64 they carry pairs, and stay below 1 ulp.

Beyond -112 (float32) and -760 (float64) every function here that goes to zero is zero.

Source: the error of a fused operation from a second one is in J.-M. Muller and others, "Handbook
of Floating-Point Arithmetic", 2nd ed., 2018, chapter 4.
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
from lucid.kernels.elementary._logistic import (
    HALF_FAR,
    by_table,
    sigmoid_grad_near,
    sigmoid_near,
    silu_grad_near,
    silu_near,
    tanh_grad_near,
)
from lucid.kernels.elementary._narrow import ONE_BITS, at_least, at_most, exp_long, exp_narrow
from lucid.kernels.elementary._pairs import (
    DOWN,
    UP,
    divide,
    exp_mantissa,
    fast_two_sum,
    multiply,
    raised_exp,
    two_sum,
)
from lucid.kernels.elementary._polynomial import polynomial_f32, polynomial_f64
from lucid.kernels.elementary.coefficients import exponential as c

__all__ = [
    "sigmoid_f32",
    "sigmoid_f64",
    "sigmoid_grad_f32",
    "sigmoid_grad_f64",
    "silu_f32",
    "silu_f64",
    "silu_grad_f32",
    "silu_grad_f64",
    "tanh_grad_f32",
    "tanh_grad_f64",
]

_LOWEST_F32 = np.float32(-112.0)
_HIGHEST_F32 = np.float32(112.0)
_LOWEST_F64 = -760.0
# From here on sigmoid rounds to 1, and silu to x.
_FLAT_F32, _FLAT_F64 = np.float32(18.0), 40.0
_UP_BITS = ONE_BITS + (128 << 52)

_ZERO_F32, _ONE_F32, _TWO_F32 = np.float32(0.0), np.float32(1.0), np.float32(2.0)
_SCALE_F32, _SCALE_F64 = np.float32(2.0**-64), 2.0**-128
# Adding these rounds to an integer n and leaves the exponent of 2^n, scaled, in the low bits.
_MAGIC_F32 = np.float32(1.5 * 2**23 + 127 - 64)
_MAGIC_F64 = 1.5 * 2**52 + 1023 - 128

_rest_f32 = polynomial_f32(c.EXP_F32, plain=0)
_rest_f64 = polynomial_f64(c.EXP_F64, plain=0)


@elementary
def _near_f32(x: Any) -> Any:
    """Float64 value of x where the exponential can take it."""
    return np.float64(at_most(at_least(x, _LOWEST_F32), _HIGHEST_F32))


@elementary
def _parts_f32(y: Any) -> Any:
    """Return (power, r, rest, base, base_lo).

    The scaled e^y is power (1 + r + rest), and the scaled 1 + power is base + base_lo.
    """
    t = fma_f32(y, c.LOG2_E_F32, _MAGIC_F32)
    n = t - _MAGIC_F32
    r = fma_f32(-n, c.LN2_LO_F32, fma_f32(-n, c.LN2_HI_F32, y))
    square = product_f32(r, r)
    power = float_f32(np.int32(bits_f32(t) << np.int32(23)))
    base = power + _SCALE_F32
    return power, r, product_f32(square, _rest_f32(r)), base, _SCALE_F32 - (base - power)


@elementary
def _smaller_f32(x: Any) -> Any:
    """Return (q, excess): the scaled sigmoid(-|x|) is q (1 + excess)."""
    power, r, rest, base, base_lo = _parts_f32(at_most(abs_f32(x), _HIGHEST_F32))
    m = r + rest
    d = fma_f32(power, m, base)
    low = fma_f32(power, m, base - d) + base_lo
    q = _ONE_F32 / d
    return q, fma_f32(-q, low, fma_f32(-q, d, _ONE_F32))


@elementary
def _plain_sigmoid_f32(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    q, excess = _smaller_f32(x)
    p = fma_f32(excess, q, q) * _SCALE_F32
    return p if x < _ZERO_F32 else _ONE_F32 - p


@elementary
def _plain_sigmoid_grad_f32(x: Any) -> Any:
    """Give the derivative of sigmoid: sigmoid(x) sigmoid(-x)."""
    q, excess = _smaller_f32(x)
    p = q * _SCALE_F32
    square = product_f32(q, p)
    s = q - square
    s_low = ((q - s) - square) - fma_f32(q, p, -square)
    rest = fma_f32(product_f32(excess, q), fma_f32(-_TWO_F32, p, _ONE_F32), s_low)
    return (s + rest) * _SCALE_F32


@elementary
def _plain_tanh_grad_f32(x: Any) -> Any:
    """Give the derivative of tanh: 1 - tanh(x)^2, without the cancellation."""
    e = exp_narrow(-2.0 * np.float64(at_most(abs_f32(x), _HIGHEST_F32)))
    d = 1.0 + e
    return np.float32(4.0 * e / (d * d))


@elementary
def _plain_silu_f32(x: Any) -> Any:
    """Return x sigmoid(x); -0 at -infinity."""
    near = at_most(at_least(x, _LOWEST_F32), _FLAT_F32)
    power, r, rest, base, base_lo = _parts_f32(-near)
    d = fma_f32(power, rest, fma_f32(power, r, base))
    low = fma_f32(power, rest, fma_f32(power, r, base - d)) + base_lo
    reciprocal = _ONE_F32 / d
    q = product_f32(near, reciprocal)
    # The residual with its sign turned: so the sum of two zeros keeps the sign of x.
    excess = fma_f32(q, low, fma_f32(q, d, -near))
    y = fma_f32(-excess, reciprocal, q) * _SCALE_F32
    return y if near < _FLAT_F32 else x


@elementary
def _plain_silu_grad_f32(x: Any) -> Any:
    """Give the derivative of silu: s (1 + x (1 - s)) with s = sigmoid(x)."""
    near = _near_f32(x)
    e = exp_long(-near)
    d = 1.0 + e
    return np.float32((d + near * e) / (d * d))


_either_sigmoid = by_table(sigmoid_near, _plain_sigmoid_f32)
_either_sigmoid_grad = by_table(sigmoid_grad_near, _plain_sigmoid_grad_f32)
_either_tanh_grad = by_table(tanh_grad_near, _plain_tanh_grad_f32, HALF_FAR)
_either_silu = by_table(silu_near, _plain_silu_f32)
_either_silu_grad = by_table(silu_grad_near, _plain_silu_grad_f32)


@elementary
def sigmoid_f32(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    return _either_sigmoid(x)


@elementary
def sigmoid_grad_f32(x: Any) -> Any:
    """Give the derivative of sigmoid: sigmoid(x) sigmoid(-x)."""
    return _either_sigmoid_grad(x)


@elementary
def tanh_grad_f32(x: Any) -> Any:
    """Give the derivative of tanh: 1 - tanh(x)^2, without the cancellation."""
    return _either_tanh_grad(x)


@elementary
def silu_f32(x: Any) -> Any:
    """Return x sigmoid(x); -0 at -infinity."""
    return _either_silu(x)


@elementary
def silu_grad_f32(x: Any) -> Any:
    """Give the derivative of silu: s (1 + x (1 - s)) with s = sigmoid(x)."""
    return _either_silu_grad(x)


@elementary
def _raised_quotient(h: Any, low: Any, t: Any) -> Any:
    """2^128 / (1 + (h + low) 2^n) as a pair, n in the low bits of t."""
    w = float_f64(_UP_BITS - (bits_f64(t) << 52))
    dh, dl = two_sum(w * DOWN, h)
    return divide(w, 0.0, dh, dl + low)


@elementary
def raised_logistic(y: Any, rest: Any) -> Any:
    """2^128 / (1 + e^(y + rest)) as a pair, -50 <= y <= 800."""
    h, low, t = exp_mantissa(y, rest)
    return _raised_quotient(h, low, t)


@elementary
def _parts_f64(x: Any) -> Any:
    """Return (power, r, rest, base, base_lo).

    The scaled e^-x is power (1 + r + rest), and the scaled 1 + power is base + base_lo.
    """
    t = fma_f64(x, -c.LOG2_E_F64, _MAGIC_F64)
    n = t - _MAGIC_F64
    r = fma_f64(-n, c.LN2_LO_F64, fma_f64(-n, c.LN2_HI_F64, -x))
    square = product_f64(r, r)
    power = float_f64(bits_f64(t) << 52)
    base = power + _SCALE_F64
    return power, r, product_f64(square, _rest_f64(r)), base, _SCALE_F64 - (base - power)


@elementary
def sigmoid_f64(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    near = at_most(at_least(x, _LOWEST_F64), _FLAT_F64)
    power, r, rest, base, base_lo = _parts_f64(near)
    m = r + rest
    d = fma_f64(power, m, base)
    low = fma_f64(power, m, base - d) + base_lo
    q = 1.0 / d
    excess = fma_f64(-q, low, fma_f64(-q, d, 1.0))
    return fma_f64(excess, q, q) * _SCALE_F64


@elementary
def silu_f64(x: Any) -> Any:
    """Return x sigmoid(x); -0 at -infinity."""
    near = at_most(at_least(x, _LOWEST_F64), _FLAT_F64)
    power, r, rest, base, base_lo = _parts_f64(near)
    d = fma_f64(power, rest, fma_f64(power, r, base))
    low = fma_f64(power, rest, fma_f64(power, r, base - d)) + base_lo
    reciprocal = 1.0 / d
    q = product_f64(near, reciprocal)
    # The residual with its sign turned: so the sum of two zeros keeps the sign of x.
    excess = fma_f64(q, low, fma_f64(q, d, -near))
    y = fma_f64(-excess, reciprocal, q) * _SCALE_F64
    return y if near < _FLAT_F64 else x


@elementary
def _bell_f64(y: Any) -> Any:
    """e^y / (1 + e^y)^2 for y <= 0."""
    h, low = raised_exp(y, 0.0)
    dh, dl = fast_two_sum(1.0, h * DOWN)
    q, q_lo = divide(1.0, 0.0, dh, fma_f64(low, DOWN, dl))
    square, square_lo = multiply(q, q_lo, q, q_lo)
    top, top_lo = multiply(square, square_lo, h, low)
    return top + top_lo


@elementary
def sigmoid_grad_f64(x: Any) -> Any:
    """Give the derivative of sigmoid: sigmoid(x) sigmoid(-x)."""
    return _bell_f64(at_least(-abs_f64(x), _LOWEST_F64)) * DOWN


@elementary
def tanh_grad_f64(x: Any) -> Any:
    """Give the derivative of tanh: 1 - tanh(x)^2, without the cancellation."""
    return _bell_f64(at_least(-2.0 * abs_f64(x), _LOWEST_F64)) * (4.0 * DOWN)


@elementary
def silu_grad_f64(x: Any) -> Any:
    """Give the derivative of silu: s (1 + x (1 - s)) with s = sigmoid(x)."""
    near = at_most(at_least(x, _LOWEST_F64), -_LOWEST_F64)
    h, low = raised_exp(-abs_f64(near), 0.0)
    e, e_lo = h * DOWN, low * DOWN
    dh, dl = fast_two_sum(1.0, e)
    dl = dl + e_lo
    square, square_lo = multiply(dh, dl, dh, dl)
    # With e = e^-|x| the numerator is 1 + e + x e, or for negative x (1 + e + x) e.
    left = near < 0.0
    sh, sl = two_sum(dh, near if left else near * e)
    sl = sl + dl
    nh, nl = multiply(sh, sl, h if left else UP, low if left else 0.0)
    q, q_lo = divide(nh, nl, square, square_lo)
    return (q + q_lo) * DOWN
