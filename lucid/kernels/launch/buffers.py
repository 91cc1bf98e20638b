"""Output arrays, and the memory that freed ones leave behind.

Memory that comes fresh from the operating system costs a page fault for every four kilobytes that
are written first: ten times the kernel that writes them. So large blocks go back to a pool
when the last array that views them dies, and the next output of about that size takes one over.

A block is the base of the array that is handed out. Views and slices of the array keep their base
alive, so nothing else has to be counted.
"""

import ctypes
import os
import threading
from collections import deque
from math import prod
from typing import Any, Final, TypeAlias

import numpy as np

from lucid.kernels.targets import native

__all__ = ["empty", "empty_cache", "memory_stats"]

Memory: TypeAlias = "ctypes.Array[ctypes.c_char]"

#: Smaller arrays come from NumPy's allocator, which reuses memory of its own.
SMALLEST: Final = 256 * 1024
#: Vector loads and stores of a whole cache line.
ALIGNMENT: Final = 64
#: Sizes for each power of two: an array is at most an eighth smaller than its block.
STEPS: Final = 8


def _physical_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 8 << 30  # Windows has no sysconf; a modest machine


def _round_up(size: int) -> int:
    """Return the size of the block for `size` bytes: eight sizes for each power of two."""
    step = 1 << max(0, size.bit_length() - STEPS.bit_length())
    return -(-size // step) * step


class _Block(np.ndarray[Any, np.dtype[np.uint8]]):
    """Memory of one array. It gives the memory back when nothing views it any more.

    NumPy makes the base of a view the array furthest down that has the view's type. The memory
    under a block is an array of ctypes and not of NumPy, so that search ends at the block.
    """

    def __del__(self) -> None:
        memory: Any = self.base
        if isinstance(memory, ctypes.Array):  # not for a view that is a block by type alone
            _pool.give_back(memory)


class _Pool:
    """Free blocks by size, the last one freed on top: it may still be in the processor's cache."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.kept = 0
        self.in_use = 0
        self.fresh = 0
        self.reused = 0
        self._lock = threading.Lock()
        self._free: dict[int, list[tuple[int, Memory]]] = {}
        self._count = 0
        # A block can die anywhere, even inside of this class when the garbage collector runs.
        # Appending here is safe everywhere; whoever holds the lock next sorts it in.
        self._returned: deque[Memory] = deque()

    def renew_lock(self) -> None:
        """After a fork: a thread that held the lock is not there any more."""
        self._lock = threading.Lock()

    def take(self, size: int) -> Memory:
        """Return memory for `size` bytes, used before or fresh."""
        rounded = _round_up(size)
        with self._lock:
            self._sort_in()
            waiting = self._free.get(rounded)
            if waiting:
                self.in_use += rounded
                self.kept -= rounded
                self.reused += 1
                return waiting.pop()[1]
        try:
            memory = _allocate(rounded)
        except MemoryError:
            self.clear()
            memory = _allocate(rounded)
        with self._lock:
            self.in_use += rounded
            self.fresh += 1
        return memory

    def give_back(self, memory: Memory) -> None:
        """Keep memory for later."""
        self._returned.append(memory)
        if self._lock.acquire(blocking=False):
            try:
                self._sort_in()
            finally:
                self._lock.release()

    def clear(self) -> None:
        """Give everything that is kept back to the operating system."""
        with self._lock:
            self._sort_in()
            free, self._free = self._free, {}
            self.kept = 0
        free.clear()

    def _sort_in(self) -> None:
        while self._returned:
            try:
                memory = self._returned.popleft()
            except IndexError:  # another thread, where threads run without a common lock
                return
            size = len(memory)
            self.in_use -= size
            self._count += 1
            self._free.setdefault(size, []).append((self._count, memory))
            self.kept += size
        while self.kept > self.limit:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        size = min((s for s, blocks in self._free.items() if blocks), key=self._age)
        self._free[size].pop(0)
        self.kept -= size

    def _age(self, size: int) -> int:
        return self._free[size][0][0]


def _allocate(size: int) -> Memory:
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    part: Any = memory[start : start + size]
    return (ctypes.c_char * size).from_buffer(part)


_pool = _Pool(_physical_memory() // 8)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.renew_lock)


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
    size = prod(shape) * dtype.itemsize
    if size < SMALLEST or dtype.hasobject:
        return np.empty(shape, dtype)
    memory: Any = _pool.take(size)
    return np.ndarray(shape, dtype, _Block((len(memory),), np.uint8, memory))


def _empty_like(array: "np.ndarray[Any, Any]", dtype: "np.dtype[Any]") -> "np.ndarray[Any, Any]":
    return empty(array.shape, dtype)


native.use_allocator(_empty_like, SMALLEST)


def memory_stats() -> dict[str, int]:
    """Return what is known about the memory of large arrays that this library made.

    Returns
    -------
    dict of str to int
        ``in_use`` and ``kept``: bytes of blocks that arrays view, and of free ones; ``limit``: the
        most that is kept; ``fresh`` and ``reused``: how often a block was allocated, and how often
        one was taken over.

    Examples
    --------
    >>> sorted(memory_stats())
    ['fresh', 'in_use', 'kept', 'limit', 'reused']
    """
    with _pool._lock:
        _pool._sort_in()
        return {
            "in_use": _pool.in_use,
            "kept": _pool.kept,
            "limit": _pool.limit,
            "fresh": _pool.fresh,
            "reused": _pool.reused,
        }


def empty_cache() -> None:
    """Give the memory of freed arrays that is kept for later back to the operating system.

    Examples
    --------
    >>> empty_cache()
    >>> memory_stats()["kept"]
    0
    """
    _pool.clear()
