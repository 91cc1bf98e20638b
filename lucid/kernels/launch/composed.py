"""A function of a row without a row kernel: pointwise programs, and folds between them.

For rows along another axis than the last, very long ones, ones without elements, and arrays on a
device. Each fold costs a pass over memory; the results are the same up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lucid.kernels.errors import ShapeError
from lucid.kernels.expression import Expression, Node
from lucid.kernels.expression.dtypes import concrete
from lucid.kernels.expression.infer import Types
from lucid.kernels.expression.node import input_node, ordered, rebuild
from lucid.kernels.launch.folds import fold_by_method
from lucid.kernels.launch.program import Program

__all__ = ["Composed", "one_a_row"]

Shape = tuple[int, ...]


def one_a_row(shape: Shape, axis: int) -> Shape:
    """Return a shape with one value for each row along an axis, counted from the end."""
    place = len(shape) + axis
    return (*shape[:place], 1, *shape[place + 1 :])


def _is_fold(node: Node) -> bool:
    return node.primitive is not None and node.primitive.settled is not None


@dataclass(frozen=True)
class _Stage:
    """A program, and which of all values it takes."""

    program: Program
    places: list[int]

    def of(self, values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple([values[k] for k in self.places])

    def run(
        self, values: Sequence[Any], target: str | None, dtypes: tuple[np.dtype, ...]
    ) -> tuple[Any, ...]:
        return self.program.run(self.of(values), None, target, dtypes)


class Composed:
    """The stages of an expression: programs whose outputs are folded.

    Parameters
    ----------
    expression
        A function of a row.
    axis
        Along which axis the rows lie, counted from the end.
    """

    def __init__(self, expression: Expression, axis: int) -> None:
        self.expression = expression
        self.axis = axis
        order = expression.nodes()
        self._inputs = list(expression.inputs)
        self._taken = {node.name for node in expression.inputs}
        #: What stands in the later stages for a node of an earlier one.
        self._known: dict[Node, Node] = {}
        #: Positions and lengths: they come behind the inputs.
        self._given = [
            node
            for node in order
            if node.primitive is not None and node.primitive.rows in ("index", "length")
        ]
        self._stand_in(self._given)
        level: dict[Node, int] = {}
        for node in order:
            level[node] = max((level[a] for a in node.arguments), default=0) + _is_fold(node)
        self._stages: list[tuple[_Stage, list[Node]]] = []
        for depth in range(1, max(level.values()) + 1):
            folds = [node for node in order if _is_fold(node) and level[node] == depth]
            self._stages.append((self._stage([fold.arguments[0] for fold in folds]), folds))
            self._stand_in(folds)
        #: Outputs that are one value a row, and those that are one an element: each kind apart,
        #: as all outputs of a program have one shape.
        self._last = []
        for uniform in (True, False):
            places = [j for j, out in enumerate(expression.outputs) if out.uniform == uniform]
            if places:
                self._last.append((self._stage([expression.outputs[j] for j in places]), places))

    def _stand_in(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            assert node.primitive is not None
            name = f"{node.primitive.name}_{len(self._inputs)}"
            while name in self._taken:
                name += "_"
            self._taken.add(name)
            self._known[node] = input_node(name, 1000 + len(self._inputs))
            self._inputs.append(self._known[node])

    def _stage(self, roots: Sequence[Node]) -> _Stage:
        outputs = rebuild(roots, self._known)
        used = set(ordered(outputs))
        places = [k for k, node in enumerate(self._inputs) if node in used]
        inputs = tuple(self._inputs[k] for k in places)
        return _Stage(Program(Expression(self.expression.name, inputs, outputs)), places)

    def run(
        self,
        values: Sequence[Any],
        shape: Shape,
        types: Types,
        results: tuple[np.dtype, ...],
        wanted: Sequence[Shape],
        folds: Sequence[str],
        module: Any,
        target: str | None,
    ) -> tuple[Any, ...]:
        """Return the outputs, folded to the shapes that are wanted.

        Parameters
        ----------
        values
            One array of the module, or a Python number, for each input.
        shape
            The shape to which they broadcast.
        types
            The types of all nodes.
        results
            The dtypes of the outputs.
        wanted, folds
            The shape of each result, and the name of the fold that leads there.
        module
            ``numpy``, or a module with the same functions.
        target
            Where the programs run.

        Raises
        ------
        ShapeError
            If the maximum or the minimum of a row without elements is asked for.
        """
        length = shape[self.axis]
        values = list(values)
        for node in self._given:
            assert node.primitive is not None
            if node.primitive.rows == "index":
                place = (length, *(1,) * (-self.axis - 1))
                values.append(module.arange(length, dtype=np.int64).reshape(place))
            else:
                values.append(length)
        for stage, nodes in self._stages:
            values += self._folded(stage, nodes, values, shape, types, module, target)
        made: list[Any] = [None] * len(results)
        for stage, places in self._last:
            found = stage.run(values, target, tuple(results[j] for j in places))
            for j, array in zip(places, found, strict=True):
                uniform = self.expression.outputs[j].uniform
                full = one_a_row(shape, self.axis) if uniform else shape
                made[j] = _fold(array, full, wanted[j], folds[j], results[j], module)
        return tuple(made)

    def _folded(
        self,
        stage: _Stage,
        nodes: Sequence[Node],
        values: Sequence[Any],
        shape: Shape,
        types: Types,
        module: Any,
        target: str | None,
    ) -> Sequence[Any]:
        """Run one stage: its outputs, folded along the rows."""
        kept = one_a_row(shape, self.axis)
        folds = []
        for node in nodes:
            assert node.primitive is not None
            folds.append(node.primitive.rows)
            if shape[self.axis] == 0 and folds[-1] != "add":
                raise ShapeError(
                    f"{self.expression.name}: {node.primitive.name} of a row without elements "
                    f"is not defined (shape {shape}); check for x.size == 0 first"
                )
        taken = stage.of(values)
        given = [value.shape for value in taken if hasattr(value, "shape")]
        if module is np and np.broadcast_shapes(*given) == shape:
            dtypes = tuple(concrete(types.result[node]) for node in nodes)
            shapes = (kept,) * len(nodes)
            return stage.program.fold(taken, shapes, tuple(folds), target, dtypes)
        dtypes = tuple(concrete(types.arguments[node][0]) for node in nodes)
        made = stage.run(values, target, dtypes)
        return [
            _fold(array, shape, kept, fold, concrete(types.result[node]), module)
            for array, fold, node in zip(made, folds, nodes, strict=True)
        ]


def _fold(array: Any, full: Shape, wanted: Shape, fold: str, dtype: np.dtype, module: Any) -> Any:
    """Spread an array to a shape and fold it down to another one."""
    if array.shape != full:
        array = module.ascontiguousarray(module.broadcast_to(array, full))
    return fold_by_method(array, wanted, fold, dtype)
