"""The source of one element: a function of scalars, for a NumPy ufunc."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lucid.kernels.codegen.emitter import Emitter
from lucid.kernels.codegen.scalar import Writer, identifier, write_imports
from lucid.kernels.expression.dtypes import DType
from lucid.kernels.expression.infer import infer
from lucid.kernels.expression.node import Expression

__all__ = ["write_scalar_function"]


def write_scalar_function(
    expression: Expression, inputs: Sequence[DType], output: np.dtype
) -> tuple[str, str]:
    """Return the name and the source of a function from scalars to one scalar."""
    writer = Writer(infer(expression, inputs))
    name = writer.name(identifier(expression.name))
    names = [writer.name(identifier(node.name or "x")) for node in expression.inputs]
    for node, argument in zip(expression.inputs, names, strict=True):
        writer.bind(node, argument)
    body = Emitter()
    writer.write(expression.nodes(), expression.outputs, body.line)
    body.line(f"return {writer.read(expression.outputs[0], output)}")
    text = Emitter()
    write_imports(text, writer.functions)
    text.line()
    text.line()
    with text.block(f"def {name}({', '.join(names)}):"):
        text.lines(body)
    return name, text.text()
