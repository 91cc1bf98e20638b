"""Functions of float32 in float32 alone, for devices.

The elementary functions of the CPU compute some float32 functions in float64, to round them
almost correctly. Most devices do float64 at a sixty-fourth of their speed. So these take the
places of those: CUDA's own functions (errors from the CUDA Programming Guide, section
Mathematical Functions), and formulas that make do with float32. `ULPS` states the errors.

No multiplication here is fused with an addition unless `fma_f32` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from numba.core import types as numba_types
from numba.extending import intrinsic

from lucid.kernels.elementary import (
    abs_f32,
    copysign_f32,
    exp2_f32,
    exp_f32,
    floor_f32,
    log1p_f32,
    maximum,
    minimum,
)
from lucid.kernels.elementary._bits import fma_f32, libdevice, on_device

__all__ = [
    "erf_f32",
    "erfc_f32",
    "erfinv_f32",
    "floor_divide_f32",
    "fmod_f32",
    "gelu_f32",
    "gelu_grad_f32",
    "gelu_tanh_f32",
    "gelu_tanh_grad_f32",
    "hypot_f32",
    "log_sigmoid_f32",
    "logaddexp2_f32",
    "logaddexp_f32",
    "mish_f32",
    "mish_grad_f32",
    "ndtr_f32",
    "ndtr_grad_f32",
    "pow_f32",
    "remainder_f32",
    "sigmoid_grad_f32",
    "silu_grad_f32",
    "softplus_f32",
    "tanh_grad_f32",
]

#: Largest errors in units in the last place. For a sum whose terms may cancel (the derivatives
#: with a root, logaddexp) the unit is that of the larger term.
ULPS = {
    "erf": 2,
    "erfc": 4,
    "erfinv": 2,
    "floor_divide": 1,
    "fmod": 0,
    "gelu": 6,
    "gelu_grad": 8,
    "gelu_tanh": 4,
    "gelu_tanh_grad": 6,
    "hypot": 3,
    "log_sigmoid": 2,
    "logaddexp": 3,
    "logaddexp2": 3,
    "mish": 4,
    "mish_grad": 5,
    "ndtr": 5,
    "ndtr_grad": 3,
    "pow": 4,
    "remainder": 1,
    "sigmoid_grad": 5,
    "silu_grad": 4,
    "softplus": 2,
    "tanh_grad": 4,
}

#: Derivatives with a root, left of 0, where terms of about this size cancel.
_ROOTED = dict.fromkeys(("gelu_grad", "gelu_tanh_grad", "mish_grad", "silu_grad"), 0.2)


def error_of(name: str, arguments: Sequence[float]) -> tuple[float, float]:
    """Return the error of a float32 function in ulp, and the size that an ulp is taken of.

    The size is 0 where the ulp is that of the result.
    """
    size = 0.0
    if name in ("logaddexp", "logaddexp2"):
        size = abs(max(arguments))
    elif -4.0 < arguments[0] < 0.0:
        size = _ROOTED.get(name, 0.0)
    return ULPS.get(name, 1), size


#: Primitives that keep float64 in float32 kernels, and why.
IN_FLOAT64 = {
    "sin": "the reduction of large arguments; CUDA's own takes local memory for it",
    "cos": "the reduction of large arguments; CUDA's own takes local memory for it",
    "tan": "the reduction of large arguments; CUDA's own takes local memory for it",
    "lgamma": "its roots left of -2, near which CUDA's own states no bound",
    "digamma": "its roots, and reflection; CUDA has none",
    "trigamma": "reflection; CUDA has none",
    "log_ndtr": "a quotient in the tail that float32 can't hold; CUDA has none",
    "log_ndtr_grad": "a quotient in the tail that float32 can't hold; CUDA has none",
}

types: Any = numba_types
_F = np.float32
_ZERO, _ONE, _TWO, _FOUR, _HALF = _F(0.0), _F(1.0), _F(2.0), _F(4.0), _F(0.5)
_LOG2_E = _F(1.4426950408889634)
_LN_2 = _F(0.6931471805599453)
_INV_SQRT_2PI = _F(0.3989422804014327)
#: Beyond this, all that has an exponential in it has reached its limit.
_FAR = _F(200.0)
#: Below its negative, 1 + exp(x) is 1.
_DEEP = _F(64.0)


def _of_library(name: str, arity: int = 1) -> Any:
    """Bind a function of CUDA's device library."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        assert on_device(builder), f"{name} is a function of CUDA's device library"
        return libdevice(builder, name, arguments)

    if arity == 1:

        @intrinsic
        def unary(typing_context: Any, x: Any) -> Any:
            return types.float32(types.float32), generate

        return unary

    @intrinsic
    def binary(typing_context: Any, x: Any, y: Any) -> Any:
        return types.float32(types.float32, types.float32), generate

    return binary


