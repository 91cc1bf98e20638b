"""A program: an expression with the kernels compiled for it so far, and the way to run them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lucid.kernels.errors import DtypeError, ShapeError
from lucid.kernels.expression import Expression, differentiate
from lucid.kernels.expression.derivative import Reads
from lucid.kernels.expression.dtypes import DType, canonical
from lucid.kernels.launch import device
from lucid.kernels.launch.buffers import empty
from lucid.kernels.launch.convert import as_value, native_array
from lucid.kernels.launch.direct import EXACT, Launch
from lucid.kernels.launch.folds import Folding
from lucid.kernels.launch.geometry import arrange, memory_order
from lucid.kernels.launch.learning import Learned
from lucid.kernels.launch.settings import ON_HOST, check_target, get_target
from lucid.kernels.launch.signature import Signature
from lucid.kernels.targets import native

__all__ = ["Backward", "Program", "Value"]

Value = np.ndarray | bool | int | float


@dataclass(frozen=True)
class Backward:
    """The gradients of a program.

    Attributes
    ----------
    program
        Its outputs are the gradients with respect to the values that were asked for, in order.
    reads
        What its values are: ``("input", i)``, ``("output", j)`` or ``("gradient", j)``.
    forwards
        For each gradient the index j if it is gradient j unchanged, else None.
    """

    program: Program
    reads: tuple[Reads, ...]
    forwards: tuple[int | None, ...]


class Program:
    """An expression that can be run on arrays, in any dtypes and layouts.

    Attributes
    ----------
    expression
        What it computes.
    name
        The name of the expression.
    outputs
        The number of its outputs.
    """

    #: Whether it is a function of rows.
    rowwise = False

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self.name = expression.name
        self.outputs = len(expression.outputs)
        self._signatures: dict[Any, dict[tuple[DType, ...], Signature]] = {None: {}}
        self._last: dict[Any, Launch] = {}
        self._backward: dict[tuple[bool, ...], Backward] = {}
        self._folding = Folding(self)
        #: What machine code knows of it.
        self.learned = Learned(self)

    def __repr__(self) -> str:
        names = ", ".join(node.name or "" for node in self.expression.inputs)
        return f"<program {self.name}({names}) -> {', '.join(map(repr, self.expression.outputs))}>"

    def run(
        self,
        values: Sequence[Any],
        out: Sequence[np.ndarray | None] | None = None,
        target: str | None = None,
        dtypes: tuple[np.dtype, ...] | None = None,
    ) -> tuple[np.ndarray, ...]:
        """Compute the outputs.

        Parameters
        ----------
        values
            One array, array-like or Python number for each input.
        out
            Arrays to write to, or None in the places where a new one is wanted.
        target
            ``"cpu"``, ``"parallel"`` or ``"cuda"``; by default the one in force. Arrays on a
            device are computed there.
        dtypes
            Dtypes of the outputs; by default what NumPy's promotion gives.

        Raises
        ------
        ShapeError
            If the shapes do not broadcast, or an array of ``out`` has another shape.
        DtypeError
            If a dtype is not defined for the operation, or can't be cast to that of ``out``.
        TargetError
            If the target is unknown, can't run here, or is not where the arrays lie.
        """
        if out is None and target is None:
            table = self.learned.tables.get(dtypes)
            found = table and native.run_program(table.words, tuple(values))
            if found is None:
                made = self._run_any(values, None, None, dtypes)
                self.learned.learn(values, dtypes)
                return made
            if found is not False:
                return found if type(found) is tuple else (found,)
            return self._run_any(values, None, None, dtypes)
        name = target or get_target()
        if name in ON_HOST:
            # Most calls are like the one before, and a launch that is not declines.
            threads = 0 if name == "parallel" else 1
            last = self._last.get(dtypes)
            if last is not None:
                found = last(threads, values, out)
                if found is not False:
                    return found if type(found) is tuple else (found,)
            signature = self._signatures.get(dtypes, {}).get(
                tuple([v.dtype if type(v) is np.ndarray else type(v) for v in values])
            )
            if signature and signature.arrays:
                self._last[dtypes] = signature.launch
                found = signature.launch(threads, values, out)
                if found is not False:
                    return found if type(found) is tuple else (found,)
        return self._run_any(values, out, target, dtypes)

    def update(self, groups: Sequence[tuple[Any, ...]], numbers: Sequence[float]) -> None:
        """Run on many groups of arrays, on the target in force, as far as it goes in one launch.

        Parameters
        ----------
        groups
            For each run the arrays that are its first values, then those that are written to. The
            groups have the same dtypes and do not overlap.
        numbers
            The values behind the arrays, the same for all.

        Raises
        ------
        ShapeError, DtypeError, TargetError
            As `run`.
        """
        name = get_target()
        inputs = len(groups[0]) - self.outputs
        if name in ON_HOST and all(type(array) is np.ndarray for array in groups[0]):
            kinds = (*[array.dtype for array in groups[0][:inputs]], *[float for _ in numbers])
            plan = self.signature(kinds, None).plain
            most = native.most_groups(len(groups[0]))
            parts = [tuple(groups[k : k + most]) for k in range(0, len(groups), most)]
        else:
            plan = None
            parts = [tuple(groups)]
        for part in parts:
            if plan is None or not native.many(plan, int(name != "parallel"), tuple(numbers), part):
                for group in part:
                    self.run((*group[:inputs], *numbers), group[inputs:])

    def fold(
        self,
        values: Sequence[Any],
        shapes: tuple[tuple[int, ...], ...],
        folds: tuple[str | None, ...] | None = None,
        target: str | None = None,
        dtypes: tuple[np.dtype, ...] | None = None,
    ) -> tuple[np.ndarray, ...]:
        """Compute the outputs and fold each of them down to a shape, in one pass.

        Parameters
        ----------
        values
            One array, array-like or Python number for each input.
        shapes
            The shape of each result: that to which the values broadcast, with 1 in the place of
            axes that are folded. Leading axes may be left out.
        folds
            For each output ``"add"``, ``"multiply"``, ``"maximum"``, ``"minimum"``, or None: not
            folded if it has the full shape, else added up.
        target
            ``"cpu"`` or ``"parallel"``; by default the one in force. Both give the same bits.
        dtypes
            Dtypes of the results; by default NumPy's: sums and products of integers have 64 bits.

        Raises
        ------
        ShapeError
            If the shapes do not broadcast, an output can't be folded to its shape, or the maximum
            of no elements is asked for.
        DtypeError
            If a dtype is not defined for the operation.

        Notes
        -----
        Sums of float32 are added up in float32 by the thousand and in float64 beyond that, float16
        and bfloat16 in float32; over rows, in the dtype of the result. NaN goes through; the
        sign of a zero that is a maximum or minimum is not defined.

        Examples
        --------
        >>> import numpy as np
        >>> from lucid.kernels import multiply
        >>> x = np.arange(6.0).reshape(2, 3)
        >>> multiply.bind((x, x), {})[0].fold((x, x), ((2, 1),))
        (array([[ 5.],
               [50.]]),)
        """
        return self._folding.run(values, shapes, folds, target, dtypes)

    def signature(self, kinds: tuple[DType, ...], dtypes: tuple[np.dtype, ...] | None) -> Signature:
        table = self._signatures.setdefault(dtypes, {})
        found = table.get(kinds)
        if found is None:
            found = table[kinds] = Signature(self.expression, kinds, dtypes)
        return found

    def _run_any(
        self,
        given: Sequence[Any],
        out: Sequence[np.ndarray | None] | None,
        target: str | None,
        dtypes: tuple[np.dtype, ...] | None,
    ) -> tuple[np.ndarray, ...]:
        """Run with conversion, broadcasting, strides and overlap taken care of."""
        threads = 1 if check_target(target or get_target()) == "cpu" else 0
        if device.belongs_on_device(given, target):
            return device.run(self, given, out, dtypes)
        values = [as_value(value) for value in given]
        signature = self.signature(
            tuple(canonical(v.dtype) if isinstance(v, np.ndarray) else type(v) for v in values),
            dtypes,
        )
        inputs = [value for value in values if isinstance(value, np.ndarray)]
        shape = self.iteration_shape(inputs, out)
        scalars = tuple(float(values[k]) for k in signature.scalars) or None
        self.check_integers(values, signature.integers)
        outputs = list(out) if out is not None else [None] * self.outputs
        for dtype, array in zip(signature.results, outputs, strict=True):
            if array is not None and not np.can_cast(dtype, array.dtype, "same_kind"):
                raise DtypeError(
                    f"{self.name} gives {dtype}, which can't be cast to the dtype {array.dtype} "
                    "of out; pass an array of a dtype that can hold the result"
                )
        operands = [native_array(array) for array in inputs]
        axes = memory_order(operands, shape)
        written = [
            _writable(array, dtype, shape, axes)
            for array, dtype in zip(outputs, signature.results, strict=True)
        ]
        operands = [_apart(operand, written) for operand in operands]
        if 0 not in shape:
            views = [np.broadcast_to(operand, shape) for operand in operands]
            laid = [view.transpose(axes) for view in (*views, *written)]
            loops = arrange(laid, self.outputs)
            plan = signature.plan(loops.layout[: len(operands)])
            geometry = native.geometry(loops.shape, loops.inner, loops.strides)
            done = native.nested(plan, threads, scalars, geometry, *loops.arrays)
            assert done, (self.name, loops)
        return tuple(
            _delivered(result, array, dtype)
            for result, array, dtype in zip(written, outputs, signature.results, strict=True)
        )

    def iteration_shape(
        self, inputs: Sequence[Any], out: Sequence[np.ndarray | None] | None
    ) -> tuple[int, ...]:
        try:
            shape = np.broadcast_shapes(*(array.shape for array in inputs))
        except ValueError:
            names = [node.name for node in self.expression.inputs]
            found = ", ".join(
                f"{name} {array.shape}" for name, array in zip(names, inputs, strict=False)
            )
            raise ShapeError(
                f"{self.name}: the shapes {found} do not broadcast; axes are compared from the "
                "last one, and each pair must be equal or contain a 1"
            ) from None
        for array in out or ():
            if array is not None and array.shape != shape:
                raise ShapeError(
                    f"{self.name} gives the shape {shape}, but out has {array.shape}; "
                    "pass an array of the shape of the result"
                )
        return shape

    def check_integers(self, values: Sequence[Any], positions: Sequence[int]) -> None:
        for k in positions:
            if not -EXACT <= values[k] <= EXACT:
                raise DtypeError(
                    f"{self.name}: the number {values[k]} is beyond 2**53, up to which Python "
                    "integers reach a kernel exactly; pass it as an array of dtype int64 or uint64"
                )

    def source(self, kinds: tuple[DType, ...], layout: str | None = None) -> str:
        """Return the generated source for given types of the values."""
        signature = self.signature(kinds, None)
        return signature.write(layout or "c" * len(signature.arrays)).source

    def backward(self, needs: tuple[bool, ...]) -> Backward:
        """Return the gradients with respect to the values where ``needs`` is true."""
        found = self._backward.get(needs)
        if found is None:
            derived = differentiate(self.expression, needs)
            found = Backward(Program(derived.expression), derived.reads, derived.forwards)
            self._backward[needs] = found
        return found


def _writable(
    array: np.ndarray | None, dtype: np.dtype, shape: tuple[int, ...], axes: tuple[int, ...]
) -> np.ndarray:
    """Return where the kernel writes: the caller's array if it can, else a new one."""
    if array is not None and not array.flags.writeable:
        raise DtypeError("out is read-only; pass an array that can be written to")
    usable = (
        array is not None
        and array.dtype is dtype
        and array.flags.aligned
        and (array.ndim == 0 or array.strides[axes[-1]] == array.itemsize or array.size == 0)
        and type(array) is np.ndarray
    )
    if usable:
        assert array is not None
        return array
    fresh = empty(tuple(shape[axis] for axis in axes), dtype)
    return fresh.transpose(tuple(np.argsort(axes))) if axes else fresh


def _apart(operand: np.ndarray, written: Sequence[np.ndarray]) -> np.ndarray:
    """Return the operand, or a copy if an output would overwrite it before it is read."""
    for array in written:
        same = (
            array.__array_interface__["data"] == operand.__array_interface__["data"]
            and array.strides == operand.strides
            and array.shape == operand.shape
            and array.itemsize == operand.itemsize
        )
        if not same and np.may_share_memory(array, operand):
            return operand.copy()
    return operand


def _delivered(result: np.ndarray, array: np.ndarray | None, dtype: np.dtype) -> np.ndarray:
    """Return the result in the dtype and in the place that was asked for."""
    if array is None:
        return result if result.dtype == dtype else result.astype(dtype)
    if array is not result:
        np.copyto(array, result, casting="same_kind")
    return array
