"""Which part of a copy's bandwidth each operation reaches on the GPU."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.bench.gpu import gpu_bandwidth, seconds_on_gpu
from lucid.kernels import Pointwise
from lucid.kernels.targets.cuda import to_device
from tools.gpu_check.operations import calls

__all__ = ["bandwidth", "speed"]


def bandwidth(size: int) -> float:
    """Return bytes a second of a copy of as many float32 as the operations are measured on."""
    return gpu_bandwidth(4 * size)


def speed(operation: Pointwise, size: int) -> dict[str, dict[str, float]]:
    """Return seconds and bytes of a call on float32, forward and backward."""
    found = {}
    for call in calls(operation, np.dtype(np.float32), size, special=False):
        values = tuple([to_device(v) if isinstance(v, np.ndarray) else v for v in call.values])
        out = call.program.run(values, dtypes=call.dtypes)
        arrays: list[Any] = [v for v in values if hasattr(v, "nbytes")]

        def again(run: Any = call, values: Any = values, out: Any = out) -> None:
            run.program.run(values, out=out, dtypes=run.dtypes)

        seconds = seconds_on_gpu(again)
        moved = sum(array.nbytes for array in (*arrays, *out))
        found[call.mode] = {"seconds": seconds, "bytes": float(moved)}
    return found
