"""Launches that are prepared: a kernel, its iteration space, and the arrays that it fills.

Folds and functions of rows find out once how to run for values of a certain form (types, shapes and
strides), and remember it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lucid.kernels.launch.buffers import SMALLEST, empty
from lucid.kernels.launch.direct import EXACT
from lucid.kernels.launch.learning import ready
from lucid.kernels.launch.settings import ON_HOST, get_target
from lucid.kernels.launch.signature import Signature, form
from lucid.kernels.launch.taping import Recorder, describe, recording
from lucid.kernels.targets import layout
from lucid.kernels.targets.once import lock
from lucid.kernels.targets.tape_words import Tapes

__all__ = ["Finisher", "Prepared", "Remembered"]

#: What makes the final array of a kernel's results.
Finisher = Callable[[np.ndarray], np.ndarray]

#: Forms of calls that are remembered; shapes that never come again must not pile up.
_MOST_CALLS = 256


class Prepared:
    """How to run for values of certain types, shapes and strides.

    Parameters
    ----------
    signature
        What is known of the types.
    plan, geometry, frames
        What is launched: frames are the operand in front of the inputs.
    made
        Shape and dtype of each array that the kernel fills: the outputs, then what it works with.
    finishers
        For each output what makes the final array of it; None if that is what it is.
    """

    def __init__(
        self,
        signature: Signature,
        plan: Any,
        geometry: Any,
        frames: np.ndarray,
        made: Sequence[tuple[tuple[int, ...], np.dtype]],
        finishers: Sequence[Finisher | None],
    ) -> None:
        from lucid.kernels.targets import native

        self._arrays = signature.arrays
        self._scalars = signature.scalars
        self._integers = signature.integers
        self._plan = plan
        self._geometry = geometry
        self._frames = frames
        self._nested = native.nested
        self._made: list[tuple[Any, tuple[int, ...], np.dtype]] = []
        for shape, dtype in made:
            large = math.prod(shape) * dtype.itemsize >= SMALLEST
            self._made.append((empty if large else np.empty, shape, dtype))
        #: Whether machine code was told of it, for the numbers of that call.
        self.taped = False
        self._outputs = len(finishers)
        self._finishers = finishers if any(finishers) else None

    def run(self, threads: int, values: Sequence[Any]) -> tuple[np.ndarray, ...] | None:
        """Return the outputs; None for values that need more care, such as unaligned ones."""
        for k in self._integers:
            if not -EXACT <= values[k] <= EXACT:
                return None
        return self.launch(threads, values, [values[k] for k in self._arrays])

    def launch(
        self, threads: int, values: Sequence[Any], arrays: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, ...] | None:
        """Run the kernel on arrays of the planned layout."""
        scalars = tuple([float(values[k]) for k in self._scalars]) or None
        made = tuple([make(shape, dtype) for make, shape, dtype in self._made])
        if not self._nested(
            self._plan, threads, scalars, self._geometry, self._frames, *arrays, *made
        ):
            return None
        recorder = recording.recorder
        if recorder is not None:
            recorder.launched(self._plan, scalars, self._geometry, self._frames, arrays, made)
        outputs = made[: self._outputs]
        if self._finishers is None:
            return outputs
        return tuple(
            [
                array if finish is None else finish(array)
                for array, finish in zip(outputs, self._finishers, strict=True)
            ]
        )


class Remembered:
    """What was prepared, by what is asked for and the form of the values."""

    def __init__(self) -> None:
        self._found: dict[tuple[Any, ...], Prepared] = {}
        self._tapes: dict[tuple[Any, ...], Tapes] = {}
        self._replay: Any = None

    def run(
        self, asked: tuple[Any, ...], values: Sequence[Any], target: str | None
    ) -> tuple[np.ndarray, ...] | None:
        """Return the outputs; None if such a call is new or needs more care.

        The second call of a form is written down, and the next ones are made by machine code.
        """
        tapes = self._tapes.get(asked)
        free = target is None and recording.recorder is None
        if free and tapes is not None:
            made = self._replay(tapes.words, tuple(values))
            if made is not None and made is not False:
                return made if type(made) is tuple else (made,)
        found = self._found.get((*asked, *[form(value) for value in values]))
        name = target or get_target()
        if found is None or name not in ON_HOST:
            return None
        threads = 0 if name == "parallel" else 1
        if free and not found.taped:
            return self._learn(asked, values, found, threads)
        return found.run(threads, values)

    def _learn(
        self, asked: tuple[Any, ...], values: Sequence[Any], prepared: Prepared, threads: int
    ) -> tuple[np.ndarray, ...] | None:
        """Run, and write down what is launched."""
        described = describe(values, lambda value: None)
        if described is None:
            prepared.taped = True
            return prepared.run(threads, values)
        forms, arrays = described
        # An array that came twice says nothing of two arrays; that is learned too when they come.
        prepared.taped = all(one.kind != layout.IS_ANOTHER for one in forms)
        recorder = Recorder(arrays)
        recording.recorder = recorder
        try:
            made = prepared.run(threads, values)
        finally:
            recording.recorder = None
        if made is not None and recorder.lasting:
            from lucid.kernels.targets import native

            ready()
            self._replay = native.replay_on
            tapes = self._tapes.setdefault(asked, Tapes(self.run, self.run))
            with lock:
                tapes.add(recorder.tape(len(values), (), forms, 0, made, False, None))
        return made

    def add(self, asked: tuple[Any, ...], values: Sequence[Any], prepared: Prepared) -> None:
        """Remember how such a call is made."""
        if len(self._found) >= _MOST_CALLS:
            self._found.clear()
            self._tapes = {}
        self._found[(*asked, *[form(value) for value in values])] = prepared
