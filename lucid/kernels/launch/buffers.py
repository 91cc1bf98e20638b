"""Output arrays, and the memory that freed ones leave behind.

Memory that comes fresh from the operating system costs a page fault for every four kilobytes that
are written first: ten times the kernel that writes them. So large arrays get their memory from
`lucid.kernels.targets.heap`, where it goes back to when the array dies, and the next output of
about that size takes it over. Views and slices keep the array alive, so nothing has to be counted.
"""

from math import prod
from typing import Any

import numpy as np

from lucid.kernels.targets import layout
from lucid.kernels.targets.handler import SMALLEST, WORDS, capsule, release, set_handler

__all__ = ["SMALLEST", "empty", "empty_cache", "memory_stats"]


def empty(shape: tuple[int, ...], dtype: "np.dtype[Any]") -> "np.ndarray[Any, Any]":
    """Return an array in C order whose elements are not set to anything.

    From 256 KiB on the memory is aligned to 64 bytes and may have been that of an array that is
    gone.

    Parameters
    ----------
    shape : tuple of int
        The shape.
    dtype : numpy.dtype
        The dtype; an instance, not a name.

    Raises
    ------
    MemoryError
        If there is not enough memory, not even without the kept blocks.

    Examples
    --------
    >>> import numpy as np
    >>> empty((2, 3), np.dtype(np.float32)).shape
    (2, 3)
    """
    if prod(shape) * dtype.itemsize < SMALLEST or dtype.hasobject:
        return np.empty(shape, dtype)
    change = set_handler()
    before = change(capsule())
    try:
        return np.empty(shape, dtype)
    finally:
        change(before)


def memory_stats() -> dict[str, int]:
    """Return what is known about the memory of large arrays that this library made.

    Returns
    -------
    dict of str to int
        ``in_use`` and ``kept``: bytes of blocks that arrays have, and of free ones; ``limit``: the
        most that is kept; ``fresh`` and ``reused``: how often a block was allocated, and how often
        one was taken over.

    Examples
    --------
    >>> sorted(memory_stats())
    ['fresh', 'in_use', 'kept', 'limit', 'reused']
    """
    places = {
        "in_use": layout.HEAP_IN_USE,
        "kept": layout.HEAP_KEPT,
        "limit": layout.HEAP_LIMIT,
        "fresh": layout.HEAP_FRESH,
        "reused": layout.HEAP_REUSED,
    }
    return {name: int(WORDS[place // 8]) for name, place in places.items()}


def empty_cache() -> None:
    """Give the memory of freed arrays that is kept for later back to the operating system.

    Examples
    --------
    >>> empty_cache()
    >>> memory_stats()["kept"]
    0
    """
    if WORDS[layout.HEAP_KEPT // 8]:
        release()
