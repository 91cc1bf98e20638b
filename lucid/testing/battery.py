"""One call that holds a pointwise operation against everything that is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lucid.kernels import Pointwise
from lucid.kernels.launch.program import Program
from lucid.kernels.targets.cuda import to_device, to_host
from lucid.testing.course import MANY, Course, Scope, reads_of
from lucid.testing.layouts import layouts
from lucid.testing.reference import check_gradients, check_plain, check_values, run
from lucid.testing.report import Report
from lucid.testing.samples import draw, kinds_of

__all__ = ["check_pointwise"]

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
    kinds = kinds_of(operation) if dtypes is None else tuple(map(np.dtype, dtypes))
    scope = Scope(kinds, targets, quick)
    return _Battery(operation, dict(options or {}), scope, points, seed).run()


class _Battery(Course):
    def __init__(
        self, operation: Pointwise, options: dict[str, Any], scope: Scope, points: int, seed: int
    ) -> None:
        super().__init__(operation.name, scope)
        self.operation = operation
        self.options = options
        self.points = points
        self.seed = seed

    def of_dtype(self, kind: np.dtype, place: str) -> None:
        self.values(kind, place)
        self.layouts(kind, place)
        if kind.kind == "f":
            self.gradients(kind, place)
        if place == "cpu":
            self.everywhere(kind)
        else:
            self.device(kind)

    def bind(self, arrays: Sequence[Any]) -> tuple[Program, tuple[Any, ...]]:
        return self.operation.bind(tuple(arrays), self.options)

    def draw(self, kind: np.dtype, count: int, special: bool = False) -> tuple[np.ndarray, ...]:
        return draw(self.operation, kind, count, self.seed, special=special)

    def _inputs(self, arrays: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return dict(zip(self.operation.arrays, arrays, strict=True))

    def _scalars_fit(self, values: tuple[Any, ...], kind: np.dtype) -> tuple[Any, ...]:
        """Round run-time scalars to the dtype, which they are converted to anyway."""
        return tuple(
            float(kind.type(v)) if isinstance(v, float) and kind.kind == "f" else v for v in values
        )

    def values(self, kind: np.dtype, place: str) -> None:
        program, values = self.bind(self.draw(kind, self.points))
        if kind.kind == "f":
            found = check_values(program, self._scalars_fit(values, kind), place)
            self.report.error[self.label(kind, place)] = self.note(found)
        else:  # integers wrap around, which real numbers do not
            check_plain(program, values, target=place)
            self.report.points += self.points
        program, values = self.bind(self.draw(kind, max(_SPECIAL, 4 * self.points), special=True))
        check_plain(program, values, target=place)

    def layouts(self, kind: np.dtype, place: str) -> None:
        """Call with the same numbers in every layout."""
        arrays = self.draw(kind, 24, special=True)
        there = arrays if place == "cpu" else tuple(map(to_device, arrays))
        for name, moved, plain in layouts(there):
            got = run(*self.bind(moved), place)
            expected = run(*self.bind(plain), place)
            inputs = self._inputs(tuple(map(to_host, plain)))
            self.same(f"{name}, {place}", got, expected, inputs)

    def everywhere(self, kind: np.dtype) -> None:
        """Call on every target of the CPU."""
        sample = self.draw(kind, 97, special=True)
        # A prime number of points: every point meets every place in a vector and in a chunk.
        arrays = tuple(np.resize(array, MANY) for array in sample)
        expected = [np.resize(result, MANY) for result in run(*self.bind(sample))]
        self.on_targets(*self.bind(arrays), expected, self._inputs(arrays))

    def device(self, kind: np.dtype) -> None:
        """Call with ``out=`` and in place on the GPU, and look at what is to be left alone."""
        arrays = self.draw(kind, 24, special=True)
        inputs = self._inputs(arrays)
        there = tuple(map(to_device, arrays))
        program, values = self.bind(there)
        expected = run(program, values, "cuda")
        out = tuple(to_device(np.empty_like(result)) for result in expected)
        program.run(values, out=out)
        self.same("cuda, out=", tuple(map(to_host, out)), expected, inputs)
        self.same("cuda, inputs left alone", tuple(map(to_host, there)), arrays, inputs)
        fits = [j for j, r in enumerate(expected) if j < len(there) and r.dtype == arrays[j].dtype]
        given = tuple(there[j] if j in fits else None for j in range(len(expected)))
        got = program.run(values, out=given)
        self.same("cuda, in place", tuple(map(to_host, got)), expected, inputs)

    def gradients(self, kind: np.dtype, place: str) -> None:
        count = max(self.points // 2, 8)
        program, values = self.bind(self.draw(kind, count))
        values = self._scalars_fit(values, kind)
        needs = self.differentiable(program, values)
        if needs is None:
            return
        found = check_gradients(program, values, kind, needs, place)
        self.report.gradient_error[self.label(kind, place)] = self.note(found)
        self._special_gradients(program, kind, needs, place)

    def _special_gradients(
        self, program: Program, kind: np.dtype, needs: tuple[bool, ...], place: str
    ) -> None:
        _, values = self.bind(self.draw(kind, max(_SPECIAL, 2 * self.points), special=True))
        back = program.backward(needs)
        outputs = run(program, values, place)
        reads = reads_of(back, values, outputs, [np.ones(o.shape, kind) for o in outputs])
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
                self.say(f"a gradient is NaN at {point}, where the value is finite")

    def second(self, place: str) -> None:
        kind = np.dtype(np.float64)
        program, values = self.bind(self.draw(kind, 8))
        if self.differentiable(program, values) is None:
            return
        derived = self.operation.derivative
        program, values = derived.bind(self.draw(kind, max(self.points // 4, 6)), self.options)
        needs = self.differentiable(program, values)
        if needs is not None:
            found = check_gradients(program, values, kind, needs, place)
            self.report.second_error[self.label(kind, place)] = self.note(found)

    def half(self, kind: np.dtype, place: str) -> None:
        with np.errstate(all="ignore"):
            single = self.draw(np.dtype(np.float32), 64, special=True)
            arrays = tuple(array.astype(kind) for array in single)
        got = run(*self.bind(arrays), place)
        wide = run(*self.bind([array.astype(np.float32) for array in arrays]), place)
        self.rounded(f"dtype {self.label(kind, place)}", got, wide, self._inputs(arrays))
