"""The compiled kernels of running folds and recurrences, as plans for the launcher."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from lucid.kernels.codegen.recurrence import Recurrence, wide_dtype, write_recurrence
from lucid.kernels.codegen.scans import FOLDS, fold_recurrence, write_scan, write_states

__all__ = ["LINEAR", "recurrence_plan", "scan_plan", "states_plan"]

#: Elements that take about ten microseconds on one thread: with vectors, and one by one.
_GRAIN, _SLOW_GRAIN = 32768, 8192

#: ``s[i] = decay[i] * s[i - 1] + value[i]``; a decay of 0 forgets infinities and NaN too.
LINEAR = Recurrence(
    "linear_recurrence",
    ("decay", "value"),
    {"carried": "0"},
    ("carried = value + (decay * carried if decay != 0 else 0.0)",),
    {"out": "carried"},
)


@cache
def scan_plan(
    fold: str,
    source: np.dtype,
    results: tuple[np.dtype, ...],
    letter: str,
    backwards: bool,
    use: str,
) -> Any:
    """Return the plan of a kernel of `write_scan`."""
    text = write_scan(fold, source, results[0], letter, backwards, use)
    state = (wide_dtype(source),) if use == "resume" else ()
    operands = (np.dtype(np.int64), source, *state, *results)
    return _plan(f"running_{fold}", text, operands, len(results), _GRAIN)


@cache
def states_plan(fold: str, source: np.dtype) -> Any:
    wide = wide_dtype(source)
    text = write_states(fold, source)
    return _plan(f"states_{fold}", text, (np.dtype(np.int64), wide, wide), 1, _GRAIN)


@cache
def recurrence_plan(
    name: str,
    kinds: tuple[np.dtype, ...],
    results: tuple[np.dtype, ...],
    columns: bool,
    backwards: bool,
) -> tuple[Any, int, np.dtype]:
    """Return the plan, how many variables are carried in memory, and their dtype."""
    wide = wide_dtype(kinds[0])
    made = fold_recurrence(name, wide, len(results) > 1) if name in FOLDS else LINEAR
    text = write_recurrence(made, kinds, results, wide, columns, backwards)
    states = len(made.state) if columns else 0
    operands = (np.dtype(np.int64), *kinds, *results, *[wide] * states)
    outputs = len(results) + states
    grain = _GRAIN if columns else _SLOW_GRAIN
    return _plan(made.name, text, operands, outputs, grain), states, wide


def _plan(name: str, text: str, operands: tuple[np.dtype, ...], outputs: int, grain: int) -> Any:
    from lucid.kernels.targets import compiler, native

    letters = "0" * (len(operands) - outputs) + "r" * outputs
    kernel = compiler.compile_kernel(name, text)
    return native.plan(kernel, letters, operands, outputs, 0, grain)