def _single(function: Callable[..., Any]) -> Any:
    return numba.njit(forceinline=True, error_model="numpy")(function)


erf_f32 = _of_library("erf")
erfc_f32 = _of_library("erfc")
erfinv_f32 = _of_library("erfinv")
ndtr_f32 = _of_library("normcdf")
hypot_f32 = _of_library("hypot", 2)
pow_f32 = _of_library("pow", 2)
fmod_f32 = _of_library("fmod", 2)


@_single
def remainder_f32(a: Any, b: Any) -> Any:
    rest = fmod_f32(a, b)
    if rest == _ZERO:
        return copysign_f32(rest, b)
    return rest + b if (rest < _ZERO) != (b < _ZERO) else rest


@_single
def floor_divide_f32(a: Any, b: Any) -> Any:
    if b == _ZERO:
        return a / b
    rest = fmod_f32(a, b)
    # Without its remainder the dividend is a multiple of the divisor, but for one rounding.
    quotient = (a - rest) / b
    if (rest != _ZERO) & ((b < _ZERO) != (rest < _ZERO)):
        quotient = quotient - _ONE
    whole = floor_f32(quotient)
    whole = whole + _ONE if quotient - whole > _HALF else whole
    return copysign_f32(_ZERO, a / b) if whole == _ZERO else whole


@_single
def _between(x: Any) -> Any:
    """Return x, brought near enough for products with what has vanished there."""
    return minimum(maximum(x, -_FAR), _FAR)


@_single
def _logistic(x: Any, rest: Any) -> Any:
    """Return the logistic function of ``x + rest``; rest is tiny."""
    e = exp_f32(-abs_f32(x))
    e = e - e * (rest if x > _ZERO else -rest)
    return (_ONE if x > _ZERO else e) / (_ONE + e)


@_single
def _times_logistic(factor: Any, x: Any, rest: Any) -> Any:
    """Return the product with the logistic function of ``x + rest``."""
    if x > -_DEEP:
        return factor * _logistic(x, rest)
    # There it is an exponential. Its root is no subnormal where the product is none.
    root = exp_f32(_HALF * x)
    product = (factor * root) * root
    return product + product * rest


@_single
def sigmoid_grad_f32(x: Any) -> Any:
    e = exp_f32(-abs_f32(x))
    return e / ((_ONE + e) * (_ONE + e))


@_single
def tanh_grad_f32(x: Any) -> Any:
    e = exp_f32(-_TWO * abs_f32(x))
    return _FOUR * e / ((_ONE + e) * (_ONE + e))


@_single
def silu_grad_f32(x: Any) -> Any:
    x = _between(x)
    return _times_logistic(_ONE + x * _logistic(-x, _ZERO), x, _ZERO)


@_single
def softplus_f32(x: Any) -> Any:
    return maximum(x, _ZERO) + log1p_f32(exp_f32(-abs_f32(x)))


@_single
def log_sigmoid_f32(x: Any) -> Any:
    return -(maximum(-x, _ZERO) + log1p_f32(exp_f32(-abs_f32(x))))


