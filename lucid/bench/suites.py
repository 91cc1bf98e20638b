"""The suites, and the report of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import lucid
from lucid.bench.busy import busy
from lucid.bench.case import Case, Line
from lucid.bench.clock import Pace
from lucid.bench.copying import copy_bandwidth
from lucid.bench.fused import fused
from lucid.bench.gpu import gpu_bandwidth, gpu_pace
from lucid.bench.machine import busy_share, describe, describe_gpu
from lucid.bench.memory import peak_memory
from lucid.bench.operations import operations
from lucid.bench.runner import TOLERANCE, run_cases
from lucid.bench.sides import GPU_PEERS, PEERS, open_sides
from lucid.bench.startup import startup
from lucid.bench.training import training
from lucid.kernels.errors import DataError

__all__ = ["DEFAULT_PEERS", "GPU_SUITES", "SUITES", "Request", "run"]

SUITES = ("operations", "fused", "training", "busy", "startup")
#: Peers of each suite unless others are asked for: those that its users would take instead.
DEFAULT_PEERS = {
    "operations": ("numpy", "torch"),
    "fused": ("numpy", "numexpr", "torch", "compile", "jax"),
    "training": ("torch",),
    "busy": ("torch",),
    "startup": ("numpy", "torch", "jax"),
}
#: Of the GPU: what it can run, and what its users would take instead.
GPU_SUITES = ("operations", "fused", "training")
GPU_DEFAULT_PEERS = {
    "operations": ("torch", "cupy"),
    "fused": ("torch", "compile", "cupy"),
    "training": ("torch",),
}


@dataclass(frozen=True)
class Request:
    """What is to be measured.

    Attributes
    ----------
    suites, sizes, dtype
        Which suites, numbers of elements, and the dtype's name.
    peers
        Names of peers; empty for the usual ones of each suite.
    only
        Names of cases; empty for all.
    threads
        Threads of every side; 0 for as many as Lucid takes by itself.
    pace
        How long and how often.
    target
        ``"parallel"``, or ``"cuda"`` for the GPU, where fewer suites and other peers are known.
    """

    suites: tuple[str, ...] = SUITES
    sizes: tuple[int, ...] = (1 << 10, 100 << 10, 1 << 20)
    dtype: str = "float32"
    peers: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    threads: int = 0
    pace: Pace = dataclasses.field(default_factory=Pace)
    target: str = "parallel"


def _check(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    wrong = [name for name in given if name not in known]
    if wrong:
        raise DataError(f"unknown {what} {', '.join(wrong)}; known are {', '.join(known)}")


def _cases(request: Request) -> dict[str, list[Case]]:
    made = {"operations": operations, "fused": fused}
    found = {suite: make() for suite, make in made.items() if suite in request.suites}
    if request.only:
        names = [case.name for cases in found.values() for case in cases]
        _check("case", request.only, names)
        found = {
            suite: [case for case in cases if case.name in request.only]
            for suite, cases in found.items()
        }
    return found


def run(
    request: Request, tell: Callable[[Line], None] = lambda line: None
) -> tuple[dict[str, Any], list[Line]]:
    """Run suites.

    Parameters
    ----------
    request
        What is to be measured.
    tell
        Is called with each line as it is there.

    Returns
    -------
    report, lines
        Machine, settings, copy bandwidth, peak memory of training and missing peers, as plain JSON
        values; and the lines.

    Raises
    ------
    DataError
        If a suite, a peer, a dtype, a target or a case is unknown.
    TargetError
        If the target is ``"cuda"`` and can't run here.

    Examples
    --------
    >>> from lucid.bench import Pace, Request, run
    >>> pace = Pace(rounds=1, batch=0.0, settle=0.0)
    >>> request = Request(("operations",), (256,), peers=("numpy",), only=("exp",), pace=pace)
    >>> report, lines = run(request)
    >>> [(line.name, line.mode, sorted(line.seconds)) for line in lines]
    [('exp', 'forward', ['lucid', 'numpy'])]
    """
    on_gpu = request.target == "cuda"
    _check("suite", request.suites, GPU_SUITES if on_gpu else SUITES)
    _check("peer", request.peers, tuple(GPU_PEERS if on_gpu else PEERS))
    _check("target", (request.target,), ("parallel", "cuda"))
    _check("dtype", (request.dtype,), tuple(TOLERANCE))
    cases = _cases(request)
    before = lucid.get_num_threads()
    threads = request.threads or before
    dtype = np.dtype(request.dtype)
    pace = gpu_pace(request.pace) if on_gpu else request.pace
    report: dict[str, Any] = {
        "machine": describe() | {"busy_at_start": busy_share()},
        "settings": {"dtype": dtype.name, "threads": threads, "rounds": pace.rounds},
        "bandwidth": {},
        "memory": [],
        "missing": {},
    }
    if on_gpu:
        report["machine"]["gpu"] = describe_gpu()
    if cases:
        report["bandwidth"] = {
            str(size): gpu_bandwidth(size * dtype.itemsize)
            if on_gpu
            else copy_bandwidth(size, dtype, threads, pace)
            for size in request.sizes
        }
    lines: list[Line] = []
    try:
        for suite in request.suites:
            usual = GPU_DEFAULT_PEERS if on_gpu else DEFAULT_PEERS
            names = request.peers or usual[suite]
            if suite == "startup":
                lines += startup(list(names), pace, tell)
                continue
            sides, missing = open_sides(names, threads, on_gpu)
            report["missing"] |= missing
            if suite == "training":
                lines += training(sides, pace, tell)
                if not on_gpu:
                    peaks = peak_memory([side.name for side in sides], threads)
                    report["memory"] = [dataclasses.asdict(peak) for peak in peaks]
            elif suite == "busy":
                lines += busy(sides, pace, tell)
            else:
                lines += run_cases(
                    suite, cases[suite], request.sizes, dtype.name, sides, pace, tell
                )
    finally:
        lucid.set_num_threads(before)
    report["lines"] = [dataclasses.asdict(line) for line in lines]
    return report, lines
