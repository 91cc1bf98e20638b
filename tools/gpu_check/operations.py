"""The programs of an operation, forward and backward, with arrays to run them on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lucid.kernels import OPERATIONS, Pointwise
from lucid.kernels.errors import DtypeError, GraphError
from lucid.kernels.launch.program import Program
from lucid.testing import draw
from lucid.testing.reference import run
from lucid.testing.samples import kinds_of

__all__ = ["Call", "calls", "chosen", "dtypes_of"]

#: Points that are drawn, and repeated where more are wanted.
_DRAWN = 1 << 12


@dataclass(frozen=True)
class Call:
    """A program and its values; ``dtypes`` are those of the results where they are given."""

    mode: str
    program: Program
    values: tuple[Any, ...]
    dtypes: tuple[np.dtype, ...] | None = None


def chosen(names: tuple[str, ...]) -> list[Pointwise]:
    """Return the operations of these names; all of the catalogue for none."""
    return [OPERATIONS[name] for name in names or sorted(OPERATIONS)]


def dtypes_of(operation: Pointwise) -> list[np.dtype]:
    """Return the dtypes in which an operation is checked."""
    kinds = list(kinds_of(operation))
    if kinds[0].kind != "f":
        return kinds
    halves = [np.dtype(np.float16)]
    try:
        import ml_dtypes

        halves.append(np.dtype(ml_dtypes.bfloat16))
    except ImportError:  # the page then has no column for it
        pass
    return kinds + halves


def calls(operation: Pointwise, dtype: np.dtype, count: int, special: bool) -> Iterator[Call]:
    """Give the call of an operation and that of its gradients, if it has any.

    The gradients' values are computed on the CPU, so that both sides are given the same.
    """
    wide = dtype if dtype.kind in "biu" or dtype.itemsize > 2 else np.dtype(np.float32)
    with np.errstate(all="ignore"):
        arrays = [
            np.resize(array, count).astype(dtype)
            for array in draw(operation, wide, min(count, _DRAWN), special=special)
        ]
    try:
        program, values = operation.bind(tuple(arrays), {})
        outputs = run(program, values)
    except DtypeError:
        return
    yield Call("forward", program, values)
    needs = tuple(isinstance(v, np.ndarray) and v.dtype.kind not in "biu" for v in values)
    if not any(needs) or not any(output.dtype.kind not in "biu" for output in outputs):
        return
    try:
        back = program.backward(needs)
    except GraphError:  # a derivative that nobody has written
        return
    sources: dict[str, list[Any]] = {
        "input": list(values),
        "output": list(outputs),
        "gradient": [np.ones(output.shape, output.dtype) for output in outputs],
    }
    reads = tuple([sources[kind][i] for kind, i in back.reads])
    yield Call("backward", back.program, reads, (dtype,) * sum(needs))
