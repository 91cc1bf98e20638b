"""The plain evaluator for functions of a row: what every row kernel means.

As slow and as simple as `evaluate`: one row at a time, one NumPy scalar an element. A sum over a
row is exact and rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.kernels.errors import ShapeError
from lucid.kernels.expression.dtypes import DType
from lucid.kernels.expression.evaluate import as_number
from lucid.kernels.expression.infer import Types, infer, output_dtypes
from lucid.kernels.expression.node import Expression, Node

__all__ = ["evaluate_rows", "row_shapes"]


def row_shapes(
    expression: Expression, shapes: Sequence[tuple[int, ...] | None], axis: int = -1
) -> tuple[int, ...]:
    """Return the shape that the inputs of a function of rows broadcast to.

    Parameters
    ----------
    expression
        A function of a row.
    shapes
        The shape of each input, None for a number.
    axis
        Along which axis the rows lie, counted from the end: -1 for the last.

    Raises
    ------
    ShapeError
        If they do not broadcast, have no axis, or an input that is one value a row has more.
    """
    names = [node.name for node in expression.inputs]
    for node, shape in zip(expression.inputs, shapes, strict=True):
        if node.uniform and shape and len(shape) >= -axis and shape[axis] != 1:
            raise ShapeError(
                f"{expression.name}: {node.name} is one value a row, but has the shape {shape}; "
                f"pass a number, or an array that has length 1 along the axis {axis}"
            )
    given = [shape for shape in shapes if shape is not None]
    try:
        found = np.broadcast_shapes(*given)
    except ValueError:
        listed = ", ".join(f"{name} {shape}" for name, shape in zip(names, shapes, strict=True))
        raise ShapeError(
            f"{expression.name}: the shapes {listed} do not broadcast; axes are compared from the "
            "last one, and each pair must be equal or contain a 1"
        ) from None
    if len(found) < -axis:
        raise ShapeError(
            f"{expression.name} works on rows, the elements along the axis {axis}, and got the "
            f"shape {found}; pass an array that has this axis"
        )
    return found


def _row(
    expression: Expression, values: Sequence[Any], types: Types, length: int
) -> tuple[Any, ...]:
    """Return the outputs for one row: a number where uniform, else a list."""
    known: dict[Node, Any] = {}

    def element(node: Node, j: int, dtype: DType) -> Any:
        return as_number(known[node] if node.uniform else known[node][j], dtype)

    def at(node: Node, j: int) -> Any:
        """Return what an element is, or the one value of the row."""
        assert node.primitive is not None
        wanted = zip(node.arguments, types.arguments[node], strict=True)
        arguments = [element(argument, j, dtype) for argument, dtype in wanted]
        return as_number(node.primitive.plain(*arguments), types.result[node])

    for node in expression.nodes():
        kind = types.result[node]
        if node.is_input:
            given = values[expression.inputs.index(node)]
            known[node] = given if node.uniform else list(given)
            continue
        if node.primitive is None:
            known[node] = as_number(node.value, kind)
            continue
        rows = node.primitive.rows
        if rows in ("add", "maximum", "minimum"):
            (argument,), (dtype,) = node.arguments, types.arguments[node]
            row = [element(argument, j, dtype) for j in range(length)]
            known[node] = as_number(node.primitive.plain(row), kind)
        elif rows == "length":
            known[node] = as_number(length, kind)
        elif rows == "index":
            known[node] = [as_number(j, kind) for j in range(length)]
        elif node.uniform:
            known[node] = at(node, 0)
        else:
            known[node] = [at(node, j) for j in range(length)]
    return tuple(known[output] for output in expression.outputs)


def evaluate_rows(
    expression: Expression,
    values: Sequence[np.ndarray | bool | int | float],
    dtypes: Sequence[np.dtype] | None = None,
) -> tuple[np.ndarray, ...]:
    """Return the outputs of a function of rows for arrays and Python numbers."""
    kinds: list[DType] = [
        value.dtype if isinstance(value, np.ndarray) else type(value) for value in values
    ]
    types = infer(expression, kinds)
    shape = row_shapes(
        expression,
        [value.shape if isinstance(value, np.ndarray) else None for value in values],
    )
    *leading, length = shape
    views = [
        np.broadcast_to(value, (*leading, 1) if node.uniform else shape)
        for value, node in zip(values, expression.inputs, strict=True)
    ]
    found = dtypes or output_dtypes(expression, types, kinds)
    results = tuple(
        np.empty((*leading, 1) if output.uniform else shape, dtype)
        for output, dtype in zip(expression.outputs, found, strict=True)
    )
    with np.errstate(all="ignore"):
        for index in np.ndindex(*leading):
            rows = [
                view[index][0] if node.uniform else view[index]
                for view, node in zip(views, expression.inputs, strict=True)
            ]
            made = _row(expression, rows, types, length)
            for result, value, output in zip(results, made, expression.outputs, strict=True):
                result[index] = [value] if output.uniform else value
    return results
