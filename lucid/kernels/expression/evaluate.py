"""The plain evaluator: what every kernel means.

Slow on purpose: it walks the expression for one element at a time with NumPy scalars, no
generated code, no rewriting. The test suite holds every target against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.kernels.expression.dtypes import DType, concrete, storage_dtype
from lucid.kernels.expression.infer import Types, infer, output_dtypes
from lucid.kernels.expression.node import Expression, Node

__all__ = ["as_number", "evaluate", "evaluate_array"]


def as_number(value: Any, dtype: DType) -> Any:
    """Convert one number as a kernel does: half types live in float32 between load and store."""
    kind = storage_dtype(concrete(dtype))
    if kind.kind == "b":
        return np.bool_(value != 0)
    return np.asarray(value).astype(kind)[()]


def evaluate(
    expression: Expression,
    values: Sequence[Any],
    types: Types,
) -> tuple[Any, ...]:
    """Return the outputs for one element."""
    known: dict[Node, Any] = {}
    with np.errstate(all="ignore"):
        for node in expression.nodes():
            if node.is_input:
                result = as_number(values[expression.inputs.index(node)], types.result[node])
            elif node.primitive is None:
                result = as_number(node.value, types.result[node])
            else:
                arguments = [
                    as_number(known[argument], dtype)
                    for argument, dtype in zip(node.arguments, types.arguments[node], strict=True)
                ]
                result = as_number(node.primitive.plain(*arguments), types.result[node])
            known[node] = result
    return tuple(known[output] for output in expression.outputs)


def evaluate_array(
    expression: Expression,
    values: Sequence[np.ndarray | bool | int | float],
    dtypes: Sequence[np.dtype] | None = None,
) -> tuple[np.ndarray, ...]:
    """Return the outputs for arrays and Python numbers, broadcast against each other."""
    kinds: list[DType] = [
        value.dtype if isinstance(value, np.ndarray) else type(value) for value in values
    ]
    types = infer(expression, kinds)
    shape = np.broadcast_shapes(*(value.shape for value in values if isinstance(value, np.ndarray)))
    views = [
        np.broadcast_to(value, shape) if isinstance(value, np.ndarray) else value
        for value in values
    ]
    found = dtypes or output_dtypes(expression, types, kinds)
    results = tuple(np.empty(shape, dtype) for dtype in found)
    with np.errstate(all="ignore"):
        for index in np.ndindex(shape):
            element = [view[index] if isinstance(view, np.ndarray) else view for view in views]
            for result, value in zip(results, evaluate(expression, element, types), strict=True):
                result[index] = value
    return results
