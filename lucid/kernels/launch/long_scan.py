"""One long row, shared among the threads.

First the pieces of the row are folded, each for itself; from that follows what is known in front of
each block of pieces; then the blocks are run. One thread that goes along the row takes the same
steps, so the bits are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.kernels.codegen.recurrence import wide_dtype
from lucid.kernels.codegen.scans import PIECE, PIECES
from lucid.kernels.launch.scan_plans import scan_plan, states_plan

__all__ = ["LONG", "LongScan"]

Array = np.ndarray[Any, Any]

#: Elements from which on a row is long: below, its second pass costs what two threads win.
LONG = 32 * PIECES * PIECE


class LongScan:
    """How to run along one long row, shared among the threads."""

    def __init__(
        self,
        fold: str,
        source: np.dtype,
        result: np.dtype,
        letter: str,
        backwards: bool,
        length: int,
    ) -> None:
        from lucid.kernels.targets import native

        block = PIECES * PIECE
        blocks = -(-length // block)
        wide = wide_dtype(source)
        self._totals = scan_plan(fold, source, (wide,), letter, backwards, "totals")
        self._states = states_plan(fold, source)
        self._scan = scan_plan(fold, source, (result,), letter, backwards, "resume")
        self._made = [((blocks * PIECES,), wide), ((blocks, 2), wide)]
        self._pieces = np.array([-(-length // PIECE)], np.int64)
        self._lengths = np.full((blocks, 2), block, np.int64)
        self._lengths[-1, 0] = length - block * (blocks - 1)
        #: Where the first block begins: blocks are counted from the end if they are run backwards.
        self._first = length - block if backwards else 0
        size = source.itemsize if letter == "c" else 0
        steps = [-block if backwards else block] * 2
        ahead = [[16], [steps[0] * size]]
        self._parts = native.geometry([blocks], block, [*ahead, [8 * PIECES]], whole=True)
        self._one = native.geometry([], block * blocks, [[], [], []], whole=True)
        self._whole = native.geometry(
            [blocks], block, [*ahead, [16], [steps[1] * result.itemsize]], whole=True
        )

    def run(self, x: Array, out: Array) -> bool:
        """Fill in the result; False if the array is not as it was planned."""
        from lucid.kernels.targets import native

        totals, states = (np.empty(shape, dtype) for shape, dtype in self._made)
        x, out = x.reshape(-1)[self._first :], out.reshape(-1)[self._first :]
        done = native.nested(self._totals, 0, None, self._parts, self._lengths, x, totals)
        if done:
            native.nested(self._states, 1, None, self._one, self._pieces, totals, states)
            native.nested(self._scan, 0, None, self._whole, self._lengths, x, states, out)
        return bool(done)
