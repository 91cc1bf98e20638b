"""Types of every node of an expression, for given types of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lucid.kernels.errors import DtypeError
from lucid.kernels.expression.dtypes import DType, concrete, is_weak, promote
from lucid.kernels.expression.node import Expression, Node

__all__ = ["Types", "infer", "output_dtypes"]


@dataclass(frozen=True)
class Types:
    """For each node its type, and the types in which it needs its arguments."""

    result: dict[Node, DType]
    arguments: dict[Node, tuple[DType, ...]]


def infer(expression: Expression, inputs: Sequence[DType]) -> Types:
    """Return the types of all nodes: NumPy's promotion, one primitive after the other.

    A fused function therefore gives the dtype, and in arithmetic the bits, that calling its
    steps one by one would give.
    """
    result: dict[Node, DType] = dict(zip(expression.inputs, inputs, strict=True))
    arguments: dict[Node, tuple[DType, ...]] = {}
    for node in expression.nodes():
        if node.is_input:
            continue
        if node.primitive is None:
            result[node] = type(node.value)
            continue
        try:
            arguments[node], result[node] = node.primitive.infer(
                [result[argument] for argument in node.arguments]
            )
        except DtypeError as error:
            raise DtypeError(f"{expression.name}: {error}") from None
    return Types(result, arguments)


def output_dtypes(
    expression: Expression, types: Types, inputs: Sequence[DType]
) -> tuple[np.dtype, ...]:
    """Return the dtypes of the outputs.

    An output made of Python numbers alone (``where(x > 0, 1.0, 0.0)``) takes the common dtype
    of the array arguments.
    """
    strong = [dtype for dtype in inputs if not is_weak(dtype)]
    return tuple(
        concrete(promote([kind, *strong]) if is_weak(kind) else kind)
        for kind in (types.result[output] for output in expression.outputs)
    )
