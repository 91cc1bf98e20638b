"""Fold the results of blocks to a single one, in machine code."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np

from lucid.kernels.codegen.scans import write_total
from lucid.kernels.launch.taping import recording

__all__ = ["fold_to_one"]

#: The results are few: they are never shared among threads.
_GRAIN = 1 << 40


def fold_to_one(
    array: np.ndarray[Any, Any], fold: str, dtype: np.dtype[Any]
) -> np.ndarray[Any, Any]:
    """Fold all elements of an array in C order to an array with one element.

    Parameters
    ----------
    array
        The results of blocks, in the dtype of the accumulator.
    fold
        ``"add"``, ``"multiply"``, ``"maximum"`` or ``"minimum"``.
    dtype
        The dtype of the result.
    """
    from lucid.kernels.targets import native

    plan, geometry, length = _prepared(fold, array.dtype, np.dtype(dtype), array.size)
    made = np.empty(1, dtype)
    done = native.nested(plan, 1, None, geometry, length, array, made)
    assert done, (fold, array)
    recorder = recording.recorder
    if recorder is not None:
        recorder.launched(plan, None, geometry, length, [array], [made])
    return made


@lru_cache(maxsize=256)
def _prepared(
    fold: str, source: np.dtype[Any], dtype: np.dtype[Any], size: int
) -> tuple[Any, Any, Any]:
    """Return the plan, the iteration space and the operand that says how many elements come."""
    from lucid.kernels.targets import native

    geometry = native.geometry([], size, [[], [], []], whole=True)
    return _plan(fold, source, dtype), geometry, np.array([size], np.int64)


@cache
def _plan(fold: str, source: np.dtype[Any], dtype: np.dtype[Any]) -> Any:
    from lucid.kernels.targets import compiler, native

    kernel = compiler.compile_kernel(f"total_{fold}", write_total(fold, source, dtype))
    operands = (np.dtype(np.int64), source, dtype)
    return native.plan(kernel, "00r", operands, 1, 0, _GRAIN)
