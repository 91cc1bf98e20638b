"""The source of a CPU kernel for functions of a row: several loops over each row of a block.

Folds of a row that need no other fold are computed in the first loop, those that need these in the
second, and so on; the last loop computes the outputs that have a value for each element. What is
one value for the whole row is computed between the loops. The row is read again in each loop: by
then it lies in the cache. Values of functions that a later loop needs too are kept in a scratch
row; other steps are computed again.

The extents come in a frame, see `lucid.kernels.codegen.framed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lucid.kernels.codegen.emitter import Emitter
from lucid.kernels.codegen.framed import Framed, Result
from lucid.kernels.expression.dtypes import DType
from lucid.kernels.expression.node import Expression, Node

__all__ = ["FRAME", "RowKernel", "write_passes"]

#: Words of a frame in front of the strides.
FRAME = 2
#: Elements that are added up in the dtype of the values, in lanes side by side. Sums of so many
#: are added in float64.
_PIECE = 1024


@dataclass(frozen=True)
class RowKernel:
    """Generated source and what the launcher must know about it."""

    name: str
    source: str
    #: Dtypes of the operands: the frame, the array inputs, the outputs, the scratch rows.
    operands: tuple[np.dtype, ...]
    #: Dtypes of the scratch rows alone.
    scratch: tuple[np.dtype, ...]
    #: Rough cost of one element, in additions.
    cost: int


def _is_fold(node: Node) -> bool:
    return node.primitive is not None and node.primitive.settled is not None


def _is_function(node: Node) -> bool:
    return node.primitive is not None and node.primitive.is_function


class _Passes(Framed):
    """The parts of the function under construction."""

    def __init__(
        self,
        expression: Expression,
        inputs: Sequence[DType],
        layout: str,
        results: Sequence[Result],
    ) -> None:
        super().__init__(expression, inputs, results, FRAME)
        self.order = expression.nodes()
        #: How many loops over the row come before a node is known.
        self.level: dict[Node, int] = {}
        for node in self.order:
            deepest = max((self.level[argument] for argument in node.arguments), default=0)
            self.level[node] = deepest + _is_fold(node)
        #: How a loop reads what lies in memory, an input's element or one that was kept.
        self.reads: dict[Node, tuple[str, str]] = {}
        self.scratch: list[tuple[str, np.dtype]] = []
        self.cost = 1
        self.open_inputs(layout)
        #: The nodes that differ between the elements of a row.
        self.varying = set(self.reads)
        for node in self.order:
            index = node.primitive is not None and node.primitive.rows == "index"
            if index or (not _is_fold(node) and not self.varying.isdisjoint(node.arguments)):
                self.varying.add(node)

    def open_inputs(self, layout: str) -> None:
        for node, element, text, single in self.opened_inputs(layout, self.body):
            if single:
                self.body.line(f"{element} = {text}")
                self.writer.bind(node, element)
            else:
                self.reads[node] = element, text
        for node in self.order:
            if node.primitive is not None and node.primitive.rows in ("length", "index"):
                length = node.primitive.rows == "length"
                self.writer.bind(node, self.columns if length else self.column)
        self.write_scalars(self.order)

    def write(self) -> None:
        """Write the loops and what is between them."""
        names = self.output_names()
        outputs = []
        for node, name, result in zip(self.expression.outputs, names, self.results, strict=True):
            array = self.open_operand(name, result.memory, "operand")
            outputs.append(
                (node, result, array, self.base(name, self.body) if result.place in "cr" else "0")
            )
        wide = [output for output in outputs if output[1].place in "ck"]
        folds = [node for node in self.order if _is_fold(node)]
        loops = [
            [node for node in folds if self.level[node] == level]
            for level in range(1, 1 + max(map(self.level.__getitem__, folds), default=0))
        ]
        roots = [[fold.arguments[0] for fold in loop] for loop in loops]
        roots.append([node for node, *_ in wide])
        self.write_uniform(0, roots)
        for level, loop in enumerate(loops):
            self.write_folds(loop, [node for later in roots[level + 1 :] for node in later])
            self.write_uniform(level + 1, roots)
        if wide:
            self.write_elements(wide)
        for node, result, array, base in outputs:
            if result.place in "rs":
                self.write_row_result(node, result, array, base)
        for array, dtype in self.scratch:
            self.open_operand("kept", dtype, "operand", array)

    def write_uniform(self, level: int, roots: Sequence[Sequence[Node]]) -> None:
        """Write what is one value a row and known after so many loops."""
        made = [
            node
            for node in self.order
            if self.level[node] == level and node not in self.varying and not _is_fold(node)
        ]
        # Loops use names, so that nothing is computed again for each element.
        named = {root for loop in roots for root in loop}
        named.update(a for node in self.varying for a in node.arguments)
        self.writer.write(made, self.expression.outputs, self.body.line, named)

    # Loops.

    def below(self, roots: Iterable[Node]) -> list[Node]:
        """Return the varying nodes that a loop needs for its roots, in order."""
        needed: set[Node] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node in self.varying and node not in needed:
                needed.add(node)
                if node not in self.reads:
                    stack += node.arguments
        return [node for node in self.order if node in needed]

    def write_body(self, roots: Sequence[Node], later: Sequence[Node]) -> Emitter:
        """Return the lines that compute roots, for a later loop's sake values of functions."""
        body = Emitter()
        nodes = self.below(roots)
        for node in nodes:
            if node in self.reads:
                element, text = self.reads[node]
                body.line(f"{element} = {text}")
                self.writer.bind(node, element)
                self.cost += 1
            elif node.primitive is not None:
                self.cost += node.primitive.cost
        kept = []
        for node in reversed(nodes):
            if _is_function(node) and node not in self.reads and node in self.below(later):
                name, dtype = self.writer.name(f"kept_{len(self.scratch)}"), self.writer.dtype(node)
                self.scratch.append((name, dtype))
                element = self.writer.name(f"{name}_element")
                self.reads[node] = element, f"{name}[{self.column}]"
                kept.append((node, f"{name}[{self.column}]", dtype))
        self.writer.write(nodes, roots, body.line, {node for node, *_ in kept})
        for node, place, dtype in kept:
            text = self.writer.read(node, dtype)
            body.line(f"{place} = {f'1 if {text} else 0' if dtype.kind == 'b' else text}")
        return body

    def picked(self, fold: Node) -> tuple[Node, Node] | None:
        """Return the position and the value of a sum that takes one element of the row.

        That is ``row_sum(where(row_index() == position, value, 0))``.
        """
        (chosen,) = fold.arguments
        names = [getattr(node.primitive, "name", "") for node in (fold, chosen)]
        if names != ["row_sum", "where"] or chosen.arguments[2].value != 0:
            return None
        test, value, _ = chosen.arguments
        if test.primitive is None or test.primitive.name != "equal":
            return None
        for index, position in (test.arguments, test.arguments[::-1]):
            is_index = index.primitive is not None and index.primitive.rows == "index"
            # Narrower integers can't tell all positions apart.
            wide = self.writer.dtype(position) in (np.int32, np.int64)
            if is_index and wide and position not in self.varying:
                return position, value
        return None

    def write_picked(self, fold: Node, position: Node, value: Node) -> None:
        """Compute a sum of one element where that element is, without a loop."""
        assert fold.primitive is not None
        result = Result("r", "add", self.writer.dtype(fold), partial=False)
        total = self.writer.name("picked")
        self.body.line(f"{total} = {self.start(result, result.compute)}")
        place = self.writer.read(position, np.dtype(np.int64))
        cost = self.cost
        with self.writer.scope():
            body = self.write_body([value], [])
            text = self.value(value, result)
        self.cost = cost
        with self.body.block(f"if 0 <= {place} < {self.columns}:"):
            self.body.line(f"{self.column} = {place}")
            self.body.lines(body)
            self.body.line(f"{total} = {self.folded(result.fold, total, text)}")
        self.writer.bind(fold, total)

    def write_folds(self, folds: Sequence[Node], later: Sequence[Node]) -> None:
        """Write a loop that folds, and what needs no loop; name the results."""
        picked = {fold: found for fold in folds if (found := self.picked(fold)) is not None}
        whole = [fold for fold in folds if fold not in picked]
        if whole:
            self.write_loop(whole, later)
        for fold, (position, value) in picked.items():
            self.write_picked(fold, position, value)

    def write_loop(self, folds: Sequence[Node], later: Sequence[Node]) -> None:
        """Write a loop that folds, and name the results."""
        made = []
        with self.writer.scope():
            body = self.write_body([fold.arguments[0] for fold in folds], later)
            for fold in folds:
                assert fold.primitive is not None
                result = Result("r", fold.primitive.rows, self.writer.dtype(fold), partial=False)
                stem = fold.primitive.name
                total, piece = self.writer.name(stem), self.writer.name(f"{stem}_piece")
                made.append((fold, result, total, piece))
            if any(result.compute.kind == "f" and result.fold == "add" for _, result, *_ in made):
                self.write_pieces(made, body)
            else:
                for fold, result, total, _ in made:
                    self.body.line(f"{total} = {self.start(result, result.compute)}")
                    value = self.value(fold.arguments[0], result)
                    body.line(f"{total} = {self.folded(result.fold, total, value)}")
                with self.body.block(f"for {self.column} in range({self.columns}):"):
                    self.body.lines(body)
        for fold, result, total, _ in made:
            if result.wide != result.compute:
                rounded = self.writer.name(f"{total}_rounded")
                self.body.line(f"{rounded} = {self.cast(total, result.compute)}")
                total = rounded
            self.writer.bind(fold, total)

    def write_pieces(self, made: Sequence[tuple[Node, Result, str, str]], body: Emitter) -> None:
        """Write a loop over pieces of the row: between them the order of additions is fixed."""
        start, stop = self.writer.name("start"), self.writer.name("stop")
        head, tail = Emitter(), Emitter()
        for fold, result, total, piece in made:
            self.body.line(f"{total} = {self.start(result, result.wide)}")
            head.line(f"{piece} = {self.start(result, result.compute)}")
            value = self.value(fold.arguments[0], result)
            body.line(f"{piece} = {self.folded(result.fold, piece, value)}")
            tail.line(f"{total} = {self.joined(result, total, piece)}")
        with self.body.block(f"for {start} in range(0, {self.columns}, {_PIECE}):"):
            self.body.lines(head)
            self.body.line(f"{stop} = min({start} + {_PIECE}, {self.columns})")
            with self.body.block(f"for {self.column} in range({start}, {stop}):"):
                self.body.lines(body)
            self.body.lines(tail)

    def write_elements(self, outputs: Sequence[tuple[Node, Result, str, str]]) -> None:
        """Write the loop of the outputs that have a value for each element or column."""
        with self.writer.scope():
            body = self.write_body([node for node, *_ in outputs], [])
            stores = []
            for node, result, array, base in outputs:
                if result.place == "c":
                    text = self.stored(self.writer.read(node, result.memory), result.memory)
                    stores.append(f"{array}[{base} + {self.column}] = {text}")
                    continue
                total = f"{array}[{self.column}]"
                with self.before.block(f"for {self.column} in range({self.columns}):"):
                    self.before.line(f"{total} = {self.start(result, result.compute)}")
                value = self.value(node, result)
                stores.append(f"{total} = {self.folded(result.fold, total, value)}")
        # All are stored after all is computed: an output may lie on an input.
        for line in stores:
            body.line(line)
        with self.body.block(f"for {self.column} in range({self.columns}):"):
            self.body.lines(body)

    # Results.

    def write_row_result(self, node: Node, result: Result, array: str, base: str) -> None:
        """Write one value a row, or fold them over the rows of the block."""
        if result.place == "r":
            text = self.stored(self.writer.read(node, result.memory), result.memory)
            self.body.line(f"{array}[{base}] = {text}")
            return
        total = self.writer.name("total")
        self.before.line(f"{total} = {self.start(result, result.wide)}")
        value = self.value(node, result)
        self.body.line(f"{total} = {self.joined(result, total, value)}")
        self.after.line(f"{array}[0] = {self.rounded(result, total)}")

    def text(self) -> str:
        return self.module(", row by row", self.body)


def write_passes(
    expression: Expression, inputs: Sequence[DType], layout: str, results: Sequence[Result]
) -> RowKernel:
    """Return the kernel of a function of a row for given dtypes and layout.

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
        What becomes of each output: ``c`` or ``k`` if it varies along the row, else ``r`` or ``s``.
    """
    passes = _Passes(expression, inputs, layout, results)
    passes.write()
    return RowKernel(
        passes.name,
        passes.text(),
        tuple(passes.operands),
        tuple(dtype for _, dtype in passes.scratch),
        passes.cost,
    )
