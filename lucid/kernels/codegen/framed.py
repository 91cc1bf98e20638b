"""What the kernels of blocks of rows and columns have in common: `rows` and `passes`.

The extents of a block and the strides of its operands are not part of the source. They come in a
*frame*, an operand of int64: rows and columns, perhaps more words, then for each array input and
each output the elements from one row to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lucid.kernels.codegen.emitter import Emitter
from lucid.kernels.codegen.flat import Flat
from lucid.kernels.codegen.scalar import identifier, write_imports
from lucid.kernels.expression.dtypes import DType, concrete, is_weak, storage_dtype
from lucid.kernels.expression.node import Expression, Node

__all__ = ["Framed", "Result"]


@dataclass(frozen=True)
class Result:
    """What becomes of one output.

    Attributes
    ----------
    place
        ``c``: one element for each row and column; ``r``: one for each row, ``k``: one for each
        column, ``s``: a single one.
    fold
        ``add``, ``multiply``, ``maximum`` or ``minimum``.
    dtype
        The dtype of the values that are folded.
    partial
        Whether the kernel's result is folded again with those of other blocks. Then it is
        left in the dtype of the accumulator, `memory`.
    """

    place: str
    fold: str
    dtype: np.dtype
    partial: bool

    @property
    def compute(self) -> np.dtype:
        """The dtype in which neighbours are folded; booleans as uint8."""
        kind = storage_dtype(self.dtype)
        return np.dtype(np.uint8) if kind.kind == "b" else kind

    @property
    def wide(self) -> np.dtype:
        """The dtype in which the results of pieces and rows are folded."""
        sums = self.fold in ("add", "multiply") and self.compute == np.float32
        return np.dtype(np.float64) if sums else self.compute

    @property
    def compensated(self) -> bool:
        """Whether the sum of the pieces is kept with the rests of its roundings."""
        return self.fold == "add" and self.compute == np.float64

    @property
    def memory(self) -> np.dtype:
        """The dtype of the operand."""
        if not self.partial or (self.place == "c" and self.dtype.kind == "b"):
            return self.dtype
        return self.compute if self.place in "ck" else self.wide

    def start(self, dtype: np.dtype) -> tuple[str, str]:
        """Return the text of the value to begin with, and the name in it that has to be known."""
        if self.fold in ("add", "multiply"):
            number = "1" if self.fold == "multiply" else "0"
            return f"{dtype.name}({number})", ""
        lowest = self.fold == "maximum"
        if dtype.kind == "f":
            return f"{dtype.name}({'-' if lowest else ''}inf)", "inf"
        limits = np.iinfo(dtype)
        # The least int64 has no literal: its number without the sign is too large.
        text = f"{limits.min + 1} - 1" if lowest and limits.min else str(limits.max)
        return f"{dtype.name}({text if limits.min or not lowest else 0})", ""


class Framed(Flat):
    """The parts of the function under construction.

    Parameters
    ----------
    expression, inputs, results
        What is computed, of what, and what becomes of it.
    words
        Words of the frame in front of the strides.
    """

    def __init__(
        self,
        expression: Expression,
        inputs: Sequence[DType],
        results: Sequence[Result],
        words: int,
    ) -> None:
        super().__init__(expression, inputs, [result.memory for result in results])
        self.results = results
        self.words = words
        name = self.writer.name
        self.frame, self.rows, self.columns = name("frame"), name("rows"), name("columns")
        self.row, self.column = name("row"), name("column")
        self.before, self.after = Emitter(), Emitter()
        self.open_operand("frame", np.dtype(np.int64), "operand", self.frame)
        self.head.line(f"{self.rows} = {self.frame}[0]")
        self.head.line(f"{self.columns} = {self.frame}[1]")

    def step(self, stem: str) -> str:
        """Write the line that gives the last operand's stride a name."""
        name = self.writer.name(identifier(f"{stem}_step"))
        self.head.line(f"{name} = {self.frame}[{self.words + len(self.operands) - 2}]")
        return name

    def base(self, stem: str, lines: Emitter) -> str:
        """Write the line that computes where a row of the last operand begins."""
        step = self.step(stem)
        name = self.writer.name(identifier(f"{stem}_row"))
        lines.line(f"{name} = {self.row} * {step}")
        return name

    def opened_inputs(self, layout: str, lines: Emitter) -> Iterator[tuple[Node, str, str, bool]]:
        """Open the array inputs.

        Yields
        ------
        tuple of Node, str, str and bool
            The node, a name for its element, the text that loads it, and whether there is one
            element for the whole row.
        """
        arrays = [(node, dtype) for node, dtype in self.inputs if not is_weak(dtype)]
        for (node, dtype), letter in zip(arrays, layout, strict=True):
            kind = concrete(dtype)
            stem = node.name or "x"
            array = self.open_operand(f"{stem}_in", kind, "operand")
            base = self.base(stem, lines)
            element = self.writer.name(identifier(stem))
            place = base if letter == "0" else f"{base} + {self.column}"
            yield node, element, self.loaded(f"{array}[{place}]", kind), letter == "0"

    def output_names(self) -> tuple[str, ...]:
        several = len(self.results) > 1
        return self.expression.output_names or tuple(
            f"out_{j}" if several else "out" for j in range(len(self.results))
        )

    def value(self, output: Node, result: Result) -> str:
        """Return the text of a value as it is folded."""
        text = self.writer.read(output, storage_dtype(result.dtype))
        if result.dtype.kind == "b":
            text = f"1 if {text} else 0"
        # A Python integer in the source is an int64 to Numba.
        return self.cast(text, result.compute) if result.compute.kind in "iu" else text

    def cast(self, text: str, dtype: np.dtype) -> str:
        self.functions.add(dtype.name)
        return f"{dtype.name}({text})"

    def start(self, result: Result, dtype: np.dtype) -> str:
        """Return the text of what a fold begins with."""
        text, needed = result.start(dtype)
        self.functions |= {dtype.name, needed} - {""}
        return text

    def folded(self, fold: str, total: str, value: str) -> str:
        """Fold one more value in, in any order."""
        self.functions.add(f"fold_{fold}")
        return f"fold_{fold}({total}, {value})"

    def joined(self, result: Result, total: str, value: str) -> str:
        """Fold one more piece in, in a fixed order."""
        if result.wide != result.compute:
            value = self.cast(value, result.wide)
        if result.fold in ("add", "multiply") and result.wide.kind == "f":
            return f"{total} {'+' if result.fold == 'add' else '*'} {value}"
        return self.folded(result.fold, total, value)

    def rounded(self, result: Result, total: str) -> str:
        """Return the text of a total as memory takes it."""
        if result.memory == result.wide:
            return total
        return self.stored(self.cast(total, result.compute), result.memory)

    def module(self, title: str, body: Emitter) -> str:
        """Return the text of a module whose function has this body."""
        text = Emitter()
        text.line(f'"""Kernel of {self.expression.name}{title}."""')
        text.line()
        write_imports(text, self.functions | self.writer.functions)
        text.line()
        text.line()
        with text.block(f"def {self.name}(operands, scalars, count):"):
            text.lines(self.head)
            text.lines(self.before)
            with text.block(f"for {self.row} in range({self.rows}):"):
                text.lines(body)
            text.lines(self.after)
        return text.text()
