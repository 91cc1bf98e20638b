"""Choice between values: what replaces ``if`` in a pointwise function.

Each states under which condition its result depends on an argument, so that the derivative of a
branch that was not taken is dropped even where it is infinite.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.kernels.expression.dtypes import arithmetic, promote, selection
from lucid.kernels.expression.primitive import define
from lucid.kernels.expression.symbol import Symbol, apply


def where(condition: Symbol, a: Symbol | float, b: Symbol | float) -> Symbol:
    return apply("where", condition, a, b)


def _not(condition: Symbol) -> Symbol:
    return apply("logical_not", condition)


define(
    "where",
    selection,
    lambda condition, a, b: a if condition else b,
    "select({0}, {1}, {2})",
    arity=3,
    derivative=lambda g, out, c, a, b: (None, where(c, g, 0.0), where(c, 0.0, g)),
    linear=True,
    live=lambda c, a, b: (None, c, _not(c)),
)


def _extremum(name: str, plain: Any, beats: str, *, ignores_nan: bool) -> None:
    """Define one of the four: the gradient at a tie is half each."""

    def weight(g: Symbol, a: Symbol, b: Symbol) -> Symbol:
        """Return the gradient of ``a`` against ``b``."""
        wins = apply(beats, a, b) | ((b != b) if ignores_nan else (a != a))
        return where(wins, g, where(a == b, g * 0.5, 0.0))

    def live(a: Symbol, b: Symbol) -> tuple[Symbol, Symbol]:
        return _not(apply(beats, b, a)), _not(apply(beats, a, b))

    define(
        name,
        arithmetic,
        plain,
        f"{name}({{0}}, {{1}})",
        arity=2,
        derivative=lambda g, out, a, b: (weight(g, a, b), weight(g, b, a)),
        linear=True,
        live=live,
    )


_extremum("maximum", np.maximum, "greater", ignores_nan=False)
_extremum("minimum", np.minimum, "less", ignores_nan=False)
_extremum("fmax", np.fmax, "greater", ignores_nan=True)
_extremum("fmin", np.fmin, "less", ignores_nan=True)


def _clip_types(dtypes: Any) -> Any:
    common = promote(dtypes)
    return (common,) * 3, common


define(
    "clip",
    _clip_types,
    # NumPy's order: the upper bound wins where the bounds cross.
    lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "clip({0}, {1}, {2})",
    arity=3,
    # Bounds included: at a bound the gradient goes to x.
    derivative=lambda g, out, x, low, high: (
        where((x >= low) & (x <= high), g, 0.0),
        where((x < low) & (low <= high), g, 0.0),
        where((x > high) | (low > high), g, 0.0),
    ),
    linear=True,
    live=lambda x, low, high: (
        (x >= low) & (x <= high),
        (x < low) & (low <= high),
        (x > high) | (low > high),
    ),
)
