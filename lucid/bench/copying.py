"""Copying memory: what operations that are bound by memory are held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import pairwise

import numpy as np

from lucid.bench.clock import Call, Pace, take_turns
from lucid.kernels import positive

__all__ = ["copy_bandwidth", "copy_calls", "copy_seconds"]

#: Copies in a row, so that starting the threads counts for little.
APART = 20
#: Calls that copy `APART` times.
OFTEN = "copy, NumPy on all threads"
#: All of them, for who looks up their times.
WAYS = ("copy, NumPy on one thread", OFTEN, "copy, Lucid")


def _copy_often(part: tuple[np.ndarray, np.ndarray]) -> None:
    for _ in range(APART):
        np.copyto(*part)


@contextmanager
def copy_calls(nbytes: int, threads: int) -> Iterator[dict[str, Call]]:
    """Give the ways to copy ``nbytes`` bytes, for `take_turns`.

    NumPy on one thread; on all threads, each of which copies its part `APART` times without
    waiting for anybody; and Lucid, whose threads meet after each copy, with an output that it
    allocates, as each of its operations does. Where many megabytes are copied, Lucid writes past
    the caches and is the fastest, otherwise one or the other.
    """
    size = max(1, nbytes // 4)
    source, goal = np.ones(size, np.float32), np.ones(size, np.float32)
    cuts = np.linspace(0, size, threads + 1).astype(int)
    parts = [(goal[a:b], source[a:b]) for a, b in pairwise(cuts)]
    with ThreadPoolExecutor(threads) as pool:
        calls: tuple[Call, ...] = (
            partial(np.copyto, goal, source),
            lambda: list(pool.map(_copy_often, parts)),
            partial(positive, source),
        )
        yield dict(zip(WAYS, calls, strict=True))


def copy_seconds(medians: Mapping[str, float]) -> float:
    """Return the seconds of the fastest way, from the times of all ways."""
    return min(medians[way] / (APART if way == OFTEN else 1) for way in WAYS)


def copy_bandwidth(size: int, dtype: np.dtype, threads: int, pace: Pace) -> float:
    """Return bytes a second, read and written, of the fastest way to copy ``size`` elements."""
    nbytes = size * dtype.itemsize
    with copy_calls(nbytes, threads) as calls:
        medians, _ = take_turns(calls, pace)
    return 2 * nbytes / copy_seconds(medians)
