"""Arithmetic: IEEE 754 for floats, wrap-around for integers, both as in NumPy."""

from __future__ import annotations

import numpy as np

from lucid.kernels.expression.dtypes import arithmetic, arithmetic_not_bool, division, floating
from lucid.kernels.expression.primitive import FUNCTION, by_dtype, define
from lucid.kernels.expression.symbol import Symbol, apply


def _boolean(number: str, boolean: str) -> object:
    return lambda dtype: boolean if dtype.kind == "b" else number


def _where(condition: Symbol, a: Symbol | float, b: Symbol | float) -> Symbol:
    return apply("where", condition, a, b)


define(
    "add",
    arithmetic,
    np.add,
    _boolean("{0} + {1}", "{0} | {1}"),  # type: ignore[arg-type]
    arity=2,
    derivative=lambda g, out, a, b: (g, g),
    linear=True,
)
define(
    "subtract",
    arithmetic_not_bool("subtract"),
    np.subtract,
    "{0} - {1}",
    arity=2,
    derivative=lambda g, out, a, b: (g, -g),
    linear=True,
)
define(
    "multiply",
    arithmetic,
    np.multiply,
    _boolean("{0} * {1}", "{0} & {1}"),  # type: ignore[arg-type]
    arity=2,
    derivative=lambda g, out, a, b: (g * b, g * a),
)
define(
    "divide",
    division,
    np.true_divide,
    "{0} / {1}",
    arity=2,
    # The quotient again instead of a / (b * b), which overflows where the result does not.
    cost=4,
    derivative=lambda g, out, a, b: (g / b, -(g / b) * out),
)
define(
    "negative",
    arithmetic_not_bool("negative"),
    np.negative,
    "-{0}",
    derivative=lambda g, out, a: (-g,),
    linear=True,
)
define(
    "positive",
    arithmetic_not_bool("positive"),
    np.positive,
    "{0}",
    derivative=lambda g, out, a: (g,),
    linear=True,
)
define(
    "abs",
    arithmetic,
    np.abs,
    lambda dtype: {"f": by_dtype("abs")(dtype), "i": "absolute({0})"}.get(dtype.kind, "{0}"),
    derivative=lambda g, out, a: (g * apply("sign", a),),
)
define(
    "sign",
    arithmetic_not_bool("sign"),
    np.sign,
    by_dtype("sign"),
)
define(
    "square",
    arithmetic,
    np.square,
    _boolean("{0} * {0}", "{0}"),  # type: ignore[arg-type]
    derivative=lambda g, out, a: (g * (2.0 * a),),
)
define(
    "sqrt",
    floating,
    np.sqrt,
    by_dtype("sqrt"),
    cost=4,
    derivative=lambda g, out, a: (g * (0.5 / out),),
)
define(
    "floor_divide",
    arithmetic_not_bool("floor_divide"),
    np.floor_divide,
    by_dtype("floor_divide", 2),
    arity=2,
    cost=FUNCTION,
)
define(
    "remainder",
    arithmetic_not_bool("remainder"),
    np.remainder,
    by_dtype("remainder", 2),
    arity=2,
    cost=FUNCTION,
    derivative=lambda g, out, a, b: (g, -g * apply("floor", a / b)),
)
define(
    "fmod",
    arithmetic_not_bool("fmod"),
    np.fmod,
    by_dtype("fmod", 2),
    arity=2,
    cost=FUNCTION,
    derivative=lambda g, out, a, b: (g, -g * apply("trunc", a / b)),
)
define(
    "copysign",
    floating,
    np.copysign,
    by_dtype("copysign", 2),
    arity=2,
    derivative=lambda g, out, a, b: (
        _where(apply("signbit", a) == apply("signbit", b), g, -g),
        None,
    ),
)
define(
    "nextafter",
    floating,
    np.nextafter,
    by_dtype("nextafter", 2),
    arity=2,
    derivative=lambda g, out, a, b: (g, None),
    linear=True,
)
