"""The source of a CPU kernel that folds: loops over a block of rows and columns.

Each output is full, or folded over the columns, the rows or both. All come out of one pass over
the inputs, so that the gradients of a function and the sums of them need one kernel.

A block's extents and the strides of its operands are not part of the source. They come in a
*frame*, an operand of int64: rows, columns, columns of the last row, then for each other operand
the elements from one row to the next. So one kernel serves all shapes, a row may be cut into
several blocks, and an operand that does not vary along the rows has stride 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lucid.kernels.codegen.emitter import Emitter
from lucid.kernels.codegen.flat import Flat, FlatKernel
from lucid.kernels.codegen.scalar import identifier, write_imports
from lucid.kernels.expression.dtypes import DType, concrete, is_weak, storage_dtype
from lucid.kernels.expression.node import Expression, Node

__all__ = ["FRAME", "Result", "write_rows"]

#: Words of a frame in front of the strides.
FRAME = 3
#: Elements that are added up in the dtype of the values, in lanes side by side: a short chain of
#: roundings for each lane. Sums of so many are added in float64, or with the rests of the roundings
#: beside them. By the size of a value, so that there are as many vectors.
_PIECE = {4: 1024, 8: 512}


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


class _Rows(Flat):
    """The parts of the function under construction."""

    def __init__(
        self, expression: Expression, inputs: Sequence[DType], results: Sequence[Result]
    ) -> None:
        super().__init__(expression, inputs, [result.memory for result in results])
        self.results = results
        name = self.writer.name
        self.frame, self.rows, self.columns = name("frame"), name("rows"), name("columns")
        self.last, self.row, self.column = name("last"), name("row"), name("column")
        self.before = Emitter()
        self.row_head = Emitter()
        self.piece_head = Emitter()
        self.piece_tail = Emitter()
        self.row_tail = Emitter()
        self.after = Emitter()
        self.open_operand("frame", np.dtype(np.int64), "operand", self.frame)
        self.head.line(f"{self.rows} = {self.frame}[0]")
        self.head.line(f"{self.columns} = {self.frame}[1]")
        self.head.line(f"{self.last} = {self.frame}[2]")

    def step(self, stem: str) -> str:
        """Write the line that gives the last operand's stride a name."""
        name = self.writer.name(identifier(f"{stem}_step"))
        self.head.line(f"{name} = {self.frame}[{FRAME + len(self.operands) - 2}]")
        return name

    def base(self, stem: str) -> str:
        """Write the line that computes where a row of the last operand begins."""
        step = self.step(stem)
        name = self.writer.name(identifier(f"{stem}_row"))
        self.row_head.line(f"{name} = {self.row} * {step}")
        return name

    def write_inputs(self, layout: str) -> None:
        arrays = [(node, dtype) for node, dtype in self.inputs if not is_weak(dtype)]
        for (node, dtype), letter in zip(arrays, layout, strict=True):
            kind = concrete(dtype)
            stem = node.name or "x"
            array = self.open_operand(f"{stem}_in", kind, "operand")
            base = self.base(stem)
            element = self.writer.name(identifier(stem))
            # What is the same along a row is loaded in front of it: the loop stores, and LLVM
            # can't know that it does not store there.
            text = f"{array}[{base}]" if letter == "0" else f"{array}[{base} + {self.column}]"
            lines = self.row_head if letter == "0" else self.body
            lines.line(f"{element} = {self.loaded(text, kind)}")
            self.writer.bind(node, element)

    def write_outputs(self, order: Sequence[Node]) -> None:
        names = self.expression.output_names or tuple(
            f"out_{j}" if len(self.results) > 1 else "out" for j in range(len(self.results))
        )
        stores = []
        for name, output, result in zip(names, self.expression.outputs, self.results, strict=True):
            array = self.open_operand(name, result.memory, "operand")
            stores.append((name, array, output, result, self.base_of(name, result)))
        self.writer.write(order, self.expression.outputs, self.body.line)
        # All are stored after all is computed: the texts of the outputs use the inputs' names.
        for name, array, output, result, base in stores:
            if result.place == "c":
                text = self.stored(self.writer.read(output, result.memory), result.memory)
                self.body.line(f"{array}[{base} + {self.column}] = {text}")
            elif result.place == "k":
                self.write_columns(array, output, result)
            else:
                self.write_total(name, array, output, result, base)

    def base_of(self, name: str, result: Result) -> str:
        if result.place == "c":
            return self.base(name)
        return self.step(name) if result.place == "r" else "0"

    def value(self, output: Node, result: Result) -> str:
        text = self.writer.read(output, storage_dtype(result.dtype))
        if result.dtype.kind == "b":
            text = f"1 if {text} else 0"
        # A Python integer in the source is an int64 to Numba.
        return self.cast(text, result.compute) if result.compute.kind in "iu" else text

    def cast(self, text: str, dtype: np.dtype) -> str:
        self.functions.add(dtype.name)
        return f"{dtype.name}({text})"

    def folded(self, fold: str, total: str, value: str) -> str:
        self.functions.add(f"fold_{fold}")
        return f"fold_{fold}({total}, {value})"

    def start(self, result: Result, dtype: np.dtype) -> str:
        text, needed = result.start(dtype)
        self.functions |= {dtype.name, needed} - {""}
        return text

    def write_columns(self, array: str, output: Node, result: Result) -> None:
        """Fold over the rows: the totals lie in memory."""
        with self.before.block(f"for {self.column} in range({self.columns}):"):
            self.before.line(f"{array}[{self.column}] = {self.start(result, result.compute)}")
        target = f"{array}[{self.column}]"
        self.body.line(f"{target} = {self.folded(result.fold, target, self.value(output, result))}")

    def write_total(self, name: str, array: str, output: Node, result: Result, step: str) -> None:
        """Fold over the columns, and perhaps over the rows: the totals are variables.

        Between pieces the order is fixed: without it all would be one long chain again.
        """
        stem = identifier(name)
        piece, total = (self.writer.name(f"{stem}_{part}") for part in ("piece", "total"))
        self.piece_head.line(f"{piece} = {self.start(result, result.compute)}")
        value = self.value(output, result)
        self.body.line(f"{piece} = {self.folded(result.fold, piece, value)}")
        single = result.place == "s"
        opened, closed = (self.before, self.after) if single else (self.row_head, self.row_tail)
        opened.line(f"{total} = {self.start(result, result.wide)}")
        joined = piece if result.wide == result.compute else self.cast(piece, result.wide)
        text = total
        if result.compensated:
            rest = self.writer.name(f"{stem}_rest")
            opened.line(f"{rest} = {self.start(result, result.wide)}")
            self.piece_tail.line(f"{rest} = {rest} + sum_rest({total}, {piece})")
            self.functions.add("sum_rest")
            text = f"{total} + {rest}"
        self.piece_tail.line(f"{total} = {self.joined(result, total, joined)}")
        if result.memory != result.wide:
            text = self.stored(self.cast(total, result.compute), result.memory)
        closed.line(f"{array}[{'0' if single else f'{self.row} * {step}'}] = {text}")

    def joined(self, result: Result, total: str, value: str) -> str:
        if result.fold in ("add", "multiply") and result.wide.kind == "f":
            return f"{total} {'+' if result.fold == 'add' else '*'} {value}"
        return self.folded(result.fold, total, value)

    def text(self) -> str:
        text = Emitter()
        text.line(f'"""Kernel of {self.expression.name} that folds."""')
        text.line()
        body = Emitter()
        with body.block(f"def {self.name}(operands, scalars, count):"):
            body.lines(self.head)
            body.lines(self.before)
            with body.block(f"for {self.row} in range({self.rows}):"):
                body.lines(self.row_head)
                self.write_row(body)
                body.lines(self.row_tail)
            body.lines(self.after)
        write_imports(text, self.functions | self.writer.functions)
        text.line()
        text.line()
        text.lines(body)
        return text.text()

    def write_row(self, text: Emitter) -> None:
        width = self.writer.name("width")
        text.line(f"{width} = {self.columns} if {self.row} < {self.rows} - 1 else {self.last}")
        if not any(result.place in "rs" for result in self.results):
            with text.block(f"for {self.column} in range({width}):"):
                text.lines(self.body)
            return
        start = self.writer.name("start")
        piece = _PIECE[8 if any(result.compensated for result in self.results) else 4]
        with text.block(f"for {start} in range(0, {width}, {piece}):"):
            text.lines(self.piece_head)
            stop = f"min({start} + {piece}, {width})"
            with text.block(f"for {self.column} in range({start}, {stop}):"):
                text.lines(self.body)
            text.lines(self.piece_tail)


def write_rows(
    expression: Expression, inputs: Sequence[DType], layout: str, results: Sequence[Result]
) -> FlatKernel:
    """Return the folding kernel of an expression for given dtypes and layout.

    Its operands are the frame, the array inputs and the outputs.

    Parameters
    ----------
    expression
        What to compute.
    inputs
        Types of the inputs; weak ones become run-time scalars.
    layout
        One letter an array input: ``c`` elements side by side along a row, ``0`` one element for a
        row.
    results
        What becomes of each output.
    """
    rows = _Rows(expression, inputs, results)
    order = expression.nodes()
    rows.write_inputs(layout)
    rows.write_scalars(order)
    rows.write_outputs(order)
    cost = 1 + sum(node.primitive.cost for node in order if node.primitive is not None)
    return FlatKernel(rows.name, rows.text(), tuple(rows.operands), cost)
