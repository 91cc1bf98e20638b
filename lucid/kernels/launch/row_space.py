"""From shapes and strides to blocks of whole rows, for kernels that go over each row several times.

The leading axes of an operation are merged into one axis of rows. Rows are grouped into blocks.
How depends on the shape alone and never on the number of threads, so that results do not either.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from lucid.kernels.codegen.framed import Result
from lucid.kernels.codegen.passes import FRAME, RowKernel
from lucid.kernels.launch.prepared import Finisher, Prepared
from lucid.kernels.launch.signature import Signature
from lucid.kernels.launch.totals import fold_to_one

__all__ = ["Place", "lay_rows", "place_of", "prepare_rows"]

#: Elements of a block: a few microseconds of work, and its rows stay in the second-level cache.
_BLOCK = 16384
#: Rows of a block whose columns are folded, at least.
_FEWEST = 4


@dataclass(frozen=True)
class Place:
    """How the results for one output lie in memory, and what is left to be done with them.

    Attributes
    ----------
    letter
        ``c``, ``k``, ``r`` or ``s``; see `lucid.kernels.codegen.framed.Result`.
    fold
        The name of the fold.
    shape
        The shape in which the kernel's results are seen; of ``k`` and ``s`` that of one block,
        in front of which stands an axis of blocks.
    axes
        The axes of the kernel's results that are left to be folded.
    wanted
        The shape of the final result.
    """

    letter: str
    fold: str
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    wanted: tuple[int, ...]


def place_of(full: tuple[int, ...], wanted: tuple[int, ...], fold: str, *, uniform: bool) -> Place:
    """Say where the results of an operation of the shape ``full`` go.

    They are folded to the shape ``wanted``, but not along the last axis: there, they are one value
    a row already, or kept.
    """
    natural = (*full[:-1], 1) if uniform else full
    padded = (1,) * (len(natural) - len(wanted)) + wanted
    folded = [axis for axis, (n, w) in enumerate(zip(natural, padded, strict=True)) if n != w]
    if not folded:
        return Place("r" if uniform else "c", fold, natural, (), wanted)
    if any(n != 1 and axis not in folded for axis, n in enumerate(natural[:-1])):
        # Some of the leading axes are kept: those that go are folded in the end.
        return Place("r" if uniform else "c", fold, natural, tuple(folded), wanted)
    return Place("s" if uniform else "k", fold, () if uniform else natural[-1:], (0,), wanted)


def lay_rows(
    arrays: Sequence[np.ndarray], leading: tuple[int, ...]
) -> tuple[list[np.ndarray], str, list[int]]:
    """Return operands with one stride from row to row, their letters, and these strides.

    Operands that have none, or whose elements do not lie side by side, are copied.
    """
    laid, letters, steps = [], "", []
    for array in arrays:
        view = np.broadcast_to(array, (*leading, array.shape[-1] if array.ndim else 1))
        step = _row_step(view)
        column = view.strides[-1]
        letter = "0" if view.shape[-1] == 1 else {view.itemsize: "c", 0: "0"}.get(column, "")
        if step is None or not letter or step % view.itemsize:
            array = view = np.ascontiguousarray(view)
            step, letter = view.shape[-1] * view.itemsize, "0" if view.shape[-1] == 1 else "c"
        laid.append(array)
        letters += letter
        steps.append(step)
    return laid, letters, steps


def _row_step(view: np.ndarray) -> int | None:
    """Return the bytes from one row to the next, None if they are not always the same."""
    step, extent = 0, 1
    for length, stride in zip(view.shape[-2::-1], view.strides[-2::-1], strict=True):
        if length == 1:
            continue
        if extent == 1:
            step = stride
        elif stride != step * extent:
            return None
        extent *= length
    return step


@dataclass(frozen=True)
class Grouping:
    """Rows, and how many of them a block has."""

    rows: int
    columns: int
    group: int
    blocks: int

    @classmethod
    def of(cls, shape: tuple[int, ...], *, columns_folded: bool) -> Grouping:
        """Group the rows of a shape, which is not empty."""
        rows, columns = math.prod(shape[:-1]), shape[-1]
        group = max(1, _BLOCK // columns)
        if columns_folded:
            # Each block leaves a total for each column.
            group = max(group, _FEWEST)
        group = min(group, rows)
        return cls(rows, columns, group, -(-rows // group))


def prepare_rows(
    signature: Signature,
    grouping: Grouping,
    places: Sequence[Place],
    kernel: RowKernel,
    plan: Any,
    results: Sequence[Result],
    steps: Sequence[int],
) -> Prepared:
    """Return how to launch a row kernel for inputs of certain strides from row to row."""
    from lucid.kernels.targets import native

    rows, columns = grouping.rows, grouping.columns
    group, blocks = grouping.group, grouping.blocks
    made: list[tuple[tuple[int, ...], np.dtype]] = []
    finishers: list[Finisher | None] = []
    inputs = kernel.operands[1 : 1 + len(steps)]
    words = [step // dtype.itemsize for step, dtype in zip(steps, inputs, strict=True)]
    strides = [[step * group] for step in steps]
    for place, result in zip(places, results, strict=True):
        if result.partial:
            of_blocks = (blocks, *place.shape) if place.letter in "ks" else place.shape
            made.append((of_blocks, result.memory))
            finishers.append(partial(_finished, place=place, dtype=result.dtype))
        else:
            made.append((place.wanted, result.memory))
            finishers.append(None)
        words.append(columns if place.letter == "c" else 1)
        size = {"c": group * columns, "k": columns, "r": group, "s": 1}[place.letter]
        strides.append([size * result.memory.itemsize])
    for dtype in kernel.scratch:
        made.append(((blocks, columns), dtype))
        strides.append([columns * dtype.itemsize])
    frames = np.empty((blocks, FRAME + len(words)), np.int64)
    frames[:] = [group, columns, *words]
    frames[-1, 0] = rows - group * (blocks - 1)
    strides.insert(0, [frames.strides[0]])
    geometry = native.geometry([blocks], group * columns, strides, whole=True)
    return Prepared(signature, plan, geometry, frames, made, finishers)


def _finished(array: np.ndarray, place: Place, dtype: np.dtype) -> np.ndarray:
    """Fold what is left to be folded."""
    if place.letter == "s":
        return fold_to_one(array, place.fold, dtype).reshape(place.wanted)
    with np.errstate(all="ignore"):
        if place.axes:
            array = getattr(np, place.fold).reduce(array, axis=place.axes, dtype=array.dtype)
        return np.asarray(array, dtype).reshape(place.wanted)
