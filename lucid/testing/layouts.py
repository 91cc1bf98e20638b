"""The same numbers in other places: every way in which an array may lie in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["layouts"]

_Arrays = tuple[np.ndarray, ...]


def _strided(array: np.ndarray) -> np.ndarray:
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def _reversed(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array[..., ::-1])[..., ::-1]


def _unaligned(array: np.ndarray) -> np.ndarray:
    raw = np.zeros(array.nbytes + 1, np.uint8)
    view = raw[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


def _read_only(array: np.ndarray) -> np.ndarray:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def layouts(arrays: Sequence[np.ndarray]) -> Iterator[tuple[str, _Arrays, _Arrays]]:
    """Give names of layouts, arrays in that layout, and the same numbers in C order.

    Parameters
    ----------
    arrays
        One-dimensional arrays of 24 elements or more.
    """
    square: list[np.ndarray] = [np.ascontiguousarray(a[:24].reshape(4, 6)) for a in arrays]

    def alike(name: str, moved: Any) -> tuple[str, _Arrays, _Arrays]:
        return name, tuple(map(moved, square)), tuple(square)

    yield alike("Fortran order", np.asfortranarray)
    yield alike("every other element", _strided)
    yield alike("negative strides", _reversed)
    yield alike("read-only", _read_only)
    yield alike("not aligned", _unaligned)
    yield "one element", tuple(a[:1] for a in arrays), tuple(a[:1].copy() for a in arrays)
    yield "no elements", tuple(a[:0] for a in arrays), tuple(a[:0].copy() for a in arrays)
    scalars = tuple(np.asarray(a[3]) for a in arrays)
    yield "no dimensions", scalars, tuple(a.copy() for a in scalars)
    mixed = tuple(_strided(a) if i % 2 else np.asfortranarray(a) for i, a in enumerate(square))
    yield "mixed layouts", mixed, tuple(square)
    if len(square) > 1:
        for turn in range(len(square)):
            shapes = [np.s_[:, :1], np.s_[:1, :], np.s_[:1, :1]]
            cut = tuple(a if i == turn else a[shapes[(i + turn) % 3]] for i, a in enumerate(square))
            full = tuple(np.ascontiguousarray(np.broadcast_to(a, (4, 6))) for a in cut)
            yield f"broadcast against {turn}", cut, full
