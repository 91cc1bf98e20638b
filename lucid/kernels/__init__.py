"""Elementwise kernels on arrays: the operations, the decorator that makes them, the targets.

Useful alone: everything here takes and returns NumPy arrays. Importing it loads neither Numba nor
llvmlite; the first kernel does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lucid.kernels import catalog, errors

# The catalogue states its names once, in its own __all__.
from lucid.kernels.catalog import *  # noqa: F403
from lucid.kernels.launch.positions import positions
from lucid.kernels.launch.settings import get_target, set_target, target
from lucid.kernels.pointwise import Pointwise, pointwise
from lucid.kernels.rowwise import (
    Rowwise,
    detach,
    row_index,
    row_length,
    row_max,
    row_min,
    row_sum,
    rowwise,
)

if TYPE_CHECKING:
    from lucid.kernels.targets.pool import get_num_threads, set_num_threads

__all__ = [
    "Pointwise",
    "Rowwise",
    "detach",
    "errors",
    "get_num_threads",
    "get_target",
    "pointwise",
    "positions",
    "row_index",
    "row_length",
    "row_max",
    "row_min",
    "row_sum",
    "rowwise",
    "set_num_threads",
    "set_target",
    "target",
]
__all__ += catalog.__all__


def __getattr__(name: str) -> Any:
    # The thread pool is machine code, and Numba's to compile.
    if name in ("get_num_threads", "set_num_threads"):
        from lucid.kernels.targets import pool

        return getattr(pool, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
