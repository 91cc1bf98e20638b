"""From a case to its line: compare what the sides give, then time them in turns."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

import lucid
from lucid.bench.case import BOTH, FORWARD, Case, Line, draw, seed_for
from lucid.bench.clock import Call, Pace, take_turns
from lucid.bench.copying import copy_calls, copy_seconds
from lucid.bench.gpu import gpu_bandwidth
from lucid.bench.sides import Side
from lucid.kernels import Pointwise
from lucid.kernels.codegen import write_flat
from lucid.kernels.expression.infer import infer, output_dtypes

__all__ = ["TOLERANCE", "far_off", "run_case", "run_cases"]

#: Relative difference to the other result, and absolute one to its largest element, for each
#: dtype; then the share of elements that may be farther off: where a function jumps, the last bit
#: of its argument decides.
TOLERANCE = {"float32": (1e-4, 1e-5, 1e-4), "float64": (1e-9, 1e-10, 1e-4)}


def far_off(ours: np.ndarray, theirs: np.ndarray, dtype: str) -> str | None:
    """Say how two results differ, or None if they agree within `TOLERANCE`."""
    if ours.shape != theirs.shape:
        return f"its shape is {theirs.shape}, ours {ours.shape}"
    relative, absolute, share = TOLERANCE[dtype]
    finite = np.abs(theirs[np.isfinite(theirs)]) if theirs.dtype.kind == "f" else theirs
    largest = float(finite.max()) if finite.size and theirs.dtype.kind == "f" else 0.0
    with np.errstate(all="ignore"):
        same = np.isclose(ours, theirs, relative, absolute * largest, equal_nan=True)
    wrong = 1.0 - float(np.mean(same)) if same.size else 0.0
    if wrong <= share:
        return None
    place = np.unravel_index(int(np.argmin(same)), same.shape) if same.ndim else ()
    return f"results differ in {wrong:.2%} of the elements: {theirs[place]}, ours {ours[place]}"


def _call(
    case: Case, side: Side, arrays: list[np.ndarray], mode: str, seed: np.ndarray | None
) -> Call | None:
    function = case.make(side)
    if function is None:
        return None
    function = side.prepare(function)
    arguments = side.load(arrays, [mode == BOTH and given.grad for given in case.inputs])
    if seed is None:
        return side.forward(function, arguments)
    return side.both(function, arguments, seed)


def _cost(function: Any, arrays: list[np.ndarray]) -> int:
    """Return the work of an element, if the function is one kernel."""
    options: dict[str, Any] = {}
    if isinstance(function, partial):
        function, options = function.func, function.keywords
    if not isinstance(function, Pointwise):
        return 0
    program, values = function.bind(tuple(arrays), options)
    kinds = tuple(v.dtype if isinstance(v, np.ndarray) else type(v) for v in values)
    results = output_dtypes(program.expression, infer(program.expression, kinds), kinds)
    return write_flat(program.expression, kinds, "c" * len(arrays), results).cost


def run_case(
    suite: str, case: Case, size: int, dtype: str, mode: str, sides: Sequence[Side], pace: Pace
) -> Line | None:
    """Measure one case in one size and mode; None if no peer has anything to compare.

    Lucid comes first among ``sides``. A peer whose results differ from ours, or that fails, is
    left out of the line, with the reason in it.
    """
    line = Line(suite, case.name, mode, size, dtype)
    arrays = draw(case, size, np.dtype(dtype))
    seed = None
    ours, *peers = sides
    peers = [
        peer
        for peer in peers
        if (mode == FORWARD or peer.gradients) and case.make(peer) is not None
    ]
    if not peers:
        return None
    if mode == BOTH:
        forward = _call(case, ours, arrays, FORWARD, None)
        if forward is None:
            return None
        seed = seed_for(ours.arrays(forward())[0])
    mine = _call(case, ours, arrays, mode, seed)
    if mine is None:
        return None
    calls = {ours.name: mine}
    expected = ours.arrays(mine())
    inputs = sum(array.nbytes for array in arrays)
    line.moved = inputs + sum(array.nbytes for array in expected)
    if seed is not None:
        line.moved += inputs + seed.nbytes
    else:
        function = case.make(ours)
        line.cost = _cost(ours.prepare(function), arrays) if function else 0
    for peer in peers:
        try:
            call = _call(case, peer, arrays, mode, seed)
            if call is None:
                continue
            reason = _differ(expected, peer.arrays(call()), dtype)
        except Exception as error:  # whatever a peer does, the others are measured
            first = str(error).partition("\n")[0]
            line.left_out[peer.name] = f"{type(error).__name__}: {first}"
            continue
        if reason:
            line.left_out[peer.name] = reason
        else:
            calls[peer.name] = call
    del expected
    gc.collect()
    if mode != FORWARD:
        line.seconds, line.quickest = take_turns(calls, pace)
    elif ours.on_gpu:
        line.seconds, line.quickest = take_turns(calls, pace)
        line.copying = line.moved / gpu_bandwidth(line.moved // 2)
    else:
        _beside_copies(line, calls, pace)
    return line


def _beside_copies(line: Line, calls: dict[str, Call], pace: Pace) -> None:
    """Time the calls in turns with copies of as many bytes.

    The speed of memory changes by a quarter within a minute where other machines share it, so
    copies that were timed earlier tell nothing.
    """
    with copy_calls(line.moved // 2, lucid.get_num_threads()) as copies:
        medians, quickest = take_turns({**calls, **copies}, pace)
    line.copying = copy_seconds(medians)
    line.seconds = {name: medians[name] for name in calls}
    line.quickest = {name: quickest[name] for name in calls}


def _differ(ours: list[np.ndarray], theirs: list[np.ndarray], dtype: str) -> str | None:
    if len(ours) != len(theirs):
        return f"{len(theirs)} results, ours are {len(ours)}"
    reasons = (far_off(mine, other, dtype) for mine, other in zip(ours, theirs, strict=True))
    return next((reason for reason in reasons if reason), None)


def run_cases(
    suite: str,
    cases: Iterable[Case],
    sizes: Sequence[int],
    dtype: str,
    sides: Sequence[Side],
    pace: Pace,
    tell: Callable[[Line], None],
) -> list[Line]:
    """Measure cases in all sizes and modes; ``tell`` hears of each line as it is there."""
    lines = []
    for case in cases:
        for size in sizes:
            for mode in case.modes:
                line = run_case(suite, case, size, dtype, mode, sides, pace)
                if line is not None:
                    lines.append(line)
                    tell(line)
    return lines
