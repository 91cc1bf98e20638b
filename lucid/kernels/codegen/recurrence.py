"""The source of CPU kernels for recurrences: each element takes what the one before it left.

A `Recurrence` says what is carried from element to element and how. From it follow two kernels:
one carries in registers, along one row; the other carries in memory for many columns side by side,
whose inner loop is vector code. Both get a *frame*, an operand of int64: rows (elements along the
axis of the recurrence), columns, then for each other operand the elements from one row to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lucid.kernels.codegen import memory
from lucid.kernels.codegen.emitter import Emitter
from lucid.kernels.codegen.scalar import names_in, write_imports
from lucid.kernels.expression.dtypes import storage_dtype

__all__ = ["FRAME", "Kernel", "Recurrence", "wide_dtype", "write_recurrence"]

#: Words of a frame in front of the steps.
FRAME = 2


def wide_dtype(dtype: np.dtype) -> np.dtype:
    """Return the dtype in which values are carried."""
    if dtype.kind in "iub":
        return np.dtype(np.int64 if dtype.kind == "i" else np.uint64)
    return np.dtype(np.float64)


@dataclass(frozen=True)
class Recurrence:
    """What is computed from element to element.

    Attributes
    ----------
    name
        The name of the kernel.
    inputs
        A name for each input, by which `lines` know its element.
    state
        What is carried, with the text of what it begins with.
    lines
        The statements that bring the state forward.
    outputs
        A name for each output, and the text of its element.
    """

    name: str
    inputs: tuple[str, ...]
    state: Mapping[str, str]
    lines: tuple[str, ...]
    outputs: Mapping[str, str]


class Kernel:
    """The parts of a kernel under construction."""

    def __init__(self, name: str, wide: np.dtype) -> None:
        self.name = name
        self.wide = wide
        self.head = Emitter()
        self.body = Emitter()
        self.functions: set[str] = {wide.name}
        self._operands = 0

    def open(self, name: str, dtype: np.dtype) -> None:
        element = memory.element_name(dtype)
        self.head.line(f"{name} = operand(operands, {self._operands}, count, {element})")
        self._operands += 1
        self.functions |= {"operand", element}

    def read(self, text: str, dtype: np.dtype) -> str:
        """Return the text of an element in the dtype in which is computed."""
        value, called = memory.loaded(text, dtype)
        self.functions |= called
        return f"{self.wide.name}({value})"

    def stored(self, text: str, dtype: np.dtype) -> str:
        """Return the text of a result as memory takes it."""
        if dtype.kind == "b":
            text = f"{text} != 0"
        elif storage_dtype(dtype) != self.wide:
            cast = storage_dtype(dtype).name
            self.functions.add(cast)
            text = f"{cast}({text})"
        value, called = memory.stored(text, dtype)
        self.functions |= called
        return value

    def call(self, function: str, *arguments: str) -> str:
        self.functions.add(function)
        return f"{function}({', '.join(arguments)})"

    def text(self, title: str) -> str:
        text = Emitter()
        text.line(f'"""{title}"""')
        text.line()
        body = Emitter()
        with body.block(f"def {self.name}(operands, scalars, count):"):
            body.lines(self.head)
            body.lines(self.body)
        write_imports(text, self.functions)
        text.line()
        text.line()
        text.lines(body)
        return text.text()


def write_recurrence(
    recurrence: Recurrence,
    inputs: Sequence[np.dtype],
    outputs: Sequence[np.dtype],
    wide: np.dtype,
    columns: bool,
    backwards: bool,
) -> str:
    """Return the source of a recurrence.

    Parameters
    ----------
    recurrence
        What to compute.
    inputs, outputs
        The dtypes in memory.
    wide
        The dtype in which is computed.
    columns
        Whether it is for many columns, whose state lies in one more operand for each variable of
        the state, behind the outputs.
    backwards
        Whether the first row is the last one in memory.
    """
    kernel = Kernel(recurrence.name, wide)
    kernel.open("frame", np.dtype(np.int64))
    kernel.head.line("rows = frame[0]")
    opened = (*zip(recurrence.inputs, inputs, strict=True),)
    written = (*zip(recurrence.outputs, outputs, strict=True),)
    places = {}
    row = "(rows - 1 - row)" if backwards else "row"
    column = " + column" if columns else ""
    for number, (name, dtype) in enumerate((*opened, *written)):
        kernel.open(f"{name}_array", dtype)
        kernel.head.line(f"{name}_step = frame[{FRAME + number}]")
        places[name] = f"{name}_array[{row} * {name}_step{column}]"
    step = Emitter()
    for name, dtype in opened:
        step.line(f"{name} = {kernel.read(places[name], dtype)}")
    if columns:
        for name in recurrence.state:
            step.line(f"{name} = {name}_state[column]")
    for line in recurrence.lines:
        step.line(line)
    for name, dtype in written:
        step.line(f"{places[name]} = {kernel.stored(recurrence.outputs[name], dtype)}")
    if columns:
        for name in recurrence.state:
            step.line(f"{name}_state[column] = {name}")
    kernel.functions |= _called(recurrence)
    body = kernel.body
    if columns:
        for name in recurrence.state:
            kernel.open(f"{name}_state", wide)
        kernel.head.line("columns = frame[1]")
        with body.block("for column in range(columns):"):
            for name, start in recurrence.state.items():
                body.line(f"{name}_state[column] = {wide.name}({start})")
        with body.block("for row in range(rows):"), body.block("for column in range(columns):"):
            body.lines(step)
    else:
        for name, start in recurrence.state.items():
            body.line(f"{name} = {wide.name}({start})")
        with body.block("for row in range(rows):"):
            body.lines(step)
    return kernel.text(f"Kernel of {recurrence.name}, element by element.")


def _called(recurrence: Recurrence) -> set[str]:
    """Return the functions that the texts of a recurrence call."""
    texts = (*recurrence.state.values(), *recurrence.lines, *recurrence.outputs.values())
    own = {*recurrence.inputs, *recurrence.state, *recurrence.outputs, "row"}
    own |= {line.partition(" = ")[0] for line in recurrence.lines}
    return set().union(*map(names_in, texts)) - own
