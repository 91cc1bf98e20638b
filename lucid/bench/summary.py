"""Figures about figures: means of ratios; and sizes and times in words."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from lucid.bench.case import FORWARD, Line

__all__ = ["Mean", "Traffic", "geometric_mean", "means", "size_name", "time_name", "traffic"]

#: Operations with at most so many additions for each byte that they move are bound by memory.
LIGHT = 0.5
#: The share of the speed of copying that such an operation is to reach.
GOAL = 0.9


class Mean(NamedTuple):
    """A peer's time over ours in one suite, size and mode.

    ``ratio`` is the geometric mean over the medians, ``quickest`` that over the shortest batches,
    which other programs disturb least. By the latter, ``slower`` counts the lines in which we need
    more time than the peer, and ``least`` is the lowest ratio, that of the case ``where``.
    """

    suite: str
    size: int
    mode: str
    peer: str
    ratio: float
    quickest: float
    lines: int
    slower: int
    least: float
    where: str


class Traffic(NamedTuple):
    """How near operations that are bound by memory come to the speed of copying.

    Of ``lines`` of a suite and size, ``reached`` have `GOAL` of it or more by their medians; the
    ``least`` share is that of the case ``where``.
    """

    suite: str
    size: int
    lines: int
    reached: int
    least: float
    where: str


def traffic(lines: Sequence[Line]) -> list[Traffic]:
    """Return the figures of each suite and size, for forward lines of one kernel."""
    found = []
    for suite, size in dict.fromkeys((x.suite, x.size) for x in lines):
        shares = [
            (share, x.name)
            for x in lines
            if (x.suite, x.size, x.mode) == (suite, size, FORWARD)
            and (share := x.share) is not None
            and 0 < x.cost * x.size <= LIGHT * x.moved
        ]
        if shares:
            reached = sum(share >= GOAL for share, _ in shares)
            found.append(Traffic(suite, size, len(shares), reached, *min(shares)))
    return found


def geometric_mean(ratios: Sequence[float]) -> float:
    """Return the geometric mean; NaN of nothing.

    Examples
    --------
    >>> geometric_mean([1.0, 4.0])
    2.0
    """
    return math.exp(statistics.fmean(map(math.log, ratios))) if ratios else math.nan


def means(lines: Sequence[Line], peers: Sequence[str]) -> list[Mean]:
    """Return the means over each suite, size and mode, for each peer that has figures there."""
    found = []
    for suite, size, mode in dict.fromkeys((x.suite, x.size, x.mode) for x in lines):
        same = [x for x in lines if (x.suite, x.size, x.mode) == (suite, size, mode)]
        for peer in peers:
            ratios = [r for x in same if (r := x.ratio(peer)) is not None]
            quick = [(r, x.name) for x in same if (r := x.ratio(peer, quickest=True)) is not None]
            if not ratios:
                continue
            best = [ratio for ratio, _ in quick]
            overall = (geometric_mean(ratios), geometric_mean(best))
            slower = sum(ratio < 1 for ratio in best)
            found.append(Mean(suite, size, mode, peer, *overall, len(ratios), slower, *min(quick)))
    return found


def size_name(size: int) -> str:
    """Return a size in words.

    Examples
    --------
    >>> size_name(1 << 20), size_name(102_400), size_name(1000)
    ('1 M', '100 K', '1000')
    """
    for unit, name in ((1 << 20, "M"), (1 << 10, "K")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return str(size)


def time_name(seconds: float) -> str:
    """Return a time with three digits and its unit.

    Examples
    --------
    >>> time_name(1.5e-6), time_name(0.0421)
    ('1.50 us', '42.1 ms')
    """
    unit, name = (1.0, "s") if seconds >= 1 else (1e-3, "ms") if seconds >= 1e-3 else (1e-6, "us")
    value = seconds / unit
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f} {name}"
