"""The suite ``operations``: every operation of the library that some peer has too."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lucid import kernels
from lucid.bench.case import COLUMNS, Case, Input
from lucid.bench.sides.base import Side
from lucid.kernels import Pointwise
from lucid.kernels.catalog import loss
from lucid.kernels.errors import GraphError
from lucid.kernels.expression.infer import infer, output_dtypes

__all__ = ["operations"]

_BITS = Input(0, 8, kind="i", grad=False)
_GIVEN = Input(grad=False)
#: Where the domain alone does not say what a usual input is.
INPUTS: dict[str, tuple[Input, ...]] = {
    "where": (Input(kind="b", grad=False), Input(), Input()),
    "prelu": (Input(), Input(0.1, 0.3, shape="one")),
    "hinge_embedding": (Input(), Input(kind="s", grad=False)),
    "soft_margin": (Input(), Input(kind="s", grad=False)),
    "floor_divide": (Input(), Input(0.5, 3.0)),
    "fmod": (Input(), Input(0.5, 3.0)),
    "remainder": (Input(), Input(0.5, 3.0)),
}


def _input(domain: tuple[float, float] | None, grad: bool) -> Input:
    """Return an input inside of a domain, away from its ends."""
    low, high = domain or (-math.inf, math.inf)
    if math.isfinite(low) and math.isfinite(high):
        rim = (high - low) / 40
        return Input(low + rim, high - rim, grad=grad)
    if math.isfinite(low):
        return Input(low + 0.05, low + 4.0, grad=grad)
    return Input(grad=grad)


def _inputs(operation: Pointwise) -> tuple[Input, ...]:
    name = operation.name
    if name in INPUTS:
        return INPUTS[name]
    if name.startswith("bitwise_"):
        return (_BITS,) * len(operation.arrays)
    # Of a loss the prediction has a gradient, the target has none.
    is_loss = name in loss.__all__
    return tuple(
        _input(domain, not is_loss or place == 0) for place, domain in enumerate(operation.domain)
    )


def _has_gradient(operation: Pointwise, inputs: tuple[Input, ...]) -> bool:
    kinds = {"f": np.float32, "s": np.float32, "i": np.int64, "b": np.bool_}
    samples: tuple[Any, ...] = tuple(np.empty(0, kinds[given.kind]) for given in inputs)
    program, values = operation.bind(samples, {})
    types = [v.dtype if isinstance(v, np.ndarray) else type(v) for v in values]
    (first, *_) = output_dtypes(program.expression, infer(program.expression, types), types)
    if first.kind != "f" or not any(given.grad for given in inputs):
        return False
    try:
        wanted = tuple(given.grad for given in inputs)
        program.backward(wanted + (False,) * (len(values) - len(wanted)))
    except GraphError:  # a derivative that nobody has written
        return False
    return True


def _find(name: str, side: Side) -> Callable[..., Any] | None:
    return side.find(name)


def _pointwise() -> list[Case]:
    cases = []
    for name in kernels.__all__:
        operation = getattr(kernels, name)
        # Not a second time under another name; and random numbers are everybody's own.
        if not isinstance(operation, Pointwise) or operation.name != name:
            continue
        if name.startswith("random_"):
            continue
        inputs = _inputs(operation)
        cases.append(
            Case(name, inputs, partial(_find, name), backward=_has_gradient(operation, inputs))
        )
    return cases


def _layer_norm(side: Side) -> Callable[..., Any] | None:
    function = side.find("layer_norm")
    return function and (lambda x, weight, bias: function(x, (COLUMNS,), weight, bias))


def _rms_norm(side: Side) -> Callable[..., Any] | None:
    function = side.find("rms_norm")
    return function and (lambda x, weight: function(x, (COLUMNS,), weight))


def _cross_entropy(side: Side) -> Callable[..., Any] | None:
    function = side.find("cross_entropy")
    return function and (lambda x, target: function(x, target.reshape(-1)))


def operations() -> list[Case]:
    """Return the cases: pointwise operations, then what reads whole rows."""
    rows, row = Input(shape="rows"), Input(shape="row")
    classes = Input(0, COLUMNS, shape="column", kind="i", grad=False)
    whole = [
        Case(name, (rows,), partial(_find, name))
        for name in ("sum", "mean", "amax", "var", "cumsum", "logsumexp", "softmax", "log_softmax")
    ]
    return [
        *_pointwise(),
        Case("add a row", (rows, row), partial(_find, "add")),
        *whole,
        Case("layer_norm", (rows, row, row), _layer_norm),
        Case("rms_norm", (rows, row), _rms_norm),
        Case("cross_entropy", (rows, classes), _cross_entropy),
    ]
