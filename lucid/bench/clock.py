"""Times of calls that take turns, so that all of them see the same machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Call", "Pace", "take_turns"]

Call = Callable[[], Any]
#: Seconds after which a batch ends early.
LONGEST = 0.05


class Pace:
    """How long and how often is measured.

    Parameters
    ----------
    rounds
        Batches of each side; the figures are medians over them.
    batch
        Seconds that a batch takes at least; it repeats quick calls.
    budget
        Seconds after which no further round begins, if three are done.
    settle
        Seconds of rest before each batch. The threads of some libraries go on spinning for
        milliseconds after their work, and would take the processor from whoever is next.
    finish
        Is called before the end of a batch is taken, to wait for a GPU.
    """

    def __init__(
        self,
        rounds: int = 15,
        batch: float = 1e-3,
        budget: float = 4.0,
        settle: float = 0.012,
        finish: Call | None = None,
    ) -> None:
        self.rounds = rounds
        self.batch = batch
        self.budget = budget
        self.settle = settle
        self.finish: Call = finish or (lambda: None)


def take_turns(calls: Mapping[str, Call], pace: Pace) -> tuple[dict[str, float], dict[str, float]]:
    """Time the calls in turns.

    Returns
    -------
    medians, quickest : dict of str to float
        Seconds of one call of each.
    """
    repeats = {name: _repeats(call, pace) for name, call in calls.items()}
    found: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    end = time.perf_counter() + pace.budget
    for turn in range(pace.rounds):
        if turn >= 3 and time.perf_counter() > end:
            break
        # Nobody is always the one who comes after a certain other.
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            call, count = calls[name], repeats[name]
            if pace.settle:
                time.sleep(pace.settle)
            call()  # wakes threads and caches
            pace.finish()
            found[name].append(_timed(call, count, pace.finish))
    medians = {name: statistics.median(times) for name, times in found.items()}
    return medians, {name: min(times) for name, times in found.items()}


def _timed(call: Call, count: int, finish: Call) -> float:
    """Return seconds a call over ``count`` of them; fewer where they turn out to be slow.

    On a busy machine a parallel call can take a thousand times as long as it took before.
    """
    part = -(-count // 8)
    done = 0
    start = time.perf_counter()
    while done < count:
        for _ in range(part):
            call()
        done += part
        finish()
        elapsed = time.perf_counter() - start
        if elapsed > LONGEST:
            break
    return elapsed / done


def _repeats(call: Call, pace: Pace) -> int:
    call()
    pace.finish()
    times = []
    for _ in range(3):
        start = time.perf_counter()
        call()
        pace.finish()
        times.append(time.perf_counter() - start)
    return max(1, min(1000, round(pace.batch / max(min(times), 1e-7))))
