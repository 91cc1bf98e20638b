"""The source of a CPU kernel that folds: loops over a block of rows and columns.

Each output is full, or folded over the columns, the rows or both. All come out of one pass over
the inputs, so that the gradients of a function and the sums of them need one kernel.

The frame (`lucid.kernels.codegen.framed`) has one more word: the columns of the last row. So one
kernel serves all shapes, a row may be cut into several blocks, and an operand that does not vary
along the rows has stride 0.
"""

from __future__ import annotations

from collections.abc import Sequence

from lucid.kernels.codegen.emitter import Emitter
from lucid.kernels.codegen.flat import FlatKernel
from lucid.kernels.codegen.framed import Framed, Result
from lucid.kernels.codegen.scalar import identifier
from lucid.kernels.expression.dtypes import DType
from lucid.kernels.expression.node import Expression, Node

__all__ = ["FRAME", "write_rows"]

#: Words of a frame in front of the strides.
FRAME = 3
#: Elements that are added up in the dtype of the values, in lanes side by side: a short chain of
#: roundings for each lane. Sums of so many are added in float64, or with the rests of the roundings
#: beside them. By the size of a value, so that there are as many vectors.
_PIECE = {4: 1024, 8: 512}


class _Rows(Framed):
    """The parts of the function under construction."""

    def __init__(
        self, expression: Expression, inputs: Sequence[DType], results: Sequence[Result]
    ) -> None:
        super().__init__(expression, inputs, results, FRAME)
        self.last = self.writer.name("last")
        self.row_head = Emitter()
        self.piece_head = Emitter()
        self.piece_tail = Emitter()
        self.row_tail = Emitter()
        self.head.line(f"{self.last} = {self.frame}[2]")

    def write_inputs(self, layout: str) -> None:
        for node, element, text, single in self.opened_inputs(layout, self.row_head):
            # What is the same along a row is loaded in front of it: the loop stores, and LLVM
            # can't know that it does not store there.
            lines = self.row_head if single else self.body
            lines.line(f"{element} = {text}")
            self.writer.bind(node, element)

    def write_outputs(self, order: Sequence[Node]) -> None:
        stores = []
        for name, output, result in zip(
            self.output_names(), self.expression.outputs, self.results, strict=True
        ):
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
            return self.base(name, self.row_head)
        return self.step(name) if result.place == "r" else "0"

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
        text = total
        if result.compensated:
            rest = self.writer.name(f"{stem}_rest")
            opened.line(f"{rest} = {self.start(result, result.wide)}")
            self.piece_tail.line(f"{rest} = {rest} + sum_rest({total}, {piece})")
            self.functions.add("sum_rest")
            text = f"{total} + {rest}"
        self.piece_tail.line(f"{total} = {self.joined(result, total, piece)}")
        text = self.rounded(result, text)
        closed.line(f"{array}[{'0' if single else f'{self.row} * {step}'}] = {text}")

    def text(self) -> str:
        body = Emitter()
        body.lines(self.row_head)
        self.write_row(body)
        body.lines(self.row_tail)
        return self.module(" that folds", body)

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
