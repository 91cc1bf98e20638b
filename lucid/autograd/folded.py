"""An operation on tensors and the sum or mean of its results, in one pass over the operands.

The results themselves are never in memory. Their gradient is that of the sum, the same for all that
went into it, so the backward kernel reads it as a single element.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from lucid.autograd.broadcast import BroadcastTo, fit, fit_array
from lucid.autograd.devices import is_device_array
from lucid.autograd.function import Function
from lucid.autograd.pointwise import apply_program
from lucid.autograd.variable import Variable
from lucid.kernels import divide
from lucid.kernels.expression.node import ordered, rebuild
from lucid.kernels.launch.program import Backward, Program
from lucid.kernels.launch.taping import run_flat
from lucid.kernels.reductions import reduced_axes

__all__ = ["FoldedCall", "call_folded", "folded_shapes"]

Shape = tuple[int, ...]

_rules: WeakKeyDictionary[Program, dict[tuple[bool, ...], Backward]] = WeakKeyDictionary()


def _rule(program: Program, needs: tuple[bool, ...]) -> Backward:
    """Return the gradients' program, made to compute again what is not in memory: the results."""
    rules = _rules.setdefault(program, {})
    found = rules.get(needs)
    if found is None:
        found = rules[needs] = _without_outputs(program, program.backward(needs))
    return found


def _without_outputs(program: Program, back: Backward) -> Backward:
    if all(kind != "output" for kind, _ in back.reads):
        return back
    expression = back.program.expression
    reads = dict(zip(expression.inputs, back.reads, strict=True))
    results = program.expression.outputs
    roots = rebuild(
        expression.outputs,
        {node: results[k] for node, (kind, k) in reads.items() if kind == "output"},
    )
    used = set(ordered(roots))
    found = {node: ("input", k) for k, node in enumerate(program.expression.inputs)}
    found |= {node: read for node, read in reads.items() if read[0] == "gradient"}
    inputs = tuple(node for node in found if node in used)
    return Backward(
        Program(replace(expression, inputs=inputs, outputs=roots)),
        tuple(found[node] for node in inputs),
        back.forwards,
    )


class FoldedCall(Function):
    """A recorded call of a program of one output, whose results are added up.

    Parameters
    ----------
    program
        What to run.
    full, kept, shown
        The shape to which the values broadcast; that shape with 1 along the folded axes; and the
        shape of the result.
    divisor
        By what the sums are divided.
    target
        See `Program.run`.
    """

    __slots__ = ("divisor", "full", "kept_shape", "program", "shown", "target")

    fresh = True
    warns = False

    def __init__(
        self,
        program: Program,
        full: Shape,
        kept: Shape,
        shown: Shape,
        divisor: int,
        target: str | None,
    ) -> None:
        self.program = program
        self.full = full
        self.kept_shape = kept
        self.shown = shown
        self.divisor = divisor
        self.target = target

    @property
    def name(self) -> str:
        return f"{self.program.name} and its {'sum' if self.divisor == 1 else 'mean'}"

    def forward(self, *values: Any) -> Any:
        if True in self.needs:
            reads = _rule(self.program, self.needs).reads
            self.save(inputs=tuple([k for kind, k in reads if kind == "input"]))
        kinds = {value.dtype for value in values if isinstance(value, np.ndarray)}
        # The sum of many float16 overflows where their mean does not.
        half = self.divisor != 1 and kinds == {np.dtype(np.float16)}
        dtypes = (np.dtype(np.float32),) if half else None
        (total,) = self.program.fold(values, (self.kept_shape,), ("add",), self.target, dtypes)
        if self.divisor != 1:
            dtype = np.dtype(np.float16) if half else None
            total = run_flat(divide, (total, float(self.divisor)), dtype)
        return total.reshape(self.shown)

    def backward(self, gradient: Any) -> Any:
        graph = isinstance(gradient, Variable)
        back = _rule(self.program, self.needs)
        gradient = gradient.reshape(self.kept_shape)
        if self.divisor != 1:
            gradient = gradient * (1.0 / self.divisor)
        saved = iter(self.saved)
        values = [next(saved) if kind == "input" else gradient for kind, _ in back.reads]
        shapes = tuple([shape for shape, _ in self.metas])
        dtypes = tuple([dtype for _, dtype in self.metas])
        made = self._pulled(back.program, values, shapes, dtypes, graph)
        results = iter(made)
        return tuple([next(results) if need else None for need in self.needs])

    def _pulled(
        self,
        program: Program,
        values: Sequence[Any],
        shapes: tuple[Shape, ...],
        dtypes: tuple[np.dtype[Any], ...],
        graph: bool,
    ) -> Sequence[Any]:
        full = self.full
        if graph:
            made = apply_program(program, values, None, None, dtypes)
            # What reads no operand has the shape of the gradient, and stands for all elements.
            wide = [
                tensor if tensor.shape == full else BroadcastTo.apply(tensor, shape=full)
                for tensor in made
            ]
            return [fit(tensor, full, shape) for tensor, shape in zip(wide, shapes, strict=True)]
        if any(shape != full for shape in shapes) and any(
            getattr(value, "shape", None) == full for value in values
        ):
            return program.fold(values, shapes, None, self.target, dtypes)
        made = program.run(tuple(values), None, self.target, dtypes)
        return [
            array if array.shape == full == shape else fit_array(array, full, shape)
            for array, shape in zip(made, shapes, strict=True)
        ]


def folded_shapes(
    full: Shape, axes: Collection[int], keepdims: bool, mean: bool
) -> tuple[Shape, Shape, int]:
    """Return the shape with 1 along the folded axes, that of the result, and the divisor."""
    kept = tuple([1 if k in axes else n for k, n in enumerate(full)])
    shown = kept if keepdims else tuple([n for k, n in enumerate(full) if k not in axes])
    return kept, shown, math.prod([full[k] for k in axes]) if mean else 1


def call_folded(
    operation: Any,
    arguments: tuple[Any, ...],
    axis: Any,
    keepdims: bool,
    mean: bool,
    target: str | None,
    options: Mapping[str, Any],
) -> Any:
    """Call an operation of which some argument is a tensor, and add its results up.

    Raises
    ------
    TypeError
        If the operation has several outputs.
    """
    program, values = operation.bind(arguments, options)
    if program.outputs != 1:
        raise TypeError(
            f"{program.name} has {program.outputs} outputs; with tensors a sum or mean takes an "
            "operation of one. Call it first, and reduce what you need of the results"
        )
    data = [value._data if isinstance(value, Variable) else value for value in values]
    shapes = [d.shape for d in data if isinstance(d, np.ndarray) or is_device_array(d)]
    full = shapes[0]
    if any(shape != full for shape in shapes):
        full = program.iteration_shape([d for d in data if hasattr(d, "shape")], None)
    axes = reduced_axes(program.name, axis, len(full))
    kept, shown, divisor = folded_shapes(full, axes, keepdims, mean)
    return FoldedCall.apply(
        *values,
        program=program,
        full=full,
        kept=kept,
        shown=shown,
        divisor=divisor,
        target=target,
    )
