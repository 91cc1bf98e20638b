"""Adding into places, the reverse of indexing; on plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.devices import namespace_of
from lucid.autograd.variable import Array

__all__ = ["add_at", "along_axis", "is_basic"]

#: Integers that a GPU adds in one indivisible step.
_ATOMIC = (np.int32, np.uint32, np.uint64)


def is_basic(key: Any) -> bool:
    """Whether an index takes every element at most once: slices, integers, masks."""
    parts = key if isinstance(key, tuple) else (key,)
    arrays = [part for part in parts if getattr(part, "ndim", 0)]
    return not arrays or (len(parts) == 1 and arrays[0].dtype.kind == "b")


def add_at(target: Array, key: Any, values: Array) -> None:
    """Add `values` to ``target[key]``, again for each time that the index names a place."""
    if is_basic(key):
        target[key] += values
    elif type(target) is not np.ndarray:
        _add_on_device(target, key, values)
    elif isinstance(key, np.ndarray) and key.dtype.kind in "iu" and target.ndim > 1:
        _add_rows(target, key.ravel(), values.reshape(key.size, *target.shape[1:]))
    else:
        np.add.at(target, key, values)


def _add_on_device(target: Any, key: Any, values: Any) -> None:
    """Add by atomic additions, which a GPU has for some dtypes alone."""
    if target.dtype.kind in "iub" and target.dtype not in _ATOMIC:
        # Sums of integers wrap around, so the low bits of a wider sum are the sum.
        wide = target.astype(np.int64).view(np.uint64)
        np.add.at(wide, key, values.astype(np.int64).view(np.uint64))
        target[...] = wide.view(np.int64)
    else:
        np.add.at(target, key, values)


def _add_rows(target: Array, rows: Array, values: Array) -> None:
    """Add whole rows: sorted by their place, each place is one sum over neighbours.

    ``np.add.at`` goes element by element, which is ten times as slow for rows.
    """
    if not rows.size:
        return
    rows = np.where(rows < 0, rows + target.shape[0], rows)
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    target[ordered[starts]] += np.add.reduceat(values[order], starts, axis=0)


def along_axis(indices: Array, axis: int) -> tuple[Array, ...]:
    """Build the index that takes `indices` along an axis, and each element's place elsewhere."""
    arange = namespace_of(indices).arange
    key = []
    for a, length in enumerate(indices.shape):
        if a == axis:
            key.append(indices)
        else:
            shape = [1] * indices.ndim
            shape[a] = length
            key.append(arange(length).reshape(shape))
    return tuple(key)
