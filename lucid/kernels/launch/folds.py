"""Run a program and fold its outputs in the same pass over the inputs."""

from __future__ import annotations

import operator
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.kernels.codegen import Result, write_rows
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.kernels.expression.dtypes import canonical, is_float, storage_dtype
from lucid.kernels.launch import device
from lucid.kernels.launch.blocks import Blocks, Output, cut
from lucid.kernels.launch.convert import as_value, native_array
from lucid.kernels.launch.geometry import memory_order
from lucid.kernels.launch.prepared import Finisher, Prepared, Remembered
from lucid.kernels.launch.settings import check_target, get_target
from lucid.kernels.launch.signature import GRAIN, Signature
from lucid.kernels.launch.totals import fold_to_one
from lucid.kernels.targets import cuda

if TYPE_CHECKING:
    from lucid.kernels.launch.program import Program

__all__ = ["FOLDS", "Folding", "check_fold", "fold_by_method", "total_dtype"]

Shape = tuple[int, ...]

#: The folds, and the function of NumPy that folds the results of several blocks.
FOLDS: dict[str, np.ufunc] = {
    "add": np.add,
    "multiply": np.multiply,
    "maximum": np.maximum,
    "minimum": np.minimum,
}
#: And the methods of a GPU's arrays.
_METHODS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
_IDENTITIES = {"add": 0, "multiply": 1}


def total_dtype(dtype: np.dtype, fold: str) -> np.dtype:
    """Return NumPy's dtype of a fold: sums and products of integers and bool have 64 bits."""
    if fold in _IDENTITIES and dtype.kind in "biu" and dtype.itemsize <= 8:
        return np.dtype(np.uint64 if dtype.kind == "u" else np.int64)
    return dtype


