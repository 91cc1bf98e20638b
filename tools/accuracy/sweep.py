"""All 2^32 float32 arguments of a one-argument function, against our float64 function.

Its error is below one ulp of float64, that is 2^-29 ulp of float32; the samples of float64 hold it
against mpmath.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from tools.accuracy.function import Function
from tools.accuracy.ulp import measure

BLOCK = 1 << 15
BLOCKS = 1 << 17
#: `--quick` takes every so many-th block: all exponents, a part of the mantissas.
QUICK_STEP = 61

Result = dict[str, Any]


def torch_on_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of tensors one of arrays."""
    import torch

    return lambda *arrays: function(*map(torch.from_numpy, arrays)).numpy()


def peers(function: Function) -> dict[str, Callable[..., Any]]:
    """Return the functions of the libraries that are there; for another machine, ours here."""
    if function.elsewhere is not None:
        return {"here": function.ours}
    found = {}
    if (peer := function.peer("numpy")) is not None:
        found["numpy"] = peer
    if (peer := function.peer("torch")) is not None:
        found["torch"] = torch_on_arrays(peer)
    return found


def sweep(
    function: Function, quick: bool, workers: int | None = None, peers_every: int = 1
) -> Result:
    """Measure a function of one argument on all float32 arguments, or a part of the blocks.

    The other libraries, ten times slower in places, may be measured on every so many blocks only.
    """
    function.ours(np.zeros(1, np.float32))
    function.ours(np.zeros(1))
    others = peers(function)
    workers = workers or os.cpu_count() or 1
    blocks = range(0, BLOCKS, QUICK_STEP if quick else 1)
    with ThreadPoolExecutor(workers) as pool:
        job = partial(_blocks, function, others, peers_every)
        parts = list(pool.map(job, [blocks[i::workers] for i in range(workers)]))
    result: Result = {"inputs": "a sample of float32" if quick else "all float32"}
    if others and peers_every > 1:
        result["inputs"] += f" (others: 1 in {peers_every})"
    for name in ("lucid", *others):
        result[name] = _join([part[name] for part in parts])
    return result


def _blocks(
    function: Function,
    others: dict[str, Callable[..., Any]],
    peers_every: int,
    blocks: range,
) -> dict[str, Any]:
    """Measure every implementation on some blocks of 2^15 neighbouring arguments."""
    offsets = np.arange(BLOCK, dtype=np.uint32)
    reference = np.empty(BLOCK)
    totals: dict[str, list[Any]] = {name: [-1.0, 0.0, 0, 0] for name in ("lucid", *others)}
    for block in blocks:
        x = (offsets + np.uint32(block * BLOCK)).view(np.float32)
        with np.errstate(all="ignore"):
            function.ours(x.astype(np.float64), out=reference)
            results = {"lucid": function.measured(x)}
            if block % peers_every == 0:
                results |= {name: f(x) for name, f in others.items()}
        for name, y in results.items():
            worst, place, right, count = measure(x, y, reference, function.zeros)
            total = totals[name]
            if worst > total[0]:
                total[:2] = worst, float(x[place])
            total[2] += right
            total[3] += count
    return totals


def _join(parts: list[list[Any]]) -> Result:
    worst, at = max((part[0], part[1]) for part in parts)
    right, count = sum(part[2] for part in parts), sum(part[3] for part in parts)
    return {"max_ulp": worst, "at": [at], "correctly_rounded": right / count, "count": count}