@_single
def _gap(a: Any, b: Any) -> Any:
    """Return the difference, positive, as a sum of two numbers."""
    gap = a - b
    part = gap - a
    rest = (a - (gap - part)) - (b + part)
    # Equal infinities have no difference, and other infinities no rest.
    gap = _ZERO if a == b else gap
    rest = rest if rest == rest else _ZERO
    return (gap, rest) if gap > _ZERO else (-gap, -rest)


@_single
def logaddexp_f32(a: Any, b: Any) -> Any:
    gap, rest = _gap(a, b)
    e = exp_f32(-gap)
    return maximum(a, b) + log1p_f32(e - e * rest)


@_single
def logaddexp2_f32(a: Any, b: Any) -> Any:
    gap, rest = _gap(a, b)
    e = exp2_f32(-gap)
    return maximum(a, b) + log1p_f32(e - e * (rest * _LN_2)) * _LOG2_E


# tanh(softplus(x)) is n / (n + 2) for n = e (e + 2) and e = exp(x); there is nothing to cancel.
_LARGE = _F(20.0)


@_single
def mish_f32(x: Any) -> Any:
    near = maximum(x, -_FAR)
    e = exp_f32(minimum(near, _LARGE))
    n = e * (e + _TWO)
    if x < -_DEEP:
        return _times_logistic(near, near, _ZERO)
    return x if x > _LARGE else x * (n / (n + _TWO))


@_single
def mish_grad_f32(x: Any) -> Any:
    near = minimum(maximum(x, -_FAR), _LARGE)
    e = exp_f32(near)
    n = e * (e + _TWO)
    d = n + _TWO
    slope = e * (((e + _TWO) * d + _FOUR * near * (_ONE + e)) / (d * d))
    if x < -_DEEP:
        return _times_logistic(_ONE + near, near, _ZERO)
    return _ONE if x > _LARGE else slope


@_single
def ndtr_grad_f32(x: Any) -> Any:
    x = _between(x)
    # The square's rounding error would come out of the exponential as many times as x is large.
    square = x * x
    rest = fma_f32(x, x, -square)
    e = exp_f32(-_HALF * square)
    return _INV_SQRT_2PI * (e - e * (_HALF * rest))


@_single
def gelu_f32(x: Any) -> Any:
    return maximum(x, -_FAR) * ndtr_f32(x)


@_single
def gelu_grad_f32(x: Any) -> Any:
    x = _between(x)
    slope = ndtr_f32(x) + x * ndtr_grad_f32(x)
    return copysign_f32(slope, x) if slope == _ZERO else slope


# 2 u = x (A + B x^2), A = 2 sqrt(2 / pi) and B = 0.044715 A, each as a sum of two float32.
_A = 1.5957691216057308
_B = 0.044715 * _A
_A_HIGH, _A_LOW = _F(_A), _F(_A - float(_F(_A)))
_B_HIGH, _B_LOW = _F(_B), _F(_B - float(_F(_B)))


@_single
def _cubic(x: Any) -> Any:
    """Return 2 u as a sum of two numbers."""
    square = x * x
    square_rest = fma_f32(x, x, -square)
    product = _B_HIGH * square
    product_rest = fma_f32(_B_HIGH, square, -product)
    factor = _A_HIGH + product
    # The error of a sum, whichever term is larger.
    part = factor - _A_HIGH
    rest = (_A_HIGH - (factor - part)) + (product - part)
    rest = rest + (product_rest + (_B_HIGH * square_rest + (_B_LOW * square + _A_LOW)))
    whole = factor * x
    return whole, fma_f32(factor, x, -whole) + rest * x


@_single
def gelu_tanh_f32(x: Any) -> Any:
    whole, rest = _cubic(_between(x))
    return _times_logistic(maximum(x, -_FAR), whole, rest)


@_single
def gelu_tanh_grad_f32(x: Any) -> Any:
    x = _between(x)
    whole, rest = _cubic(x)
    slope = _A_HIGH + _F(3.0) * _B_HIGH * (x * x)
    return _times_logistic(_ONE + x * _logistic(-whole, -rest) * slope, whole, rest)
