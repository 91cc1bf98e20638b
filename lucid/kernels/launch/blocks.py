"""From broadcast, strided operands and folded axes to blocks of rows and columns.

The axes of an operation are merged as far as the strides allow and the same outputs fold them. The
last two become the rows and columns of the folding kernel, the others are stepped through by the
launcher. Large blocks are cut. Where, depends on the shape alone and never on the number of
threads, so that results do not either.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lucid.kernels.codegen.rows import FRAME
from lucid.kernels.launch.geometry import compact

__all__ = ["Blocks", "Output", "cut"]

#: Elements of a block: a few microseconds of work.
_BLOCK = 65536
#: At most about so many blocks are cut along an axis: their results are folded in the end.
_MOST_BLOCKS = 256
#: Columns whose totals stay in a near cache while rows are added to them ...
_TOTALS = 8192
#: ... at least so many rows, or the totals of the blocks would be work of their own.
_ROWS = 128
#: Rows that are shorter than this are taken several at a time where only their columns matter...
_NARROW = 64
#: ... if there are so many elements that it pays ...
_MANY = 32768
#: ... and come to about so many elements together.
_TOGETHER = 256


@dataclass(frozen=True)
class Output:
    """How the kernel's results for one output lie in memory, and what is left to be folded.

    Attributes
    ----------
    place
        The letter of `lucid.kernels.codegen.framed.Result`.
    shape
        The shape of the kernel's results, in C order.
    axes
        The axes of that shape that are left to be folded.
    group
        So many rows were taken together: the last axis holds a result for each of them.
    strides
        Elements from one result to the next along the axes of `Blocks.shape`.
    step
        Elements from one row's result to the next.
    """

    place: str
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    group: int
    strides: tuple[int, ...]
    step: int

    @property
    def final(self) -> bool:
        """Whether nothing is left to be folded."""
        return not self.axes and self.group == 1


@dataclass(frozen=True)
class Blocks:
    """What the launcher steps through.

    Attributes
    ----------
    arrays
        The input operands; ones that did not fit are copies.
    layout
        One letter an input operand.
    outputs
        One for each output.
    frames
        The extents of each block and the strides in it, see `lucid.kernels.codegen.rows`.
    shape
        The axes outside of a block; the last two count the blocks, along rows and columns.
    strides
        For the frames and each input its byte strides along these axes.
    inner
        The most elements of a block.
    """

    arrays: tuple[np.ndarray, ...]
    layout: str
    outputs: tuple[Output, ...]
    frames: np.ndarray
    shape: tuple[int, ...]
    strides: tuple[tuple[int, ...], ...]
    inner: int


class _Axes:
    """The merged axes: extents, byte strides of the inputs, and which outputs keep them."""

    def __init__(
        self,
        shape: Sequence[int],
        arrays: Sequence[np.ndarray],
        kept: Sequence[Sequence[bool]],
    ) -> None:
        self.extents: list[int] = []
        self.strides: list[list[int]] = []
        self.kept: list[list[bool]] = []
        for axis, extent in enumerate(shape):
            if extent == 1:
                continue
            strides = [array.strides[axis] for array in arrays]
            keeps = [keep[axis] for keep in kept]
            if (
                self.extents
                and keeps == self.kept[-1]
                and all(a == b * extent for a, b in zip(self.strides[-1], strides, strict=True))
            ):
                self.extents[-1] *= extent
                self.strides[-1] = strides
            else:
                self.extents.append(extent)
                self.strides.append(strides)
                self.kept.append(keeps)
        # There are always rows and columns.
        while len(self.extents) < 2:
            self.extents.insert(0, 1)
            self.strides.insert(0, [0] * len(arrays))
            self.kept.insert(0, [True] * len(kept))
        self.places = [
            {(True, True): "c", (True, False): "r", (False, True): "k"}.get(pair, "s")
            for pair in zip(self.kept[-2], self.kept[-1], strict=True)
        ]

    def letters(self, arrays: Sequence[np.ndarray]) -> list[str | None]:
        """Return how each input lies along a row; None if it must be copied.

        That goes for elements that lie apart: to gather them into vectors takes twice as long as
        to copy them, which is one pass over the array whatever is computed of it.
        """
        found: list[str | None] = []
        for array, row, column in zip(arrays, self.strides[-2], self.strides[-1], strict=True):
            size = array.itemsize
            # A row of a single element has any stride.
            letter = "c" if self.extents[-1] == 1 else {0: "0", size: "c"}.get(column)
            found.append(letter if row % size == 0 else None)
        return found

    def together(self, arrays: Sequence[np.ndarray], letters: Sequence[str | None]) -> int:
        """Return how many rows to take as one.

        Adding a row to totals in memory has to wait for the row before, however short it is.
        """
        rows, columns = self.extents[-2:]
        group = min(_TOGETHER // columns, rows)
        even = all(
            letter == "c" and stride == columns * array.itemsize
            for array, letter, stride in zip(arrays, letters, self.strides[-2], strict=True)
        )
        useful = "k" in self.places and "r" not in self.places
        useful = useful and columns < _NARROW and rows * columns >= _MANY
        return group if useful and even and group > 1 else 1


def cut(
    shape: tuple[int, ...], arrays: Sequence[np.ndarray], kept: Sequence[Sequence[bool]]
) -> Blocks:
    """Return the blocks of an operation.

    Parameters
    ----------
    shape
        The shape of the operation, not empty.
    arrays
        The inputs, broadcast to that shape.
    kept
        For each output which axes it keeps.
    """
    arrays = _forwards(arrays, kept)
    axes = _Axes(shape, arrays, kept)
    letters = axes.letters(arrays)
    if None in letters:
        arrays = [
            compact(array, materialise=False) if letter is None else array
            for array, letter in zip(arrays, letters, strict=True)
        ]
        axes = _Axes(shape, arrays, kept)
        letters = axes.letters(arrays)
    group = axes.together(arrays, letters)
    *outer, rows, columns = axes.extents
    lines, width = -(-rows // group), columns * group
    high, wide = _extents(lines, width, "k" in axes.places)
    grid = (-(-lines // high), -(-width // wide))
    *stepped, down, _ = axes.strides
    strides = [
        (
            *(stride[k] for stride in stepped),
            down[k] * group * high,
            wide * array.itemsize if letter == "c" else 0,
        )
        for k, (array, letter) in enumerate(zip(arrays, letters, strict=True))
    ]
    outputs = [
        _output(
            place,
            tuple(outer),
            [keep[k] for keep in axes.kept[:-2]],
            rows,
            columns,
            group,
            (high, wide),
            grid,
        )
        for k, place in enumerate(axes.places)
    ]
    frames = np.empty((*grid, FRAME + len(arrays) + len(outputs)), np.int64)
    frames[..., 0] = np.minimum(high, lines - high * np.arange(grid[0]))[:, None]
    frames[..., 1] = np.minimum(wide, width - wide * np.arange(grid[1]))
    frames[..., 2] = frames[..., 1]
    if group > 1:
        frames[-1, :, 2] = (rows - (lines - 1) * group) * columns
    steps = [stride * group // array.itemsize for stride, array in zip(down, arrays, strict=True)]
    frames[..., FRAME:] = steps + [output.step for output in outputs]
    step = (*(0 for _ in outer), *frames.strides[:2])
    return Blocks(
        tuple(arrays),
        "".join(letter or "c" for letter in letters),
        tuple(outputs),
        frames,
        (*outer, *grid),
        (step, *strides),
        high * wide,
    )


def _forwards(arrays: Sequence[np.ndarray], kept: Sequence[Sequence[bool]]) -> list[np.ndarray]:
    """Return the inputs with the folded axes turned around along which all of them go backwards."""
    turned = [
        not any(keep[axis] for keep in kept) and max(steps) <= 0 and min(steps) < 0
        for axis, steps in enumerate(zip(*[array.strides for array in arrays], strict=True))
    ]
    if True not in turned:
        return list(arrays)
    index = tuple([slice(None, None, -1 if turn else 1) for turn in turned])
    return [array[index] for array in arrays]


def _extents(rows: int, columns: int, totals: bool) -> tuple[int, int]:
    """Return the rows and columns of a block; `totals` says whether some are kept in memory."""
    block = max(_BLOCK, rows * columns // _MOST_BLOCKS)
    limit = _TOTALS if totals else block
    wide = columns if columns <= 2 * limit else limit
    if totals:
        alone = rows * wide <= 4 * block
        return rows if alone else min(rows, max(_ROWS, block // wide)), wide
    return rows if rows * wide <= 2 * block else max(1, block // wide), wide


def _output(
    place: str,
    outer: tuple[int, ...],
    kept: Sequence[bool],
    rows: int,
    columns: int,
    group: int,
    block: tuple[int, int],
    grid: tuple[int, int],
) -> Output:
    """Return where the results of one output lie."""
    high, wide = block
    down, along = grid
    width = columns * group
    inner, strides, step = {
        "c": ((rows, columns), (high * width, wide), width),
        "r": ((rows, along), (high * along, 1), along),
        "k": ((down, width), (width, wide), 0),
        "s": ((down, along), (along, 1), 0),
    }[place]
    # Which of the last two axes count blocks.
    counted = {"c": (False, False), "r": (False, True), "k": (True, False), "s": (True, True)}
    left = [not keep for keep in kept] + [
        counts and extent > 1 for counts, extent in zip(counted[place], inner, strict=True)
    ]
    size = math.prod(inner)
    around = [size * math.prod(outer[axis + 1 :]) for axis in range(len(outer))]
    return Output(
        place,
        (*outer, *inner),
        tuple([axis for axis, fold in enumerate(left) if fold]),
        group if place == "k" else 1,
        (*around, *strides),
        step,
    )
