"""Steps that look at a whole row, the elements along the last axis: folds, position, length.

A node is *uniform* if it is one value for the whole row: the result of a fold, the length, a
constant, an argument declared so, and whatever is made of such values alone. A fold of a uniform
value is written without a fold (``row_sum(u) = u * row_length()``), so that folds always have an
argument that varies along the row.

A fold over the row is a symmetric operation as reverse mode sees it. For a uniform node the
adjoint is kept as already summed over the row; for the others it is one value an element. So
``row_sum`` hands its adjoint on as it is, and what elements owe to a uniform value is summed
once, when that value's turn comes (`lucid.kernels.expression.derivative`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lucid.kernels.expression.dtypes import DType, TypeRule, arithmetic_not_bool, concrete, is_weak
from lucid.kernels.expression.node import Node, operation
from lucid.kernels.expression.primitive import Primitive
from lucid.kernels.expression.symbol import Symbol, apply, as_symbol

__all__ = [
    "DETACH",
    "FOLDS",
    "INDEX",
    "LENGTH",
    "SPREAD",
    "detach",
    "row_index",
    "row_length",
    "row_max",
    "row_min",
    "row_sum",
    "spread",
]


def _sum_types(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
    """Integers and bool are summed in 64 bits, as in NumPy."""
    (given,) = dtypes
    if is_weak(given):
        wanted: DType = int if given is bool else given
    else:
        kind = concrete(given).kind
        wanted = np.dtype({"b": np.int64, "i": np.int64, "u": np.uint64}.get(kind, given))
    return (wanted,), wanted


def _same(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
    return tuple(dtypes), dtypes[0]


def _whole(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
    return (), int


def _plain_sum(row: Sequence[Any]) -> Any:
    """Sum exactly and round once; of integers the low bits."""
    if row[0].dtype.kind != "f":
        return np.add.reduce(np.asarray(row))
    try:
        return math.fsum(row)
    except (OverflowError, ValueError):  # beyond float64, or infinities of both signs
        return np.add.reduce(np.asarray(row, np.float64))


def _taken_evenly(g: Symbol, out: Symbol, v: Symbol) -> tuple[Symbol]:
    """Share the gradient of an extremum among the elements that have it."""
    # NaN is no number's equal, but where it is the result it is the one that was taken.
    taken = (v == out) | ((v != v) & (out != out))
    # One or zero in the dtype of v: a count in a wider one would widen the gradient.
    one = apply("where", taken, 1.0, apply("where", taken, v, 0.0))
    return (apply("where", taken, g / row_sum(one), 0.0),)


def _fold(
    name: str,
    rows: str,
    types: TypeRule,
    plain: Callable[[Sequence[Any]], Any],
    derivative: Callable[..., Any],
    settled: Callable[[Node], Node],
) -> Primitive:
    return Primitive(
        name,
        types,
        plain,
        lambda dtype: "{0}",
        derivative,
        linear=True,
        rows=rows,
        uniform=lambda arguments: True,
        settled=settled,
    )


LENGTH = Primitive(
    "row_length",
    _whole,
    len,
    lambda dtype: "",
    arity=0,
    rows="length",
    uniform=lambda arguments: True,
)
INDEX = Primitive(
    "row_index",
    _whole,
    int,
    lambda dtype: "",
    arity=0,
    rows="index",
    uniform=lambda arguments: False,
)
#: A uniform value as one of the elements: what says that a gradient is one value an element.
SPREAD = Primitive(
    "row_spread",
    _same,
    lambda value: value,
    lambda dtype: "{0}",
    lambda g, out, value: (g,),
    linear=True,
    rows="spread",
    uniform=lambda arguments: False,
)
DETACH = Primitive("detach", _same, lambda value: value, lambda dtype: "{0}")

#: The folds, by the name of the fold.
FOLDS = {
    "add": _fold(
        "row_sum",
        "add",
        _sum_types,
        _plain_sum,
        lambda g, out, v: (g,),
        lambda node: (Symbol(node) * row_length()).node,
    ),
    "maximum": _fold(
        "row_max",
        "maximum",
        arithmetic_not_bool("row_max"),
        lambda row: np.maximum.reduce(np.asarray(row)),
        _taken_evenly,
        lambda node: node,
    ),
    "minimum": _fold(
        "row_min",
        "minimum",
        arithmetic_not_bool("row_min"),
        lambda row: np.minimum.reduce(np.asarray(row)),
        _taken_evenly,
        lambda node: node,
    ),
}


def _apply(primitive: Primitive, *arguments: Symbol | float) -> Symbol:
    return Symbol(operation(primitive, tuple(as_symbol(value).node for value in arguments)))


def row_sum(v: Symbol | float) -> Symbol:
    return _apply(FOLDS["add"], v)


def row_max(v: Symbol | float) -> Symbol:
    return _apply(FOLDS["maximum"], v)


def row_min(v: Symbol | float) -> Symbol:
    return _apply(FOLDS["minimum"], v)


def row_index() -> Symbol:
    return _apply(INDEX)


def row_length() -> Symbol:
    return _apply(LENGTH)


def detach(v: Symbol | float) -> Symbol:
    return _apply(DETACH, v)


def spread(v: Symbol) -> Symbol:
    """Return a value as one of the elements, where it is uniform."""
    return _apply(SPREAD, v) if v.node.uniform else v
