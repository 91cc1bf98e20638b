"""Faults in functions of a row, for `tools.mutate`: in kernels, launches and derivatives."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import numpy as np

from lucid.kernels import Rowwise, exp, sqrt, where

# Not the operations of these names, which were traced with sound folds before.
from lucid.kernels.expression.primitives.rows import (
    FOLDS,
    row_index,
    row_length,
    row_max,
    row_sum,
)
from lucid.kernels.launch import row_kernels
from lucid.kernels.launch.row_program import RowProgram
from lucid.testing import CheckError, check_rowwise

__all__ = ["ROW_FAULTS", "RowFault", "is_sound"]

Patch = Callable[[], contextlib.AbstractContextManager[Any]]


@dataclass(frozen=True)
class RowFault:
    """A fault, how it is planted, and a function of a row in which it shows."""

    name: str
    patch: Patch
    function: Callable[..., Any]

    def caught(self) -> str:
        """Plant the fault; return the first line of what the battery says, or nothing."""
        with self.patch():
            try:
                _check(self.function)
            except CheckError as error:
                return str(error).splitlines()[0]
        return ""


def _check(function: Callable[..., Any]) -> None:
    check_rowwise(Rowwise(function, name="planted"), dtypes=["float64"], rows=4)


def is_sound(fault: RowFault) -> bool:
    """Whether the battery has nothing to say about the function while nothing is planted."""
    _check(fault.function)
    return True


def _text(old: str, new: str) -> Patch:
    """Write something else into the source of row kernels."""
    right = row_kernels.write_passes

    def wrong(*arguments: Any) -> Any:
        kernel = right(*arguments)
        return replace(kernel, source=kernel.source.replace(old, new))

    return lambda: mock.patch.object(row_kernels, "write_passes", wrong)


def _derivative(fold: str, rule: Callable[..., Any]) -> Patch:
    return lambda: mock.patch.dict(FOLDS, {fold: replace(FOLDS[fold], derivative=rule)})


_lay = row_kernels.lay_rows


def _forward_strides(arrays: Any, leading: Any) -> Any:
    """Take arrays as if no stride were negative."""
    return _lay(
        [np.flip(a, [k for k, step in enumerate(a.strides) if step < 0]) for a in arrays], leading
    )


_run, _fold = RowProgram.run, RowProgram.fold


def _lossy_run(self: Any, values: Any, *rest: Any, **options: Any) -> Any:
    """Leave the last row of large results alone, as a launcher that miscounts would."""
    results = _run(self, values, *rest, **options)
    if len(results[0]) > 1000:
        results[0][-1] = 0
    return results


def _careless_run(self: Any, values: Any, *rest: Any, **options: Any) -> Any:
    """Write to an input."""
    results = _run(self, values, *rest, **options)
    if isinstance(values[0], np.ndarray) and values[0].flags.writeable and len(values[0]) > 1000:
        values[0][7] = 7
    return results


def _lossy_fold(self: Any, values: Any, shapes: Any, *rest: Any, **options: Any) -> Any:
    """Forget a part of what is added up for an operand that was broadcast."""
    return tuple(0.999 * result for result in _fold(self, values, shapes, *rest, **options))


@contextlib.contextmanager
def _one_axis() -> Iterator[None]:
    with mock.patch.object(RowProgram, "along", lambda self, axis: self):
        yield


def _total(x: Any) -> Any:
    return row_sum(x * x)


def _largest(x: Any) -> Any:
    return x - row_max(x)


def _softmax(x: Any) -> Any:
    powers = exp(x - row_max(x))
    return powers / row_sum(powers)


def _scaled(x: Any, weight: Any) -> Any:
    return x * weight / sqrt(row_sum(x * x) / row_length() + 0.1)


def _picked(x: Any, place: int = 0) -> Any:
    return row_sum(where(row_index() == place, x, 0.0))


ROW_FAULTS = (
    RowFault("a sum of a row forgets the last element",
             _text("+ 1024, columns)", "+ 1024, columns - 1)"), _total),
    RowFault("a sum of a row ends with its first piece",
             _text("range(0, columns, 1024)", "range(0, min(columns, 1024), 1024)"), _total),
    RowFault("the largest of a row is 0 at least", _text("float64(-inf)", "float64(0)"), _largest),
    RowFault("the largest of a row swallows NaN",
             _text("fold_maximum(row_max, x)", "(x if x > row_max else row_max)"), _largest),
    RowFault("every row is the first", _text("_step = frame[2]", "_step = 0"), _largest),
    RowFault("positions in a row count from 1", _text("column == place", "column + 1 == place"),
             _picked),
    RowFault("a row is not divided", _text(" / row_sum", " / 1.0 * row_sum"), _softmax),
    RowFault("rows lie along the last axis always", _one_axis, _softmax),
    RowFault("negative strides of rows are ignored",
             lambda: mock.patch.object(row_kernels, "lay_rows", _forward_strides), _softmax),
    RowFault("the last row is forgotten",
             lambda: mock.patch.object(RowProgram, "run", _lossy_run), _softmax),
    RowFault("an input of rows is written to",
             lambda: mock.patch.object(RowProgram, "run", _careless_run), _softmax),
    RowFault("the gradient of a broadcast row misses a part",
             lambda: mock.patch.object(RowProgram, "fold", _lossy_fold), _scaled),
    RowFault("derivative of row_sum times 1.001",
             _derivative("add", lambda g, out, v: (g * 1.001,)), _total),
    RowFault("every element gets the gradient of the largest",
             _derivative("maximum", lambda g, out, v: (g,)), _largest),
    RowFault("each of several largest gets the whole gradient",
             _derivative("maximum", lambda g, out, v: (where(v == out, g, 0.0),)), _largest),
)  # fmt: skip
