"""Times on a GPU, taken by the GPU itself, and the bandwidth that a copy reaches there."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lucid.bench.clock import Pace
from lucid.kernels.targets.cuda import array_module, simulated

__all__ = ["gpu_bandwidth", "gpu_pace", "seconds_on_gpu"]

Call = Callable[[], Any]
#: Seconds that the calls between two marks take at least: a mark is good to half a microsecond.
_LEAST = 1e-3
#: Most calls between two marks.
_MOST = 1000


def seconds_on_gpu(call: Call, rounds: int = 7) -> float:
    """Return the median time of a call in the GPU's own stream.

    Marks in the stream (CUDA events) are timed, not the host, which is only to be quick enough
    with its launches. In the simulator it is the host after all.

    Parameters
    ----------
    call
        Launches kernels; it need not wait for them.
    rounds
        How often a batch of calls is timed.
    """
    call()
    once = _between(call, 1)
    count = max(1, min(_MOST, round(_LEAST / max(once, 1e-7))))
    return statistics.median(_between(call, count) for _ in range(rounds))


def _between(call: Call, count: int) -> float:
    cuda = array_module().cuda
    if simulated():
        start = time.perf_counter()
        for _ in range(count):
            call()
        return (time.perf_counter() - start) / count
    first, last = cuda.Event(), cuda.Event()
    first.record()
    for _ in range(count):
        call()
    last.record()
    last.synchronize()
    milliseconds: float = cuda.get_elapsed_time(first, last)
    return milliseconds / 1000 / count


def gpu_bandwidth(nbytes: int) -> float:
    """Return bytes a second, read and written, of a copy of so many bytes on the GPU."""
    module = array_module()
    source, goal = module.zeros(nbytes, np.uint8), module.zeros(nbytes, np.uint8)
    return 2 * nbytes / seconds_on_gpu(lambda: module.copyto(goal, source))


def gpu_pace(pace: Pace) -> Pace:
    """Return the pace for calls that only launch: batches end with a wait for the GPU.

    They are longer, so that the waits (ten microseconds each) do not count.
    """
    batch = pace.batch and max(pace.batch, 5e-3)
    finish = array_module().cuda.Device().synchronize
    return Pace(pace.rounds, batch, pace.budget, 0.0, finish)
