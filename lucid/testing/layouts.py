"""The same numbers in other places: every way in which an array may lie in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["layouts"]

#: Of NumPy, or on a GPU: there are methods here that both have.
_Arrays = tuple[Any, ...]


def _fortran(array: Any) -> Any:
    return array.T.copy().T


def _strided(array: Any) -> Any:
    return array.repeat(2, -1)[..., ::2]


def _reversed(array: Any) -> Any:
    return array[..., ::-1].copy()[..., ::-1]


def _unaligned(array: np.ndarray) -> np.ndarray:
    raw = np.zeros(array.nbytes + 1, np.uint8)
    view = raw[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


def _read_only(array: np.ndarray) -> np.ndarray:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def layouts(arrays: Sequence[Any]) -> Iterator[tuple[str, _Arrays, _Arrays]]:
    """Give names of layouts, arrays in that layout, and the same numbers in C order.

    Parameters
    ----------
    arrays
        One-dimensional arrays of 24 elements or more, of the CPU or of a GPU.
    """
    square: list[Any] = [a[:24].reshape(4, 6) for a in arrays]

    def alike(name: str, moved: Any) -> tuple[str, _Arrays, _Arrays]:
        return name, tuple(map(moved, square)), tuple(square)

    yield alike("Fortran order", _fortran)
    yield alike("every other element", _strided)
    yield alike("negative strides", _reversed)
    if all(isinstance(array, np.ndarray) for array in square):  # a GPU's arrays are neither
        yield alike("read-only", _read_only)
        yield alike("not aligned", _unaligned)
    yield "one element", tuple(a[:1] for a in arrays), tuple(a[:1].copy() for a in arrays)
    yield "no elements", tuple(a[:0] for a in arrays), tuple(a[:0].copy() for a in arrays)
    scalars = tuple(a[3:4].reshape(()) for a in arrays)
    yield "no dimensions", scalars, tuple(a.copy() for a in scalars)
    mixed = tuple(_strided(a) if i % 2 else _fortran(a) for i, a in enumerate(square))
    yield "mixed layouts", mixed, tuple(square)
    if len(square) > 1:
        for turn in range(len(square)):
            shapes = [np.s_[:, :1], np.s_[:1, :], np.s_[:1, :1]]
            cut = tuple(a if i == turn else a[shapes[(i + turn) % 3]] for i, a in enumerate(square))
            full = tuple(np.broadcast_to(a, (4, 6)).copy() for a in cut)
            yield f"broadcast against {turn}", cut, full
