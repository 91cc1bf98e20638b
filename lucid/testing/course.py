"""What the batteries share: their dtypes, targets and places, and what they write down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lucid.kernels.errors import GraphError
from lucid.kernels.launch.program import Backward, Program
from lucid.kernels.launch.settings import TARGETS
from lucid.kernels.targets.cuda import problem, require
from lucid.testing.compare import assert_same
from lucid.testing.reference import Findings, run
from lucid.testing.report import CheckError, Report

__all__ = ["MANY", "Course", "Scope", "available", "reads_of"]

#: Enough elements that the parallel target shares the cheapest operation among threads.
MANY = 120_001


def available() -> tuple[str, ...]:
    """Return the targets that can run on this machine."""
    return tuple(name for name in TARGETS if name != "cuda" or problem() is None)


def reads_of(back: Backward, values: Sequence[Any], outputs: Any, seeds: Sequence[Any]) -> Any:
    """Return what a derivative's program reads: inputs, outputs and what flows back."""
    sources = {"input": list(values), "output": list(outputs), "gradient": list(seeds)}
    return [sources[name][i] for name, i in back.reads]


@dataclass(frozen=True)
class Scope:
    """How much is checked.

    Attributes
    ----------
    kinds
        The dtypes.
    targets
        The targets; None for all that can run here.
    quick
        Leave out all dtypes but the first, the second derivative and half dtypes.
    """

    kinds: tuple[np.dtype, ...]
    targets: Sequence[str] | None
    quick: bool


def _fits(value: Any, result: np.ndarray) -> bool:
    """Whether a result can be written to where a value lies."""
    return isinstance(value, np.ndarray) and (value.shape, value.dtype) == (
        result.shape,
        result.dtype,
    )


class Course:
    """A check of one operation: all of its dtypes, on the CPU and on a GPU.

    Parameters
    ----------
    name
        The name of the operation.
    scope
        Dtypes and targets, and whether it is to be quick.

    Raises
    ------
    TargetError
        If ``"cuda"`` is among the targets and can't run here.
    """

    def __init__(self, name: str, scope: Scope) -> None:
        self.quick = scope.quick
        self.kinds = scope.kinds[:1] if scope.quick else scope.kinds
        names = available() if scope.targets is None else tuple(scope.targets)
        if "cuda" in names:
            require()
        #: Those of the CPU give the same bits, so that one stands for all but `on_targets`.
        self.targets = [target for target in names if target != "cuda"]
        self.places = ["cpu"] * bool(self.targets) + ["cuda"] * ("cuda" in names)
        self.report = Report(name, tuple(kind.name for kind in self.kinds), names)

    def run(self) -> Report:
        """Check everything, and return what was found.

        Raises
        ------
        CheckError
            If something is wrong.
        """
        for place in self.places:
            for kind in self.kinds:
                self.of_dtype(kind, place)
            if np.dtype(np.float64) in self.kinds and not self.quick:
                self.second(place)
            if np.dtype(np.float32) in self.kinds and not self.quick:
                for half in self._halves():
                    self.half(half, place)
        return self.report

    def of_dtype(self, kind: np.dtype, place: str) -> None:
        """Check values, gradients, layouts and targets in one dtype."""
        raise NotImplementedError

    def second(self, place: str) -> None:
        """Differentiate the derivative."""
        raise NotImplementedError

    def half(self, kind: np.dtype, place: str) -> None:
        """Hold a dtype of 16 bits against what float32 gives."""
        raise NotImplementedError

    def _halves(self) -> Iterator[np.dtype]:
        yield np.dtype(np.float16)
        try:
            import ml_dtypes
        except ImportError:
            self.say("bfloat16 is not tested: ml_dtypes is not installed")
        else:
            yield np.dtype(ml_dtypes.bfloat16)

    # What is written down.

    def say(self, note: str) -> None:
        """Add a note to the report."""
        if note not in self.report.notes:
            self.report.notes.append(note)

    def note(self, found: Findings) -> float:
        """Add findings to the report; return the largest error among them."""
        self.report.points += found.points
        self.report.undecided += found.undecided
        for note in found.notes:
            self.say(note)
        return found.largest

    @staticmethod
    def label(kind: np.dtype, place: str) -> str:
        """Return a dtype's name in the report."""
        return kind.name if place == "cpu" else f"{kind.name} on {place}"

    # What both kinds of program have.

    def same(self, what: str, got: Any, expected: Any, inputs: Any = None) -> None:
        """Want the same bits.

        Raises
        ------
        CheckError
            If an element differs.
        """
        try:
            for result, wanted in zip(got, expected, strict=True):
                assert_same(result, wanted, inputs=inputs, what=f"{self.report.name}, {what}")
        except AssertionError as error:
            raise CheckError(str(error)) from None

    def on_targets(
        self, program: Program, values: Sequence[Any], expected: Sequence[Any], inputs: Any = None
    ) -> None:
        """Run on each target of the CPU, into arrays that are given, and in place."""
        copies = [np.copy(value) for value in values]
        for target in self.targets:
            for call in ("first call", "second call"):
                got = run(program, values, target)
                self.same(f"target {target}, {call}", got, expected, inputs)
            out = tuple(np.empty_like(result) for result in expected)
            program.run(tuple(values), out=out, target=target)
            self.same(f"target {target}, out=", out, expected, inputs)
            left = [np.asarray(value) for value in values]
            self.same(f"target {target}, inputs left alone", left, copies, inputs)
            fresh = [np.copy(v) if isinstance(v, np.ndarray) else v for v in values]
            places = tuple(
                fresh[j] if j < len(fresh) and _fits(fresh[j], result) else None
                for j, result in enumerate(expected)
            )
            got = program.run(tuple(fresh), out=places, target=target)
            self.same(f"target {target}, in place", got, expected, inputs)

    def rounded(self, what: str, got: Any, wide: Any, inputs: Any = None) -> None:
        """Want results of 16 bits to be those of float32, rounded."""
        with np.errstate(all="ignore"):
            expected = [
                w.astype(g.dtype) if w.dtype == np.float32 else w
                for w, g in zip(wide, got, strict=True)
            ]
        self.same(what, got, expected, inputs)

    def differentiable(self, program: Program, values: Sequence[Any]) -> tuple[bool, ...] | None:
        """Return which values have a gradient; None, with a note, if the program has none."""
        needs = tuple(
            isinstance(v, float) or (isinstance(v, np.ndarray) and v.dtype.kind == "f")
            for v in values
        )
        try:
            program.backward(needs)
        except GraphError as reason:
            self.say(f"no derivative: {reason}")
            return None
        smooth = any(result.dtype.kind == "f" for result in run(program, values))
        return needs if any(needs) and smooth else None
