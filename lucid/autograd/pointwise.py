"""Pointwise operations on tensors: run the program, record the node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lucid.autograd.broadcast import fit, fit_array
from lucid.autograd.mode import mode
from lucid.autograd.node import Node, next_order
from lucid.autograd.variable import Variable, wrap
from lucid.kernels.errors import GraphError

__all__ = ["PointwiseNode", "apply_program", "call_pointwise"]


class PointwiseNode(Node):
    """A recorded call of a pointwise program."""

    __slots__ = ("back", "dtypes", "program", "shape", "shapes")

    back: Any
    dtypes: tuple[np.dtype[Any], ...]
    program: Any
    shape: tuple[int, ...]
    shapes: list[tuple[int, ...]]

    fresh = True

    @property
    def name(self) -> str:
        return str(self.program.name)

    def pull(self, gradients: list[Any], graph: bool) -> Sequence[Any]:
        back = self.back
        dtypes = self.dtypes
        results = self._forwarded(gradients)
        if results is None:
            values = self._values(gradients, graph)
            if graph:
                results = list(apply_program(back.program, values, None, None, dtypes))
            else:
                results = list(back.program.run(values, None, None, dtypes))
        shape = self.shape
        for position, wanted in enumerate(self.shapes):
            gradient = results[position]
            if gradient is None:
                continue
            if graph:
                results[position] = fit(gradient, shape, wanted)
            elif gradient.shape != wanted:
                results[position] = fit_array(gradient, shape, wanted)
        return results

    def _forwarded(self, gradients: list[Any]) -> list[Any] | None:
        """Return the gradients where all of them go on unchanged (as in add), else None."""
        results = []
        for position, forward in enumerate(self.back.forwards):
            if forward is None:
                return None
            gradient = gradients[forward]
            if gradient is not None and gradient.dtype != self.dtypes[position]:
                return None
            results.append(gradient)
        return results

    def _values(self, gradients: list[Any], graph: bool) -> list[Any]:
        """Collect the values of the backward program: arrays, or tensors to record."""
        self.check_unchanged()
        kept = self.kept
        values = []
        position = 0
        for kind, index in self.back.reads:
            if kind == "gradient":
                gradient = gradients[index]
                values.append(0.0 if gradient is None else gradient)
                continue
            value = kept[position]
            position += 1
            if kind == "output":
                array, counter = value
                value = self.output(array, index, counter) if graph else array
            elif not graph and isinstance(value, Variable):
                value = value._data
            values.append(value)
        return values

    def free(self) -> None:
        super().free()
        self.back = None


def apply_program(
    program: Any,
    values: Sequence[Any],
    out: tuple[Any, ...] | None = None,
    target: str | None = None,
    dtypes: tuple[np.dtype[Any], ...] | None = None,
) -> tuple[Any, ...]:
    """Run `program` on tensors, arrays and numbers; record a node where a gradient is wanted.

    Returns
    -------
    tuple of Tensor
        One for each output of the program.
    """
    # Plain loops and no generators: this runs once for each operation of a training step, and
    # beside a kernel of a microsecond every frame counts.
    raw: list[Any] = []
    needs: list[bool] = []
    parents: list[Node | Variable] = []
    ports: list[int] = []
    shapes: list[tuple[int, ...]] = []
    kinds: list[np.dtype[Any]] = []
    enabled = mode.enabled
    for value in values:
        if not isinstance(value, Variable):
            raw.append(value)
            needs.append(False)
            continue
        data = value._data
        raw.append(data)
        if not enabled:
            continue
        node = value._node
        if node is not None:
            parents.append(node)
        elif value._leaf:
            parents.append(value)
        else:
            needs.append(False)
            continue
        needs.append(True)
        ports.append(value._port)
        shapes.append(data.shape)
        kinds.append(data.dtype)
    if not parents:
        if out is not None:
            return _run_into(program, raw, out, target, dtypes)
        arrays = program.run(raw, None, target, dtypes)
        if len(arrays) == 1:
            return (wrap(arrays[0]),)
        return tuple([wrap(array) for array in arrays])
    if out is not None:
        raise GraphError(
            f"{program.name}: out= writes into memory that a graph can't follow, and an operand "
            "requires a gradient. Leave out= away, or call inside `with lucid.no_grad():`."
        )
    arrays = program.run(raw, None, target, dtypes)
    node = PointwiseNode()
    results = _results(node, arrays)
    if results is None:
        return tuple([wrap(array) for array in arrays])
    node.program = program
    node.parents = parents
    node.ports = ports
    node.shapes = shapes
    node.dtypes = tuple(kinds)
    node.shape = arrays[0].shape
    node.order = next_order()
    node.outputs = len(arrays)
    node.hooks = None
    node.back = back = program.backward(tuple(needs))
    kept: list[Any] = []
    counters: list[list[int]] = []
    stamp = 0
    for kind, index in back.reads:
        if kind == "input":
            value = values[index]
            kept.append(value)
            if isinstance(value, Variable):
                counter = value._version
                counters.append(counter)
                stamp += counter[0]
        elif kind == "output":
            counter = results[index]._version
            kept.append((arrays[index], counter))
            counters.append(counter)
    node.kept = kept
    node.counters = counters
    node.stamp = stamp
    return results


def _results(node: PointwiseNode, arrays: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Hang the results on their node; None where none of them can have a gradient."""
    if len(arrays) == 1:
        array = arrays[0]
        return (wrap(array, node),) if array.dtype.kind == "f" else None
    results = []
    found = False
    for port, array in enumerate(arrays):
        floating = array.dtype.kind == "f"
        found = found or floating
        results.append(wrap(array, node if floating else None, port))
    return tuple(results) if found else None


def _run_into(
    program: Any,
    raw: list[Any],
    out: tuple[Any, ...],
    target: str | None,
    dtypes: tuple[np.dtype[Any], ...] | None,
) -> tuple[Any, ...]:
    """Run into the memory of `out` (tensors, arrays or Nones) and return these tensors."""
    arrays = tuple([o._data if isinstance(o, Variable) else o for o in out])
    made = program.run(raw, out=arrays, target=target, dtypes=dtypes)
    results = []
    for given, array in zip(out, made, strict=True):
        if isinstance(given, Variable):
            given._version[0] += 1
            results.append(given)
        else:
            results.append(wrap(array))
    return tuple(results)


def call_pointwise(operation: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Call a pointwise operation of which some argument is a tensor."""
    out = target = None
    if "out" in keywords or "target" in keywords:
        options = dict(keywords)
        target = options.pop("target", None)
        out = options.pop("out", None)
        if out is not None and not isinstance(out, tuple):
            out = (out,)
        keywords = options
    program, values = operation.bind(arguments, keywords)
    results = apply_program(program, values, out, target)
    return results[0] if len(results) == 1 else results
