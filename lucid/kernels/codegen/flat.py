"""The source of a CPU kernel: one flat loop over operands that lie side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lucid.kernels.codegen import memory
from lucid.kernels.codegen.emitter import Emitter
from lucid.kernels.codegen.scalar import Writer, identifier, write_imports
from lucid.kernels.expression.dtypes import DType, concrete, is_weak
from lucid.kernels.expression.infer import infer
from lucid.kernels.expression.node import Expression, Node

__all__ = ["Flat", "FlatKernel", "write_flat"]


@dataclass(frozen=True)
class FlatKernel:
    """Generated source and what the launcher must know about it."""

    name: str
    source: str
    #: Dtypes in which the array operands must come, inputs first, then outputs.
    operands: tuple[np.dtype, ...]
    #: Rough cost of one element, in additions.
    cost: int


class Flat:
    """The parts of the function under construction."""

    def __init__(
        self, expression: Expression, inputs: Sequence[DType], outputs: Sequence[np.dtype]
    ) -> None:
        self.expression = expression
        self.types = infer(expression, inputs)
        self.inputs = list(zip(expression.inputs, inputs, strict=True))
        self.outputs = outputs
        self.writer = Writer(self.types)
        self.name = self.writer.name(identifier(expression.name))
        self.head = Emitter()
        self.body = Emitter()
        self.operands: list[np.dtype] = []
        self.functions: set[str] = set()

    def open_operand(self, stem: str, dtype: np.dtype, call: str, name: str = "") -> str:
        """Write the line that gives the operand a name: ``name``, or one made from ``stem``."""
        element = memory.element_name(dtype)
        count = "count, " if call == "operand" else ""
        text = f"{call}(operands, {len(self.operands)}, {count}{element})"
        name = name or self.writer.name(identifier(stem))
        self.head.line(f"{name} = {self.loaded(text, dtype) if call == 'single' else text}")
        self.functions |= {call, element}
        self.operands.append(dtype)
        return name

    def loaded(self, text: str, dtype: np.dtype) -> str:
        """Return the text of an element as the arithmetic takes it."""
        text, called = memory.loaded(text, dtype)
        self.functions |= called
        return text

    def stored(self, text: str, dtype: np.dtype) -> str:
        """Return the text of a result as memory takes it."""
        text, called = memory.stored(text, dtype)
        self.functions |= called
        return text

    def write_inputs(self, layout: str) -> None:
        arrays = [(node, dtype) for node, dtype in self.inputs if not is_weak(dtype)]
        for (node, dtype), letter in zip(arrays, layout, strict=True):
            kind = concrete(dtype)
            stem = node.name or "x"
            if letter == "0":
                self.writer.bind(node, self.open_operand(stem, kind, "single"))
                continue
            array = self.open_operand(f"{stem}_in", kind, "operand")
            element = self.writer.name(identifier(stem))
            self.body.line(f"{element} = {self.loaded(f'{array}[i]', kind)}")
            self.writer.bind(node, element)

    def write_scalars(self, order: Sequence[Node]) -> None:
        """Write what is the same for all elements: run-time scalars, and what is made of them.

        It is computed in float64 (int64), and converted where it meets an array.
        """
        weak = [(node, dtype) for node, dtype in self.inputs if is_weak(dtype)]
        if weak:
            self.functions.add("scalar")
        for position, (node, dtype) in enumerate(weak):
            name = self.writer.name(identifier(node.name or "scalar"))
            text = f"scalar(scalars, {position})"
            if dtype is int:
                text = f"int64({text})"
                self.functions.add("int64")
            self.head.line(f"{name} = {text}{' != 0' if dtype is bool else ''}")
            self.writer.bind(node, name)
        varying = {node for node, dtype in self.inputs if not is_weak(dtype)}
        varying |= {
            node
            for node in order
            if node.primitive is not None and node.primitive.rows not in ("", "length")
        }
        made = []
        for node in order:
            if varying.intersection(node.arguments):
                varying.add(node)
            elif node.primitive is not None and node not in varying:
                made.append(node)
        self.writer.write(made, made, self.head.line)

    def write_outputs(self, order: Sequence[Node]) -> None:
        names = self.expression.output_names or tuple(
            f"out_{j}" if len(self.outputs) > 1 else "out" for j in range(len(self.outputs))
        )
        arrays = [
            self.open_operand(name, dtype, "operand")
            for name, dtype in zip(names, self.outputs, strict=True)
        ]
        self.writer.write(order, self.expression.outputs, self.body.line)
        # All are stored after all is computed: an output may lie on an input.
        for array, output, dtype in zip(arrays, self.expression.outputs, self.outputs, strict=True):
            self.body.line(f"{array}[i] = {self.stored(self.writer.read(output, dtype), dtype)}")

    def text(self) -> str:
        text = Emitter()
        text.line(f'"""Kernel of {self.expression.name}."""')
        text.line()
        write_imports(text, self.functions | self.writer.functions)
        text.line()
        text.line()
        with text.block(f"def {self.name}(operands, scalars, count):"):
            text.lines(self.head)
            with text.block("for i in range(count):"):
                text.lines(self.body)
        return text.text()


def write_flat(
    expression: Expression,
    inputs: Sequence[DType],
    layout: str,
    outputs: Sequence[np.dtype],
) -> FlatKernel:
    """Return the kernel of an expression for given dtypes and layout.

    Parameters
    ----------
    expression
        What to compute.
    inputs
        Types of the inputs; weak ones become run-time scalars.
    layout
        One letter an array input: ``c`` elements side by side, ``0`` one element for all.
    outputs
        Dtypes of the outputs.
    """
    flat = Flat(expression, inputs, outputs)
    order = expression.nodes()
    flat.write_inputs(layout)
    flat.write_scalars(order)
    flat.write_outputs(order)
    cost = 1 + sum(node.primitive.cost for node in order if node.primitive is not None)
    return FlatKernel(flat.name, flat.text(), tuple(flat.operands), cost)
