"""A program of rows: a function of a row with its kernels, run as `Program` is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from lucid.kernels.codegen.framed import Result
from lucid.kernels.codegen.passes import write_passes
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.kernels.expression import Derivative, Expression, differentiate, infer
from lucid.kernels.expression.derivative import Reads
from lucid.kernels.expression.dtypes import DType, canonical, storage_dtype
from lucid.kernels.expression.evaluate_rows import row_shapes
from lucid.kernels.expression.node import bare, operation
from lucid.kernels.expression.primitives.rows import FOLDS
from lucid.kernels.expression.saving import save_uniform
from lucid.kernels.launch import device
from lucid.kernels.launch.composed import Composed, one_a_row
from lucid.kernels.launch.convert import as_value
from lucid.kernels.launch.folds import check_fold
from lucid.kernels.launch.prepared import Remembered
from lucid.kernels.launch.program import Backward, Program
from lucid.kernels.launch.row_kernels import RowKernels
from lucid.kernels.launch.settings import check_target, get_target
from lucid.kernels.launch.signature import Signature
from lucid.kernels.targets import cuda

__all__ = ["RowProgram", "Saving"]

#: Longer rows are shared among the threads: each fold is a pass of its own over all rows.
_LONGEST = 1 << 17

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Saving:
    """A program and its gradients, made for each other.

    Attributes
    ----------
    forward
        The program with more outputs, for the backward program to read.
    backward
        The gradients; ``("saved", k)`` is the output k of those.
    reads
        The inputs and the outputs that are to be kept: for `backward`, and for the program that
        computes the gradients without what is saved.
    """

    forward: RowProgram
    backward: Backward
    reads: tuple[tuple[int, ...], tuple[int, ...]]

    def places(self, reads: Sequence[Reads]) -> list[tuple[int, int]]:
        """Say where to find what a program reads: in which of three lists, and its position there.

        The lists hold what was kept, inputs first; the gradients; what was saved.
        """
        inputs, outputs = self.reads
        found = []
        for kind, index in reads:
            if kind == "input":
                found.append((0, inputs.index(index)))
            elif kind == "output":
                found.append((0, len(inputs) + outputs.index(index)))
            else:
                found.append((1 if kind == "gradient" else 2, index))
        return found

    @cached_property
    def takes(self) -> list[tuple[int, int]]:
        """The `places` of what the backward program reads."""
        return self.places(self.backward.reads)


class RowProgram(Program):
    """A function of a row that can be run on arrays, in any dtypes and layouts.

    An output that is one value for the whole row has length 1 along the rows.

    Parameters
    ----------
    expression
        What it computes.
    axis
        Along which axis the rows lie, counted from the end.
    saved
        How many of the outputs, the last ones, are for the backward program alone.
    """

    rowwise = True

    def __init__(self, expression: Expression, axis: int = -1, saved: int = 0) -> None:
        super().__init__(expression)
        self.axis = axis
        self._saved = saved
        self._bare = replace(expression, outputs=bare(expression.outputs))
        self._kernels = RowKernels()
        self._remembered = Remembered()
        self._composed: Composed | None = None
        self._savings: dict[tuple[bool, ...], Saving] = {}
        self._along: dict[int, RowProgram] = {axis: self}

    def along(self, axis: int) -> RowProgram:
        """Return the program for rows along another axis, counted from the end."""
        found = self._along.get(axis)
        if found is None:
            found = self._along[axis] = RowProgram(self.expression, axis, self._saved)
        return found

    def run(
        self,
        values: Sequence[Any],
        out: Sequence[np.ndarray | None] | None = None,
        target: str | None = None,
        dtypes: tuple[np.dtype, ...] | None = None,
    ) -> tuple[np.ndarray, ...]:
        """Compute the outputs; see `Program.run`.

        Raises
        ------
        ShapeError
            If the shapes do not broadcast or lack the axis, an argument that is one value a row
            has more, or an array of ``out`` has another shape.
        """
        made = self._run(values, None, None, target, dtypes)
        if out is None:
            return made
        return tuple(
            result if array is None else self._delivered(result, array)
            for result, array in zip(made, out, strict=True)
        )

    def fold(
        self,
        values: Sequence[Any],
        shapes: tuple[Shape, ...],
        folds: tuple[str | None, ...] | None = None,
        target: str | None = None,
        dtypes: tuple[np.dtype, ...] | None = None,
    ) -> tuple[np.ndarray, ...]:
        """Compute the outputs and fold each of them down to a shape; see `Program.fold`."""
        return self._run(values, shapes, folds, target, dtypes)

    def source(self, kinds: tuple[DType, ...], layout: str | None = None) -> str:
        """Return the source of the row kernel for given types of the values."""
        signature = self.signature(kinds, None)
        results = tuple(
            Result("r" if output.uniform else "c", "add", dtype, partial=False)
            for output, dtype in zip(self.expression.outputs, signature.results, strict=True)
        )
        laid = layout or "".join(
            "0" if self.expression.inputs[k].uniform else "c" for k in signature.arrays
        )
        return write_passes(self._bare, kinds, laid, results).source

    def signature(self, kinds: tuple[DType, ...], dtypes: tuple[np.dtype, ...] | None) -> Signature:
        """Return what is known for a list of argument types."""
        if self._saved and dtypes is None:
            natural = super().signature(kinds, None).results
            # What is saved stays as the kernel has it: half precision is for memory alone.
            saved = [storage_dtype(dtype) for dtype in natural[-self._saved :]]
            dtypes = (*natural[: -self._saved], *saved)
        return super().signature(kinds, dtypes)

    def backward(self, needs: tuple[bool, ...]) -> Backward:
        """Return the gradients with respect to the values where ``needs`` is true."""
        found = self._backward.get(needs)
        if found is None:
            derived = differentiate(self.expression, needs)
            program = RowProgram(derived.expression, self.axis)
            found = self._backward[needs] = Backward(program, derived.reads, derived.forwards)
        return found

    def saving(self, needs: tuple[bool, ...]) -> Saving:
        """Return the program and its gradients where values a row go from one to the other.

        The gradients of `backward` compute these again; they alone can be differentiated again.
        """
        found = self._savings.get(needs)
        if found is None:
            plain = self.backward(needs)
            derived = Derivative(plain.program.expression, plain.reads, plain.forwards)
            made = save_uniform(self.expression, derived)
            program, backward = self, plain
            if made is not None:
                forward, back = made
                program = RowProgram(forward, self.axis, len(forward.outputs) - self.outputs)
                backward = Backward(
                    RowProgram(back.expression, self.axis), back.reads, back.forwards
                )
            reads = {*plain.reads, *backward.reads}
            inputs, outputs = (
                tuple(sorted(i for name, i in reads if name == kind))
                for kind in ("input", "output")
            )
            found = self._savings[needs] = Saving(program, backward, (inputs, outputs))
        return found

    def _delivered(self, result: np.ndarray, array: np.ndarray) -> np.ndarray:
        if array.shape != result.shape:
            raise ShapeError(
                f"{self.name} gives the shape {result.shape}, but out has {array.shape}; "
                "pass an array of the shape of the result"
            )
        if not np.can_cast(result.dtype, array.dtype, "same_kind"):
            raise DtypeError(
                f"{self.name} gives {result.dtype}, which can't be cast to the dtype {array.dtype} "
                "of out; pass an array of a dtype that can hold the result"
            )
        if type(array) is np.ndarray and not array.flags.writeable:
            raise DtypeError("out is read-only; pass an array that can be written to")
        array[...] = result
        return array

    def _run(
        self,
        given: Sequence[Any],
        shapes: tuple[Shape, ...] | None,
        folds: tuple[str | None, ...] | None,
        target: str | None,
        dtypes: tuple[np.dtype, ...] | None,
    ) -> tuple[np.ndarray, ...]:
        known = self._remembered.run((shapes, folds, dtypes), given, target)
        if known is not None:
            return known
        on_device = device.belongs_on_device(given, target)
        values = list(given) if on_device else [as_value(value) for value in given]
        kinds: tuple[DType, ...] = tuple(
            canonical(v.dtype) if hasattr(v, "dtype") else type(v) for v in values
        )
        signature = self.signature(kinds, dtypes)
        self.check_integers(values, signature.integers)
        shape = row_shapes(self.expression, [getattr(v, "shape", None) for v in values], self.axis)
        natural = [
            one_a_row(shape, self.axis) if output.uniform else shape
            for output in self.expression.outputs
        ]
        wanted = natural if shapes is None else list(shapes)
        names = [fold or "add" for fold in folds or (None,) * self.outputs]
        for goal, full, fold in zip(wanted, natural, names, strict=True):
            check_fold(self.name, goal, full, fold, FOLDS)
        if on_device or self.axis != -1 or shape[-1] > _LONGEST or 0 in shape:
            composed = self._composed
            if composed is None:
                composed = self._composed = Composed(self._bare, self.axis)
            types = infer(self._bare, kinds)
            module = cuda.array_module() if on_device else np
            return composed.run(
                values, shape, types, signature.results, wanted, names, module, target
            )
        threads = 1 if check_target(target or get_target()) == "cpu" else 0
        expression = self._row_folds(wanted, natural, names)
        prepared, usable = self._kernels.prepare(
            expression, signature, values, shape, wanted, names
        )
        if all(a is b for a, b in zip(usable, given, strict=True)):
            self._remembered.add((shapes, folds, dtypes), given, prepared)
        found = prepared.run(threads, usable)
        assert found is not None, (self.name, shape)
        return found

    def _row_folds(
        self, wanted: Sequence[Shape], natural: Sequence[Shape], folds: Sequence[str]
    ) -> Expression:
        """Return the expression with folds of the row at its end where a result has length 1."""
        outputs = tuple(
            output
            if full[-1] == 1 or (goal and goal[-1] != 1)
            else operation(FOLDS[fold], (output,))
            for output, goal, full, fold in zip(
                self._bare.outputs, wanted, natural, folds, strict=True
            )
        )
        return replace(self._bare, outputs=outputs)
