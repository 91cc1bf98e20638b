"""From broadcast, strided operands to loops that a flat kernel can run.

A kernel runs over elements that lie side by side (layout ``c``) or over one element for all
(layout ``0``). Here the axes of an operation are merged as far as the strides allow; the last one
becomes the kernel's loop and the others are stepped through by the launcher. An operand that fits
neither layout is copied: a copy is a plain loop, cheaper than scalar code around a function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Loops", "arrange", "compact", "memory_order", "merge"]

#: Below this length of the innermost loop the calls of the kernel cost more than a copy.
_SHORT = 32


@dataclass(frozen=True)
class Loops:
    """What the launcher steps through.

    Attributes
    ----------
    arrays
        The operands; ones that did not fit are copies.
    layout
        One letter an operand.
    shape
        The outer axes.
    strides
        For each operand its byte strides along the outer axes.
    inner
        The length of the kernel's loop.
    """

    arrays: tuple[np.ndarray, ...]
    layout: str
    shape: tuple[int, ...]
    strides: tuple[tuple[int, ...], ...]
    inner: int


def merge(
    shape: Sequence[int], strides: Sequence[Sequence[int]]
) -> tuple[list[int], list[list[int]]]:
    """Drop axes of length one and join neighbouring axes that all operands step through evenly."""
    extents: list[int] = []
    steps: list[list[int]] = [[] for _ in strides]
    for axis, extent in enumerate(shape):
        if extent == 1:
            continue
        current = [stride[axis] for stride in strides]
        if extents and all(
            step[-1] == now * extent for step, now in zip(steps, current, strict=True)
        ):
            extents[-1] *= extent
            for step, now in zip(steps, current, strict=True):
                step[-1] = now
        else:
            extents.append(extent)
            for step, now in zip(steps, current, strict=True):
                step.append(now)
    return extents, steps


def _letter(stride: int, itemsize: int) -> str | None:
    return "c" if stride == itemsize else ("0" if stride == 0 else None)


def arrange(arrays: Sequence[np.ndarray], outputs: int) -> Loops:
    """Return the loops over ``arrays``, the last ``outputs`` of which are written to.

    All are broadcast to one shape, which is not empty. The outputs have unit stride along the
    last axis.
    """
    arrays = list(arrays)
    shape = arrays[-1].shape
    for attempt in range(2):
        extents, steps = merge(shape, [array.strides for array in arrays])
        inner = extents[-1] if extents else 1
        outer = int(np.prod(extents[:-1], dtype=np.int64)) if extents else 1
        letters = [
            _letter(step[-1], array.itemsize) if step else "c"
            for step, array in zip(steps, arrays, strict=True)
        ]
        wasteful = inner < _SHORT and outer > 1 and attempt == 0
        if not wasteful and None not in letters:
            break
        for k in range(len(arrays) - outputs):
            if wasteful or letters[k] is None:
                arrays[k] = compact(arrays[k], materialise=wasteful)
    return Loops(
        tuple(arrays),
        "".join(letter or "c" for letter in letters),
        tuple(extents[:-1]),
        tuple(tuple(step[:-1]) for step in steps),
        inner,
    )


def compact(array: np.ndarray, *, materialise: bool) -> np.ndarray:
    """Return a copy in C order; axes of stride zero stay broadcast unless ``materialise``."""
    if materialise:
        return np.ascontiguousarray(array)
    index = tuple(slice(0, 1) if stride == 0 else slice(None) for stride in array.strides)
    return np.broadcast_to(np.ascontiguousarray(array[index]), array.shape)


def memory_order(operands: Sequence[np.ndarray], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the order of the axes in which the first full operand lies in memory."""
    identity = tuple(range(len(shape)))
    for array in operands:
        if array.shape == shape and not array.flags.c_contiguous:
            strides = array.strides
            return tuple(sorted(identity, key=lambda axis: -abs(strides[axis])))
        if array.shape == shape:
            break
    return identity
