"""The suite ``busy``: parallel kernels beside programs that occupy every core."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial

import numpy as np

from lucid.bench.case import Case, Input, Line, draw
from lucid.bench.clock import Call, Pace, take_turns
from lucid.bench.fused import fused
from lucid.bench.sides import Side
from lucid.bench.summary import size_name

__all__ = ["BUSY", "IDLE", "SIZES", "burners", "busy"]

SIZES = (30 << 10, 100 << 10, 1 << 20)
IDLE, BUSY = "idle", "busy"
#: Formulas of the suite ``fused`` that are measured besides exp.
CHOSEN = ("gru_gates",)
#: Programs that take turns with others run for some milliseconds, or wait as long: medians want
#: more batches than elsewhere.
ROUNDS = 3
#: A burner ends by itself when the process that started it is gone, and after so many seconds.
LONGEST = 900
BURNER = f"""
import os, time
parent, end = os.getppid(), time.monotonic() + {LONGEST}
while os.getppid() == parent and time.monotonic() < end:
    for _ in range(1_000_000):
        pass
"""


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def burners(count: int = 0) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Keep every core busy with another program; ``count`` of them, 0 for one on each core."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        while len(started) < (count or _cores()):
            started.append(subprocess.Popen([sys.executable, "-c", BURNER]))
        time.sleep(0.3)  # until they have started
        yield started
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.wait()


def _cases() -> list[Case]:
    exp = Case("exp", (Input(),), lambda side: side.find("exp"))
    return [exp, *(case for case in fused() if case.name in CHOSEN)]


def _calls(case: Case, size: int, sides: Sequence[Side]) -> dict[str, Call]:
    """Return the call of every side; ``cpu`` is ours on one thread."""
    arrays = draw(case, size, np.dtype(np.float32))
    calls: dict[str, Call] = {}
    for side in sides:
        made = case.make(side)
        if made is None:
            continue
        function = side.prepare(made)
        # Both of ours name their target, so that both calls cost the same.
        wanted = {"lucid": "parallel", "cpu": "cpu"} if side.name == "lucid" else {side.name: ""}
        for name, target in wanted.items():
            called = partial(function, target=target) if target else function
            calls[name] = side.forward(called, side.load(arrays, [False] * len(arrays)))
    return calls


def busy(sides: Sequence[Side], pace: Pace, tell: Callable[[Line], None]) -> list[Line]:
    """Measure the target ``parallel`` against ``cpu`` and the peers, on idle and on busy cores.

    All calls are made one after the other without rest, as in a program that computes: a thread
    that has slept would be given its core at once.
    """
    restless = Pace(ROUNDS * pace.rounds, pace.batch, pace.budget, settle=0.0)
    lines = []
    for case in _cases():
        for size in SIZES:
            calls = _calls(case, size, sides)
            for mode in (IDLE, BUSY):
                name = f"{case.name}, {size_name(size)}, {mode}"
                line = Line("busy", name, mode, size, "float32")
                with burners() if mode == BUSY else nullcontext():
                    line.seconds, line.quickest = take_turns(calls, restless)
                lines.append(line)
                tell(line)
    return lines
