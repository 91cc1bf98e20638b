"""How far the GPU's results are from the CPU's, in units of the last place."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.kernels import Pointwise
from lucid.kernels.targets.cuda import simulated
from lucid.testing import check_pointwise, ulp_distance
from lucid.testing.reference import run
from lucid.testing.samples import kinds_of
from tools.gpu_check.operations import calls, dtypes_of

__all__ = ["agreement", "battery"]


def _farthest(mine: np.ndarray, other: np.ndarray) -> float:
    """Return the largest distance in ulp; infinity where integers differ or one is NaN."""
    if mine.dtype != other.dtype or mine.shape != other.shape:
        return float("inf")
    if mine.dtype.kind in "biu":
        return 0.0 if np.array_equal(mine, other) else float("inf")
    bits = np.dtype(f"u{mine.itemsize}")
    apart = np.flatnonzero(mine.view(bits) != other.view(bits))
    return float(ulp_distance(mine[apart], other[apart]).max()) if apart.size else 0.0


def agreement(operation: Pointwise, points: int) -> dict[str, dict[str, float]]:
    """Return the largest distance for each dtype, of values and gradients."""
    found: dict[str, dict[str, float]] = {}
    for dtype in dtypes_of(operation):
        for call in calls(operation, dtype, points, special=True):
            options: dict[str, Any] = {"dtypes": call.dtypes}
            here = run(call.program, call.values, "cpu", **options)
            there = run(call.program, call.values, "cuda", **options)
            far = max(_farthest(a, b) for a, b in zip(here, there, strict=True))
            found.setdefault(dtype.name, {})[call.mode] = far
    return found


def battery(operation: Pointwise, points: int) -> dict[str, Any]:
    """Hold an operation on the GPU against exact values, gradients, layouts; see lucid.testing."""
    kinds = kinds_of(operation)
    if simulated() and kinds[0].kind == "f":
        # There the functions are the plain evaluator's, which in float64 are good to a few ulp.
        kinds = kinds[:1]
    report = check_pointwise(operation, targets=["cuda"], points=points, dtypes=kinds)
    return {
        "error": report.error,
        "gradient_error": report.gradient_error,
        "points": report.points,
    }
