"""Row operations on tensors: run the program, record the node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.broadcast import SumTo
from lucid.autograd.function import Function
from lucid.autograd.variable import Array, Variable

__all__ = ["RowCall", "apply_rows"]


class RowCall(Function):
    """A recorded call of a program of rows.

    The forward kernel hands what is one value a row and took a fold to the backward kernel. Where
    the gradients are to be differentiated again, a program computes them that knows of the inputs
    alone.

    Parameters
    ----------
    program
        What to run.
    shown
        The shape in which the result is shown, for programs of one output; by default its own.
    target, dtypes
        See `Program.run`.
    """

    __slots__ = ("dtypes", "natural", "program", "shown", "target")

    natural: tuple[int, ...]

    fresh = True
    warns = False

    def __init__(
        self,
        program: Any,
        shown: tuple[int, ...] | None = None,
        target: str | None = None,
        dtypes: tuple[np.dtype[Any], ...] | None = None,
    ) -> None:
        self.program = program
        self.shown = shown
        self.target = target
        self.dtypes = dtypes

    @property
    def name(self) -> str:
        return str(self.program.name)

    def compute(self, program: Any, values: Sequence[Any]) -> tuple[Array, ...]:
        """Run the program, which may have more outputs than this node's."""
        made: tuple[Array, ...] = program.run(values, None, self.target, self.dtypes)
        return made

    def forward(self, *values: Any) -> Any:
        program = self.program
        count = program.outputs
        self.cache = None
        if True in self.needs:
            saving = program.saving(self.needs)
            self.save(*saving.reads)
            if self.dtypes is None:
                program = saving.forward
        arrays = self.compute(program, values)
        if program is not self.program:
            self.cache = arrays[count:]
        if count > 1:
            return arrays[:count]
        result = arrays[0]
        if self.shown is not None:
            self.natural = result.shape
            result = result.reshape(self.shown)
        return result

    def backward(self, *gradients: Any) -> Any:
        graph = isinstance(gradients[0], Variable)
        saving = self.program.saving(self.needs)
        saved = self.saved
        if self.shown is not None:
            gradients = (gradients[0].reshape(self.natural),)
            count = len(self.reads[0])
            saved = (*saved[:count], *[s.reshape(self.natural) for s in saved[count:]])
        if graph or self.cache is None:
            back = self.program.backward(self.needs)
            takes = saving.places(back.reads)
        else:
            back = saving.backward
            takes = saving.takes
        lists = (saved, gradients, self.cache)
        values = [lists[which][place] for which, place in takes]
        shapes = tuple([shape for shape, _ in self.metas])
        dtypes = tuple([dtype for _, dtype in self.metas])
        if graph:
            made = apply_rows(back.program, values, self.target, dtypes)
            made = tuple(_fitted(g, shape) for g, shape in zip(made, shapes, strict=True))
        else:
            made = back.program.fold(values, shapes, None, self.target, dtypes)
        if len(made) == len(self.needs):
            return made
        results = iter(made)
        return tuple([next(results) if need else None for need in self.needs])


def _fitted(gradient: Any, shape: tuple[int, ...]) -> Any:
    return gradient if gradient.shape == shape else SumTo.apply(gradient, shape=shape)


def apply_rows(
    program: Any,
    values: Sequence[Any],
    target: str | None = None,
    dtypes: tuple[np.dtype[Any], ...] | None = None,
) -> tuple[Any, ...]:
    """Run a program of rows on tensors, arrays and numbers; record it where a gradient is wanted.

    Returns
    -------
    tuple of Tensor
        One for each output of the program; arrays if no value is a tensor.
    """
    made: Any = RowCall.apply(*values, program=program, target=target, dtypes=dtypes)
    return made if isinstance(made, tuple) else (made,)
