"""One call that holds a pointwise operation against everything that is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lucid.kernels import Pointwise
from lucid.kernels.errors import GraphError
from lucid.kernels.launch.program import Program
from lucid.kernels.launch.settings import TARGETS
from lucid.kernels.targets.cuda import problem, require, to_device, to_host
from lucid.testing.compare import assert_same
from lucid.testing.layouts import layouts
from lucid.testing.reference import Findings, check_gradients, check_plain, check_values, run
from lucid.testing.report import CheckError, Report
from lucid.testing.samples import draw, kinds_of

__all__ = ["check_pointwise"]

#: Enough elements that the parallel target shares the cheapest operation among threads.
_MANY = 120_001
#: Enough points that every special value is among them.
_SPECIAL = 160


def check_pointwise(
    operation: Pointwise,
    *,
    options: Mapping[str, Any] | None = None,
    dtypes: Sequence[Any] | None = None,
    targets: Sequence[str] | None = None,
    points: int = 40,
    quick: bool = False,
    seed: int = 0,
) -> Report:
    """Hold an operation, one's own or the library's, against its scalar function.

    - The values against exact ones (mpmath), within the error that a correct kernel may have.
    - Special values (zeros, infinities, NaN, huge, tiny) against the plain evaluator.
    - The gradients of all arguments against numerical differentiation of the exact value, and the
      second derivative likewise.
    - Every target of the CPU, layout (strides, broadcasting, no elements ...), ``out=`` and work in
      place: the same bits. Inputs stay as they are; a second call gives the same bits.
    - All of that once more on the GPU, where there is one: within the same errors of the exact
      value, and the same bits in every layout.
    - Half dtypes: what float32 gives, rounded once.

    Points are drawn from the operation's ``domain``, and its ``kinks`` are among them.

    Parameters
    ----------
    operation
        What ``pointwise`` returned.
    options
        Static options and scalars to call it with; by default its defaults.
    dtypes
        Dtypes to test; by default float32 and float64, or integers if it takes no floats.
    targets
        Targets to test; by default all that can run here.
    points
        Points for each dtype that are compared with the exact value.
    quick
        Leave out the second dtype, the second derivative and half dtypes.
    seed
        Of the points.

    Returns
    -------
    Report
        The errors that were found, all of them small.

    Raises
    ------
    CheckError
        With the argument at which something is wrong, what came and what was expected.
    TargetError
        If ``"cuda"`` is among the targets and can't run here.

    Examples
    --------
    >>> import lucid
    >>> from lucid.testing import check_pointwise
    >>> @lucid.pointwise
    ... def squash(x, scale=2.0):
    ...     return x / (scale + abs(x))
    >>> report = check_pointwise(squash, dtypes=["float64"], points=5)
    >>> report.name, report.error["float64"] < 2
    ('squash', True)
    """
    kinds = tuple(map(np.dtype, dtypes)) if dtypes is not None else kinds_of(operation)
    kinds = kinds[:1] if quick else kinds
    names = available() if targets is None else tuple(targets)
    if "cuda" in names:
        require()
    report = Report(operation.name, tuple(kind.name for kind in kinds), names)
    battery = _Battery(operation, dict(options or {}), names, points, seed, report)
    # The targets of the CPU give the same bits, so that one stands for all but `targets`.
    places = ["cpu"] * bool(battery.names) + ["cuda"] * ("cuda" in names)
    for place in places:
        for kind in kinds:
            battery.values(kind, place)
            battery.places(kind, place)
            if kind.kind == "f":
                battery.gradients(kind, place)
            if place == "cpu":
                battery.targets(kind)
            else:
                battery.device(kind)
        if np.dtype(np.float64) in kinds and not quick:
            battery.second(place)
        if np.dtype(np.float32) in kinds and not quick:
            battery.halves(place)
    return report


def available() -> tuple[str, ...]:
    """Return the targets that can run on this machine."""
    return tuple(name for name in TARGETS if name != "cuda" or problem() is None)


def _label(kind: np.dtype, place: str) -> str:
    return kind.name if place == "cpu" else f"{kind.name} on {place}"


class _Battery:
    def __init__(
        self,
        operation: Pointwise,
        options: dict[str, Any],
        targets: tuple[str, ...],
        points: int,
        seed: int,
        report: Report,
    ) -> None:
        self.operation = operation
        self.options = options
        self.names = [name for name in targets if name != "cuda"]
        self.points = points
        self.seed = seed
        self.report = report

    def bind(self, arrays: Sequence[Any]) -> tuple[Program, tuple[Any, ...]]:
        return self.operation.bind(tuple(arrays), self.options)

    def draw(self, kind: np.dtype, count: int, special: bool = False) -> tuple[np.ndarray, ...]:
        return draw(self.operation, kind, count, self.seed, special=special)

    def _scalars_fit(self, values: tuple[Any, ...], kind: np.dtype) -> tuple[Any, ...]:
        """Round run-time scalars to the dtype, which they are converted to anyway."""
        return tuple(
            float(kind.type(v)) if isinstance(v, float) and kind.kind == "f" else v for v in values
        )

    def _say(self, note: str) -> None:
        if note not in self.report.notes:
            self.report.notes.append(note)

    def _note(self, found: Findings) -> None:
        self.report.points += found.points
        self.report.undecided += found.undecided
        for note in found.notes:
            self._say(note)

    def values(self, kind: np.dtype, place: str) -> None:
        program, values = self.bind(self.draw(kind, self.points))
        if kind.kind == "f":
            found = check_values(program, self._scalars_fit(values, kind), place)
            self._note(found)
            self.report.error[_label(kind, place)] = found.largest
        else:  # integers wrap around, which real numbers do not
            check_plain(program, values, target=place)
            self.report.points += self.points
        program, values = self.bind(self.draw(kind, max(_SPECIAL, 4 * self.points), special=True))
        check_plain(program, values, target=place)

    def _check_same(self, what: str, got: Any, expected: Any, arrays: Sequence[np.ndarray]) -> None:
        inputs = dict(zip(self.operation.arrays, arrays, strict=True))
        try:
            for result, wanted in zip(got, expected, strict=True):
                assert_same(result, wanted, inputs=inputs, what=f"{self.operation.name}, {what}")
        except AssertionError as error:
            raise CheckError(str(error)) from None

    def places(self, kind: np.dtype, place: str) -> None:
        arrays = self.draw(kind, 24, special=True)
        there = arrays if place == "cpu" else tuple(map(to_device, arrays))
        for name, moved, plain in layouts(there):
            got = run(*self.bind(moved), place)
            expected = run(*self.bind(plain), place)
            self._check_same(f"{name}, {place}", got, expected, tuple(map(to_host, plain)))

    def device(self, kind: np.dtype) -> None:
        """Call with ``out=`` and in place on the GPU, and look at what is to be left alone."""
        arrays = self.draw(kind, 24, special=True)
        there = tuple(map(to_device, arrays))
        program, values = self.bind(there)
        expected = run(program, values, "cuda")
        out = tuple(to_device(np.empty_like(result)) for result in expected)
        program.run(values, out=out)
        self._check_same("cuda, out=", tuple(map(to_host, out)), expected, arrays)
        self._check_same("cuda, inputs left alone", tuple(map(to_host, there)), arrays, arrays)
        fits = [j for j, r in enumerate(expected) if j < len(there) and r.dtype == arrays[j].dtype]
        given = tuple(there[j] if j in fits else None for j in range(len(expected)))
        got = program.run(values, out=given)
        self._check_same("cuda, in place", tuple(map(to_host, got)), expected, arrays)

    def targets(self, kind: np.dtype) -> None:
        sample = self.draw(kind, 97, special=True)
        # A prime number of points: every point meets every place in a vector and in a chunk.
        arrays = tuple(np.resize(array, _MANY) for array in sample)
        copies = tuple(array.copy() for array in arrays)
        program, values = self.bind(arrays)
        short = run(*self.bind(sample))
        expected = [np.resize(result, _MANY) for result in short]
        for target in self.names:
            for call in ("first call", "second call"):
                got = run(program, values, target)
                self._check_same(f"target {target}, {call}", got, expected, arrays)
            out = tuple(np.empty_like(result) for result in expected)
            program.run(values, out=out, target=target)
            self._check_same(f"target {target}, out=", out, expected, arrays)
            self._check_same(f"target {target}, inputs left alone", arrays, copies, arrays)
            self._in_place(program, arrays, expected, target)

    def _in_place(
        self, program: Program, arrays: Sequence[np.ndarray], expected: Any, target: str
    ) -> None:
        fresh = [array.copy() for array in arrays]
        out = tuple(
            fresh[j] if j < len(fresh) and fresh[j].dtype == result.dtype else None
            for j, result in enumerate(expected)
        )
        got = program.run(self.bind(fresh)[1], out=out, target=target)
        self._check_same(f"target {target}, in place", got, expected, arrays)

    def _differentiable(self, program: Program, values: tuple[Any, ...]) -> tuple[bool, ...] | None:
        needs = tuple(
            not isinstance(v, (bool, int)) and (isinstance(v, float) or v.dtype.kind == "f")
            for v in values
        )
        try:
            program.backward(needs)
        except GraphError as reason:
            self._say(f"no derivative: {reason}")
            return None
        smooth = any(result.dtype.kind == "f" for result in run(program, values))
        return needs if any(needs) and smooth else None

    def gradients(self, kind: np.dtype, place: str) -> None:
        count = max(self.points // 2, 8)
        program, values = self.bind(self.draw(kind, count))
        values = self._scalars_fit(values, kind)
        needs = self._differentiable(program, values)
        if needs is None:
            return
        found = check_gradients(program, values, kind, needs, place)
        self._note(found)
        self.report.gradient_error[_label(kind, place)] = found.largest
        self._special_gradients(program, kind, needs, place)

    def _special_gradients(
        self, program: Program, kind: np.dtype, needs: tuple[bool, ...], place: str
    ) -> None:
        _, values = self.bind(self.draw(kind, max(_SPECIAL, 2 * self.points), special=True))
        back = program.backward(needs)
        outputs = run(program, values, place)
        ones = [np.ones(output.shape, kind) for output in outputs]
        sources = {"input": list(values), "output": list(outputs), "gradient": ones}
        reads = [sources[name][i] for name, i in back.reads]
        check_plain(back.program, reads, (kind,) * sum(needs), place)
        self._look_for_nan(back.program, reads, values, outputs, kind)

    def _look_for_nan(
        self, back: Program, reads: Any, values: Any, outputs: Any, kind: np.dtype
    ) -> None:
        """Note where a gradient is NaN though arguments and results are finite."""
        arrays = [v for v in values if isinstance(v, np.ndarray)]
        # Numbers of moderate size: nothing can be asked of what overflows on the way.
        fine = np.logical_and.reduce([np.isfinite(output) for output in outputs])
        for array in arrays:
            size = np.abs(array)
            fine &= (size == 0) | ((size > 1e-9) & (size < 1e9))
        for array, domain in zip(arrays, self.operation.domain, strict=True):
            if domain is not None:
                fine &= (array >= domain[0]) & (array <= domain[1])
        gradients = run(back, reads, dtypes=(kind,) * back.outputs)
        for gradient in gradients:
            for index in np.flatnonzero(fine & np.isnan(gradient))[:1]:
                point = ", ".join(
                    f"{name}={array[index]}"
                    for name, array in zip(self.operation.arrays, arrays, strict=True)
                )
                self._say(f"a gradient is NaN at {point}, where the value is finite")

    def second(self, place: str) -> None:
        """Differentiate the derivative."""
        kind = np.dtype(np.float64)
        program, values = self.bind(self.draw(kind, 8))
        if self._differentiable(program, values) is None:
            return
        derived = self.operation.derivative
        program, values = derived.bind(self.draw(kind, max(self.points // 4, 6)), self.options)
        needs = self._differentiable(program, values)
        if needs is not None:
            found = check_gradients(program, values, kind, needs, place)
            self._note(found)
            self.report.second_error[_label(kind, place)] = found.largest

    def halves(self, place: str) -> None:
        kinds = [np.dtype(np.float16)]
        try:
            import ml_dtypes

            kinds.append(np.dtype(ml_dtypes.bfloat16))
        except ImportError:
            self._say("bfloat16 is not tested: ml_dtypes is not installed")
        for kind in kinds:
            arrays = self._half(kind)
            got = run(*self.bind(arrays), place)
            wide = run(*self.bind([array.astype(np.float32) for array in arrays]), place)
            with np.errstate(all="ignore"):
                expected = [
                    w.astype(g.dtype) if w.dtype == np.float32 else w
                    for w, g in zip(wide, got, strict=True)
                ]
            self._check_same(f"dtype {_label(kind, place)}", got, expected, arrays)

    def _half(self, kind: np.dtype) -> tuple[np.ndarray, ...]:
        with np.errstate(all="ignore"):
            wide = self.draw(np.dtype(np.float32), 64, special=True)
            return tuple(array.astype(kind) for array in wide)