class Folding:
    """The folding kernels of a program, and the forms of call that it was run with."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._remembered = Remembered()
        self._plans: dict[tuple[Any, ...], Any] = {}

    def run(
        self,
        values: Sequence[Any],
        shapes: tuple[Shape, ...],
        folds: tuple[str | None, ...] | None,
        target: str | None,
        dtypes: tuple[np.dtype, ...] | None,
    ) -> tuple[np.ndarray, ...]:
        """See `Program.fold`."""
        made = self._remembered.run((shapes, folds, dtypes), values, target)
        if made is not None:
            return made
        return self._run_any(values, shapes, folds, target, dtypes)

    def _run_any(
        self,
        given: Sequence[Any],
        shapes: tuple[Shape, ...],
        folds: tuple[str | None, ...] | None,
        target: str | None,
        dtypes: tuple[np.dtype, ...] | None,
    ) -> tuple[np.ndarray, ...]:
        """Run with conversion, broadcasting and strides taken care of."""
        if device.belongs_on_device(given, target):
            return self._run_on_device(given, shapes, folds, dtypes)
        threads = 1 if check_target(target or get_target()) == "cpu" else 0
        program = self._program
        values = [as_value(value) for value in given]
        signature = program.signature(
            tuple(canonical(v.dtype) if isinstance(v, np.ndarray) else type(v) for v in values),
            dtypes,
        )
        inputs = [value for value in values if isinstance(value, np.ndarray)]
        full = program.iteration_shape(inputs, None)
        program.check_integers(values, signature.integers)
        wanted = _wanted(program.name, signature, full, shapes, folds, dtypes is None)
        if 0 in full:
            return tuple(
                _empty(program.name, full, shape, fold, dtype)
                for shape, (fold, dtype) in zip(shapes, wanted, strict=True)
            )
        operands = [native_array(array) for array in inputs]
        order = memory_order(operands, full)
        views = [np.broadcast_to(operand, full).transpose(order) for operand in operands]
        wide = [(1,) * (len(full) - len(shape)) + shape for shape in shapes]
        kept = [[shape[axis] == full[axis] for axis in order] for shape in wide]
        blocks = cut(tuple([full[axis] for axis in order]), views, kept)
        results = tuple(
            Result(output.place, fold, dtype, not output.final or not _stays(output, dtype))
            for output, (fold, dtype) in zip(blocks.outputs, wanted, strict=True)
        )
        plan = self._plan(signature, blocks.layout, results)
        finishers = [
            _finisher(
                output, result, tuple([shape[axis] for axis in order]), order, final, shape == full
            )
            for output, result, shape, final in zip(
                blocks.outputs, results, wide, shapes, strict=True
            )
        ]
        prepared = _prepared(signature, plan, blocks, results, finishers, shapes)
        if (
            all(map(operator.is_, given, values))
            and all(map(operator.is_, operands, inputs))
            and all(map(operator.is_, blocks.arrays, views))
        ):
            self._remembered.add((shapes, folds, dtypes), given, prepared)
        made = prepared.launch(threads, values, blocks.arrays)
        assert made is not None, (program.name, blocks)
        return made

    def _run_on_device(
        self,
        given: Sequence[Any],
        shapes: tuple[Shape, ...],
        folds: tuple[str | None, ...] | None,
        dtypes: tuple[np.dtype, ...] | None,
    ) -> tuple[Any, ...]:
        """Run on a GPU, where the array module folds what the kernel gave."""
        program = self._program
        made = device.run(program, given, None, dtypes)
        kinds = tuple([canonical(v.dtype) if hasattr(v, "dtype") else type(v) for v in given])
        signature = program.signature(kinds, dtypes)
        full = made[0].shape
        wanted = _wanted(program.name, signature, full, shapes, folds, dtypes is None)
        results = []
        for array, shape, (fold, dtype) in zip(made, shapes, wanted, strict=True):
            if 0 in full:
                results.append(cuda.to_device(_empty(program.name, full, shape, fold, dtype)))
                continue
            results.append(fold_by_method(array, shape, fold, dtype))
        return tuple(results)

    def _plan(self, signature: Signature, layout: str, results: tuple[Result, ...]) -> Any:
        key = (signature, layout, results)
        found = self._plans.get(key)
        if found is None:
            from lucid.kernels.targets import compiler, native

            written = write_rows(self._program.expression, signature.kinds, layout, results)
            kernel = compiler.compile_kernel(written.name, written.source)
            letters = "".join("c" if result.place == "c" else "r" for result in results)
            grain = GRAIN // (written.cost + 3 * len(written.operands))
            found = self._plans[key] = native.plan(
                kernel,
                f"0{layout}{letters}",
                written.operands,
                len(results),
                len(signature.scalars),
                max(grain, 1024),
            )
        return found


def fold_by_method(array: Any, shape: Shape, fold: str, dtype: np.dtype) -> Any:
    """Fold an array down to a shape with the methods that its module gives it.

    Half precision is folded in float32. As with kernels, infinities and NaN are results, and no
    warning.
    """
    padded = (1,) * (array.ndim - len(shape)) + shape
    axes = tuple([axis for axis, n in enumerate(array.shape) if n != padded[axis]])
    with np.errstate(all="ignore"):
        if axes:
            array = array.astype(storage_dtype(array.dtype), copy=False)
            array = getattr(array, _METHODS[fold])(axis=axes, keepdims=True)
        return array.astype(dtype, copy=False).reshape(shape)


def check_fold(name: str, shape: Shape, full: Shape, fold: str, known: Collection[str]) -> None:
    """Raise unless results of a shape can be folded to another one.

    Raises
    ------
    ValueError
        If the fold is not among those that are known.
    ShapeError
        If the shape is neither that of the results nor has 1 where it differs.
    """
    if fold not in known:
        raise ValueError(f"unknown fold {fold!r}; expected one of {', '.join(known)}")
    pairs = zip(reversed(shape), reversed(full), strict=False)
    if len(shape) > len(full) or any(a not in (1, b) for a, b in pairs):
        raise ShapeError(
            f"{name} gives the shape {full}, which can't be folded to {shape}; expected for "
            "each axis, from the last one, its length or 1"
        )


def _wanted(
    name: str,
    signature: Signature,
    full: Shape,
    shapes: Sequence[Shape],
    folds: Sequence[str | None] | None,
    natural: bool,
) -> list[tuple[str, np.dtype]]:
    """Return the fold and the dtype of each output, after a look at what was asked for."""
    count = len(signature.results)
    folds = (None,) * count if folds is None else folds
    if len(shapes) != count or len(folds) != count:
        raise ShapeError(
            f"{name} has {count} outputs, but {len(shapes)} shapes and {len(folds)} folds came; "
            "pass one of each for every output"
        )
    found = []
    for shape, fold, dtype in zip(shapes, folds, signature.results, strict=True):
        check_fold(name, shape, full, fold or "add", FOLDS)
        folded = fold is not None or shape != full
        fold = fold or "add"
        found.append((fold, total_dtype(dtype, fold) if folded and natural else dtype))
        if folded and fold in _IDENTITIES and dtype.kind == "b" and not natural:
            raise DtypeError(
                f"{name}: a fold with {fold} can't have the dtype bool; pass an integer dtype"
            )
    return found


def _stays(output: Output, dtype: np.dtype) -> bool:
    """Whether totals can be kept in memory in the result's dtype while rows are added to them."""
    half = is_float(dtype) and dtype.itemsize == 2
    return output.place != "k" or not (half or dtype.kind == "b")


