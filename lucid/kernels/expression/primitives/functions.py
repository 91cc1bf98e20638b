"""Elementary and special functions.

Each has an accurate kernel in ``lucid.kernels.elementary`` for float32 and float64; half types
are computed in float32. Where a formula for the derivative would cancel or overflow, the
derivative is a function of its own (``tanh_grad``, ``silu_grad`` ...).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lucid.kernels.errors import GraphError
from lucid.kernels.expression import plain
from lucid.kernels.expression.dtypes import arithmetic_not_bool, floating
from lucid.kernels.expression.primitive import FUNCTION, DerivativeRule, by_dtype, define
from lucid.kernels.expression.primitives.choice import where
from lucid.kernels.expression.symbol import Symbol, apply

_LN2 = math.log(2.0)
_LN10 = math.log(10.0)
_TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)
_SQRT_2_OVER_PI = math.sqrt(2.0 / math.pi)


def _function(
    name: str,
    evaluate: Callable[..., Any],
    derivative: DerivativeRule | None,
    *,
    arity: int = 1,
) -> None:
    define(
        name,
        floating,
        plain.in_float64(evaluate),
        by_dtype(name, arity),
        arity=arity,
        cost=FUNCTION,
        derivative=derivative,
    )


def f(name: str, *arguments: Symbol | float) -> Symbol:
    return apply(name, *arguments)


def _pow_grad(g: Symbol, out: Symbol, a: Symbol, b: Symbol) -> tuple[Symbol, Symbol]:
    # d/da at b = 0 is 0 even where a ** -1 is infinite; d/db at a = 0 is 0 where the power is.
    base = where(b == 0.0, 0.0, b * f("pow", a, b - 1.0))
    exponent = where((a == 0.0) & (b >= 0.0), 0.0, out * f("log", a))
    return g * base, g * exponent


def _gelu_tanh_grad_grad(g: Symbol, out: Symbol, x: Symbol) -> tuple[Symbol]:
    square = x * x
    u = _SQRT_2_OVER_PI * (x + 0.044715 * square * x)
    first = _SQRT_2_OVER_PI * (1.0 + 0.134145 * square)
    second = _SQRT_2_OVER_PI * 0.26829 * x
    return (
        g * f("tanh_grad", u) * (first + 0.5 * x * (second - 2.0 * f("tanh", u) * first * first)),
    )


def _mish_grad_grad(g: Symbol, out: Symbol, x: Symbol) -> tuple[Symbol]:
    t = f("softplus", x)
    s = f("sigmoid", x)
    bracket = 2.0 + x * (f("sigmoid", -x) - 2.0 * f("tanh", t) * s)
    return (g * (f("tanh_grad", t) * s * bracket),)


def _trigamma_grad(g: Symbol, out: Symbol, x: Symbol) -> tuple[Symbol]:
    raise GraphError(
        "the derivative of trigamma (the third of lgamma) is not implemented; "
        "differentiate lgamma at most twice"
    )


# Exponentials and logarithms.
_function("exp", np.exp, lambda g, out, x: (g * out,))
_function("exp2", np.exp2, lambda g, out, x: (g * (out * _LN2),))
_function("exp10", lambda x: np.power(10.0, x), lambda g, out, x: (g * (out * _LN10),))
_function("expm1", np.expm1, lambda g, out, x: (g * f("exp", x),))
_function("log", np.log, lambda g, out, x: (g / x,))
_function("log2", np.log2, lambda g, out, x: (g / (x * _LN2),))
_function("log10", np.log10, lambda g, out, x: (g / (x * _LN10),))
_function("log1p", np.log1p, lambda g, out, x: (g / (1.0 + x),))
define(
    "pow",
    arithmetic_not_bool("pow"),
    plain.power,
    by_dtype("pow", 2),
    arity=2,
    cost=FUNCTION,
    derivative=_pow_grad,
)

# Roots.
_function("rsqrt", plain.rsqrt, lambda g, out, x: (g * (-0.5 * out / x),))
_function("cbrt", np.cbrt, lambda g, out, x: (g / (3.0 * out * out),))
_function(
    "hypot",
    np.hypot,
    # At the origin, a kink, the gradient is 0, as that of abs.
    lambda g, out, a, b: (
        g * where(out == 0.0, 0.0, a / out),
        g * where(out == 0.0, 0.0, b / out),
    ),
    arity=2,
)

# Trigonometric.
_function("sin", np.sin, lambda g, out, x: (g * f("cos", x),))
_function("cos", np.cos, lambda g, out, x: (-g * f("sin", x),))
_function("tan", np.tan, lambda g, out, x: (g * (1.0 + out * out),))
_function("asin", np.arcsin, lambda g, out, x: (g / f("sqrt", (1.0 - x) * (1.0 + x)),))
_function("acos", np.arccos, lambda g, out, x: (-g / f("sqrt", (1.0 - x) * (1.0 + x)),))
_function("atan", np.arctan, lambda g, out, x: (g / (1.0 + x * x),))
_function(
    "atan2",
    np.arctan2,
    # Two divisions by the length instead of one by its square, which overflows. At the origin,
    # where the angle jumps, the gradient is 0, as that of hypot.
    lambda g, out, y, x: (
        g * where(f("hypot", x, y) == 0.0, 0.0, x / f("hypot", x, y) / f("hypot", x, y)),
        g * where(f("hypot", x, y) == 0.0, 0.0, -y / f("hypot", x, y) / f("hypot", x, y)),
    ),
    arity=2,
)

# Hyperbolic.
_function("sinh", np.sinh, lambda g, out, x: (g * f("cosh", x),))
_function("cosh", np.cosh, lambda g, out, x: (g * f("sinh", x),))
_function("tanh", np.tanh, lambda g, out, x: (g * f("tanh_grad", x),))
_function("asinh", np.arcsinh, lambda g, out, x: (g / f("hypot", x, 1.0),))
_function("acosh", np.arccosh, lambda g, out, x: (g / (f("sqrt", x - 1.0) * f("sqrt", x + 1.0)),))
_function("atanh", np.arctanh, lambda g, out, x: (g / ((1.0 - x) * (1.0 + x)),))
_function("tanh_grad", plain.tanh_grad, lambda g, out, x: (g * (-2.0 * f("tanh", x) * out),))

# The logistic family.
_function("sigmoid", plain.sigmoid, lambda g, out, x: (g * f("sigmoid_grad", x),))
_function("sigmoid_grad", plain.sigmoid_grad, lambda g, out, x: (g * (-f("tanh", 0.5 * x) * out),))
_function("log_sigmoid", plain.log_sigmoid, lambda g, out, x: (g * f("sigmoid", -x),))
_function("softplus", plain.softplus, lambda g, out, x: (g * f("sigmoid", x),))
_function("silu", plain.silu, lambda g, out, x: (g * f("silu_grad", x),))
_function(
    "silu_grad",
    plain.silu_grad,
    lambda g, out, x: (g * (f("sigmoid_grad", x) * (2.0 - x * f("tanh", 0.5 * x))),),
)
_function("mish", plain.mish, lambda g, out, x: (g * f("mish_grad", x),))
_function("mish_grad", plain.mish_grad, _mish_grad_grad)
_function(
    "logaddexp",
    np.logaddexp,
    # Equal infinities have no difference; half each is the limit from both sides.
    lambda g, out, a, b: (
        g * where(a == b, 0.5, f("sigmoid", a - b)),
        g * where(a == b, 0.5, f("sigmoid", b - a)),
    ),
    arity=2,
)
_function(
    "logaddexp2",
    np.logaddexp2,
    lambda g, out, a, b: (
        g * where(a == b, 0.5, f("sigmoid", (a - b) * _LN2)),
        g * where(a == b, 0.5, f("sigmoid", (b - a) * _LN2)),
    ),
    arity=2,
)

# Error functions and the normal distribution.
_function("erf", plain.erf, lambda g, out, x: (g * (_TWO_OVER_SQRT_PI * f("exp", -x * x)),))
_function("erfc", plain.erfc, lambda g, out, x: (g * (-_TWO_OVER_SQRT_PI * f("exp", -x * x)),))
_function(
    "erfinv", plain.erfinv, lambda g, out, x: (g * (f("exp", out * out) / _TWO_OVER_SQRT_PI),)
)
_function("ndtr", plain.ndtr, lambda g, out, x: (g * f("ndtr_grad", x),))
_function("ndtr_grad", plain.ndtr_grad, lambda g, out, x: (-g * (x * out),))
_function("log_ndtr", plain.log_ndtr, lambda g, out, x: (g * f("log_ndtr_grad", x),))
_function("log_ndtr_grad", plain.log_ndtr_grad, lambda g, out, x: (-g * (out * (x + out)),))
_function("gelu", plain.gelu, lambda g, out, x: (g * f("gelu_grad", x),))
_function(
    "gelu_grad",
    plain.gelu_grad,
    lambda g, out, x: (g * (f("ndtr_grad", x) * (2.0 - x * x)),),
)
_function("gelu_tanh", plain.gelu_tanh, lambda g, out, x: (g * f("gelu_tanh_grad", x),))
_function("gelu_tanh_grad", plain.gelu_tanh_grad, _gelu_tanh_grad_grad)

# The gamma family.
_function("lgamma", plain.lgamma, lambda g, out, x: (g * f("digamma", x),))
_function("digamma", plain.digamma, lambda g, out, x: (g * f("trigamma", x),))
_function("trigamma", plain.trigamma, _trigamma_grad)
