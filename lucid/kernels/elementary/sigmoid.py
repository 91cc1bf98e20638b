"""sigmoid, silu, and the derivatives of both and of tanh.

Float32: 1 / (1 + e^-x) in float64, whose range holds e^112; one rounding at the end, 0.53 ulp.
The derivatives that have a zero use the long exponential, and keep their relative accuracy there.

Float64: with e^-x = m 2^n, sigmoid(x) = 2^-n / (2^-n + m). The denominator is a two-sum, the
quotient is corrected by its residual. The numerator is raised by 2^128 and lowered at the end, so
that a subnormal result is rounded only there. 0.67 ulp for sigmoid; the others are below 1.

Beyond -112 (float32) and -760 (float64) every function here that goes to zero is zero.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f64,
    bits_f64,
    copysign_f64,
    elementary,
    float_f64,
    fma_f64,
)
from lucid.kernels.elementary._narrow import ONE_BITS, at_least, at_most, exp_long, exp_narrow
from lucid.kernels.elementary._pairs import (
    DOWN,
    UP,
    divide,
    exp_mantissa,
    exp_mantissa_short,
    fast_two_sum,
    multiply,
    raised_exp,
    two_sum,
)

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
# From here on sigmoid is 1 in float64.
_HIGHEST_F64 = 50.0
_UP_BITS = ONE_BITS + (128 << 52)


@elementary
def _near_f32(x: Any) -> Any:
    """Float64 value of x where the exponential can take it."""
    return np.float64(at_most(at_least(x, _LOWEST_F32), _HIGHEST_F32))


@elementary
def sigmoid_f32(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    return np.float32(1.0 / (1.0 + exp_narrow(-_near_f32(x))))


@elementary
def sigmoid_grad_f32(x: Any) -> Any:
    """Give the derivative of sigmoid: sigmoid(x) sigmoid(-x)."""
    e = exp_narrow(-_near_f32(x))
    d = 1.0 + e
    return np.float32(e / (d * d))


@elementary
def tanh_grad_f32(x: Any) -> Any:
    """Give the derivative of tanh: 1 - tanh(x)^2, without the cancellation."""
    e = exp_narrow(-2.0 * _near_f32(x))
    d = 1.0 + e
    return np.float32(4.0 * e / (d * d))


@elementary
def silu_f32(x: Any) -> Any:
    """Return x sigmoid(x); -0 at -infinity."""
    return np.float32(np.float64(at_least(x, _LOWEST_F32)) / (1.0 + exp_narrow(-_near_f32(x))))


@elementary
def silu_grad_f32(x: Any) -> Any:
    """Give the derivative of silu: s (1 + x (1 - s)) with s = sigmoid(x)."""
    near = _near_f32(x)
    e = exp_long(-near)
    d = 1.0 + e
    return np.float32((d + near * e) / (d * d))


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
def _raised_sigmoid(x: Any) -> Any:
    """2^128 sigmoid(x) as a pair, to 2^-55."""
    h, low, t = exp_mantissa_short(-x)
    return _raised_quotient(h, low, t)


@elementary
def sigmoid_f64(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    h, low = _raised_sigmoid(at_most(at_least(x, _LOWEST_F64), _HIGHEST_F64))
    return (h + low) * DOWN


@elementary
def silu_f64(x: Any) -> Any:
    """Return x sigmoid(x); -0 at -infinity."""
    near = at_most(at_least(x, _LOWEST_F64), _HIGHEST_F64)
    h, low = _raised_sigmoid(near)
    y = fma_f64(near, h, near * low) * DOWN
    # The sum of two zeros may have lost the sign.
    return x if x > _HIGHEST_F64 else copysign_f64(y, x)


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