def _empty(name: str, full: Shape, shape: Shape, fold: str, dtype: np.dtype) -> np.ndarray:
    """Return the fold of no elements."""
    if 0 not in shape and fold not in _IDENTITIES:
        raise ShapeError(
            f"{name}: the {fold} of no elements is not defined; the arguments have the shape "
            f"{full}. Check for it before, or fold along another axis"
        )
    return np.full(shape, _IDENTITIES.get(fold, 0), dtype)


def _finisher(
    output: Output, result: Result, kept: Shape, order: Sequence[int], final: Shape, full: bool
) -> Finisher | None:
    """Return what makes the final array of the kernel's results; None if that is what they are.

    `kept` is the final shape with the axes in the order in which they lie in memory; `full` says
    that it is the full one.
    """
    if not result.partial and tuple(order) == tuple(range(len(order))):
        return None
    ufunc = FOLDS[result.fold]
    back = tuple(np.argsort(order)) if order else ()

    single = output.group == 1 and all(
        n == 1 or axis in output.axes for axis, n in enumerate(output.shape)
    )

    def finish(array: np.ndarray) -> np.ndarray:
        if result.partial and single:
            array = fold_to_one(array, result.fold, result.dtype)
        elif result.partial:
            with np.errstate(all="ignore"):
                if output.axes:
                    array = ufunc.reduce(array, axis=output.axes, dtype=array.dtype)
                if output.group > 1:
                    grouped = array.reshape(*array.shape[:-1], output.group, -1)
                    array = ufunc.reduce(grouped, axis=-2, dtype=array.dtype)
                array = array.astype(result.dtype, copy=False)
        array = array.reshape(kept).transpose(back)
        # A full result lies in memory as the operands do, a folded one in C order.
        return array if full else np.ascontiguousarray(array).reshape(final)

    return finish


def _prepared(
    signature: Signature,
    plan: Any,
    blocks: Blocks,
    results: Sequence[Result],
    finishers: Sequence[Finisher | None],
    shapes: Sequence[Shape],
) -> Prepared:
    from lucid.kernels.targets import native

    strides = [
        [stride * result.memory.itemsize for stride in output.strides]
        for output, result in zip(blocks.outputs, results, strict=True)
    ]
    geometry = native.geometry(blocks.shape, blocks.inner, [*blocks.strides, *strides], whole=True)
    made = [
        (shape if finisher is None else output.shape, result.memory)
        for output, result, finisher, shape in zip(
            blocks.outputs, results, finishers, shapes, strict=True
        )
    ]
    return Prepared(signature, plan, geometry, blocks.frames, made, finishers)
