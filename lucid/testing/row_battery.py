"""One call that holds a function of a row against everything that is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lucid.kernels import Rowwise
from lucid.kernels.errors import DtypeError, GraphError, ShapeError
from lucid.kernels.expression import infer
from lucid.kernels.launch.row_program import RowProgram
from lucid.kernels.targets.cuda import require, to_device, to_host
from lucid.testing.battery import available
from lucid.testing.compare import assert_same
from lucid.testing.layouts import layouts
from lucid.testing.reference import Findings, run
from lucid.testing.report import CheckError, Report
from lucid.testing.row_reference import (
    check_row_gradients,
    check_row_values,
    draw_seeds,
)
from lucid.testing.row_samples import RowSamples
from lucid.testing.row_tensors import check_row_tensors

__all__ = ["check_rowwise"]

#: Enough elements that the parallel target shares the cheapest operation among threads.
_MANY = 120_000
#: More than a piece of a sum, and more than the lanes of a short row.
_LONG = 1100
#: Enough rows of six that every special value is among them.
_SPECIAL = 40
_INTEGERS = ("int32", "uint8")


def check_rowwise(
    operation: Rowwise,
    *,
    options: Mapping[str, Any] | None = None,
    domain: Mapping[str, tuple[float, float]] | None = None,
    dtypes: Sequence[Any] | None = None,
    targets: Sequence[str] | None = None,
    rows: int = 6,
    quick: bool = False,
    seed: int = 0,
) -> Report:
    """Hold a function of a row, one's own or the library's, against what it says of one row.

    - The values against exact ones (mpmath), within the error that a correct kernel may have, a
      sum being added up in any order; rows of one element, of a few, and of many.
    - Special values (zeros, infinities, NaN, huge, tiny) and ties against the plain evaluator.
    - The gradients of all arguments against numerical differentiation of the exact value, and the
      second derivative likewise; through tensors too, with arguments that are broadcast.
    - Arguments that may be left away, and numbers that may be one value a row: both ways.
    - Every target of the CPU, layout (strides, broadcasting, rows along another axis, no rows),
      ``out=`` and work in place. Inputs stay as they are; a second call gives the same bits.
    - All of that once more on the GPU, where there is one.
    - Half dtypes: what float32 gives, rounded once.

    Parameters
    ----------
    operation
        What ``rowwise`` returned.
    options
        Static options and numbers to call it with; by default its defaults.
    domain
        By the name of an argument the least and the largest number that it may be.
    dtypes
        Dtypes to test; by default float32 and float64, or integers if it takes no floats.
    targets
        Targets to test; by default all that can run here.
    rows
        Rows for each dtype and length that are compared with the exact value.
    quick
        Leave out the second dtype, long rows, the second derivative and half dtypes.
    seed
        Of the numbers.

    Returns
    -------
    Report
        The errors that were found, in ulp; of a gradient that cancels they may be many.

    Raises
    ------
    CheckError
        With the row in which something is wrong, what came and what was expected.
    TargetError
        If ``"cuda"`` is among the targets and can't run here.

    Examples
    --------
    >>> import lucid
    >>> from lucid.testing import check_rowwise
    >>> @lucid.rowwise
    ... def centred(x):
    ...     return x - lucid.row_sum(x) / lucid.row_length()
    >>> report = check_rowwise(centred, dtypes=["float64"], rows=2, quick=True)
    >>> report.name, report.points > 0
    ('centred', True)
    """
    samples = RowSamples(operation, options or {}, domain or {}, seed)
    kinds = tuple(map(np.dtype, dtypes)) if dtypes is not None else _kinds(operation, samples)
    kinds = kinds[:1] if quick else kinds
    names = available() if targets is None else tuple(targets)
    if "cuda" in names:
        require()
    report = Report(operation.name, tuple(kind.name for kind in kinds), names)
    battery = _RowBattery(operation, samples, names, rows, report)
    places = ["cpu"] * bool(battery.names) + ["cuda"] * ("cuda" in names)
    for place in places:
        for kind in kinds:
            battery.values(kind, place, quick=quick)
            battery.places(kind, place)
            battery.without_elements(kind, place)
            if kind.kind == "f":
                battery.gradients(kind, place)
            if place == "cpu":
                battery.targets(kind)
        if np.dtype(np.float64) in kinds and not quick:
            battery.second(place)
        if np.dtype(np.float32) in kinds and not quick:
            battery.halves(place)
    return report


def _kinds(operation: Rowwise, samples: RowSamples) -> tuple[np.dtype, ...]:
    names: Sequence[str] = ("float32", "float64")
    drawn = samples.draw(np.dtype(np.float32), 1, 1, full=False)
    program, values = operation.bind((), drawn)
    try:
        infer(program.expression, [getattr(v, "dtype", type(v)) for v in values])
    except DtypeError:
        names = _INTEGERS
    return tuple(map(np.dtype, names))


def _label(kind: np.dtype, place: str) -> str:
    return kind.name if place == "cpu" else f"{kind.name} on {place}"


def _floating(values: Sequence[Any]) -> tuple[bool, ...]:
    return tuple(
        isinstance(v, float) or (isinstance(v, np.ndarray) and v.dtype.kind == "f") for v in values
    )


class _RowBattery:
    def __init__(
        self,
        operation: Rowwise,
        samples: RowSamples,
        targets: tuple[str, ...],
        rows: int,
        report: Report,
    ) -> None:
        self.operation = operation
        self.samples = samples
        self.names = [name for name in targets if name != "cuda"]
        self.rows = rows
        self.report = report

    def bind(self, arguments: Mapping[str, Any]) -> tuple[RowProgram, tuple[Any, ...]]:
        return self.operation.bind((), arguments)

    def _note(self, found: Findings) -> float:
        self.report.points += found.points
        self.report.undecided += found.undecided
        for note in found.notes:
            self._say(note)
        return found.largest

    def _say(self, note: str) -> None:
        if note not in self.report.notes:
            self.report.notes.append(note)

    def _same(self, what: str, got: Any, expected: Any) -> None:
        try:
            for result, wanted in zip(got, expected, strict=True):
                assert_same(result, wanted, what=f"{self.operation.name}, {what}")
        except AssertionError as error:
            raise CheckError(str(error)) from None

    def values(self, kind: np.dtype, place: str, *, quick: bool) -> None:
        largest = 0.0
        for full in self.samples.forms:
            for length in (1, 2, 7):
                drawn = self.samples.draw(kind, self.rows, length, full=full)
                largest = max(largest, self._values(drawn, place))
            special = self.samples.draw(kind, _SPECIAL, 6, full=full, special=True)
            self._values(special, place)
        if not quick and kind.kind == "f":
            self._values(self.samples.draw(kind, 1, _LONG, full=False), place)
        if kind.kind == "f":
            self.report.error[_label(kind, place)] = largest

    def _values(self, drawn: Mapping[str, Any], place: str) -> float:
        program, values = self.bind(drawn)
        results = run(program, values, place)
        return self._note(check_row_values(program, values, results, place))

    def places(self, kind: np.dtype, place: str) -> None:
        """Call with the same numbers in every layout, and with rows along another axis."""
        full = self.samples.forms[-1]
        drawn = self.samples.draw(kind, 4, 6, full=full, special=True)
        names = [name for name, value in drawn.items() if np.shape(value) == (4, 6)]
        flat = [drawn[name].reshape(-1) for name in names]
        there = flat if place == "cpu" else list(map(to_device, flat))
        rest = {name: value for name, value in drawn.items() if np.shape(value) != (4, 6)}
        for what, moved, plain in layouts(there):
            if what in ("no dimensions", "no elements"):
                continue
            if what == "one element":
                rest = self.samples.options
            got = self._run({**rest, **dict(zip(names, moved, strict=True))}, place)
            arguments = {**rest, **dict(zip(names, map(to_host, plain), strict=True))}
            if what.startswith("broadcast"):
                # The sum over what is the same along a row is another loop.
                program, values = self.bind(arguments)
                check_row_values(program, values, got, place)
            else:
                same = dict(zip(names, plain, strict=True))
                self._same(f"{what}, {place}", got, self._run({**rest, **same}, place))
            if what == "one element":
                rest = {name: drawn[name] for name in drawn if name not in names}
        program, values = self.bind(drawn)
        turned = [v.swapaxes(0, 1) if isinstance(v, np.ndarray) else v for v in values]
        results = run(program.along(-2), turned, place)
        check_row_values(program, values, [r.swapaxes(0, 1) for r in results], place)

    def _run(self, arguments: Mapping[str, Any], place: str) -> Any:
        program, values = self.bind(arguments)
        if place == "cpu":
            return run(program, values)
        return tuple(map(to_host, program.run(values, target=place)))

    def without_elements(self, kind: np.dtype, place: str) -> None:
        """Call without rows, and with rows that have no elements."""
        for rows, length in ((0, 5), (3, 0)):
            drawn = self.samples.draw(kind, rows, length, full=False)
            program, values = self.bind(drawn)
            extreme = any(
                node.primitive is not None and node.primitive.rows in ("maximum", "minimum")
                for node in program.expression.nodes()
            )
            try:
                results = run(program, values, place)
            except ShapeError:
                if extreme and length == 0:
                    continue
                raise
            if extreme and length == 0:
                raise CheckError(
                    f"{self.operation.name}: rows without elements have no largest one, but there "
                    f"was a result, {results[0]!r}; expected a ShapeError"
                )
            for result, output in zip(results, program.expression.outputs, strict=True):
                shape = (rows, 1 if output.uniform else length)
                if result.shape != shape:
                    raise CheckError(
                        f"{self.operation.name}: the shape ({rows}, {length}) gave a result of "
                        f"shape {result.shape}; expected {shape}"
                    )
            check_row_values(program, values, results, place)

    def targets(self, kind: np.dtype) -> None:
        rows, length = 13, 11
        drawn = self.samples.draw(kind, rows, length, full=self.samples.forms[-1], special=True)
        short = self._run(drawn, "cpu")
        count = -(-_MANY // (rows * length))
        tall = {
            name: np.tile(value, (count, 1)) if np.shape(value)[:1] == (rows,) else value
            for name, value in drawn.items()
        }
        program, values = self.bind(tall)
        copies = [np.copy(value) for value in values]
        expected = [np.tile(result, (count, 1)) for result in short]
        for target in self.names:
            for call in ("first call", "second call"):
                self._same(f"target {target}, {call}", run(program, values, target), expected)
            out = tuple(np.empty_like(result) for result in expected)
            program.run(values, out=out, target=target)
            self._same(f"target {target}, out=", out, expected)
            self._same(
                f"target {target}, inputs left alone", [np.asarray(v) for v in values], copies
            )
            self._in_place(program, values, expected, target)

    def _in_place(
        self, program: RowProgram, values: Sequence[Any], expected: Any, target: str
    ) -> None:
        fresh = [np.copy(v) if isinstance(v, np.ndarray) else v for v in values]
        out = tuple(
            fresh[j]
            if j < len(fresh)
            and isinstance(fresh[j], np.ndarray)
            and (fresh[j].shape, fresh[j].dtype) == (result.shape, result.dtype)
            else None
            for j, result in enumerate(expected)
        )
        got = program.run(fresh, out=out, target=target)
        self._same(f"target {target}, in place", got, expected)

    def _differentiable(
        self, program: RowProgram, values: Sequence[Any]
    ) -> tuple[bool, ...] | None:
        needs = _floating(values)
        try:
            program.backward(needs)
        except GraphError as reason:
            self._say(f"no derivative: {reason}")
            return None
        smooth = any(result.dtype.kind == "f" for result in run(program, values))
        return needs if any(needs) and smooth else None

    def gradients(self, kind: np.dtype, place: str) -> None:
        largest = 0.0
        for full in self.samples.forms:
            for length in (1, 5):
                drawn = self.samples.draw(kind, self.rows, length, full=full)
                program, values = self.bind(drawn)
                needs = self._differentiable(program, values)
                if needs is None:
                    return
                found, exact = check_row_gradients(program, values, kind, needs, place)
                largest = max(largest, self._note(found))
                check_row_tensors(self.operation, drawn, exact, {}, place)
                cut = self._cut(drawn)
                if cut:
                    whole = {
                        name: np.broadcast_to(cut.get(name, value), np.shape(value)).copy()
                        if name in cut
                        else value
                        for name, value in drawn.items()
                    }
                    program, values = self.bind(whole)
                    found, exact = check_row_gradients(program, values, kind, needs, place)
                    check_row_tensors(self.operation, whole, exact, cut, place)
            drawn = self.samples.draw(kind, _SPECIAL, 6, full=full, special=True)
            self._special_gradients(drawn, kind, place)
        self.report.gradient_error[_label(kind, place)] = largest

    def _cut(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments behind the first as one row for all, or one number for all rows."""
        arrays = [name for name, value in drawn.items() if isinstance(value, np.ndarray)]
        return {name: drawn[name][:1] for name in arrays[1:]}

    def _special_gradients(self, drawn: Mapping[str, Any], kind: np.dtype, place: str) -> None:
        program, values = self.bind(drawn)
        needs = _floating(values)
        back = program.backward(needs)
        outputs = run(program, values, place)
        sources = {
            "input": list(values),
            "output": list(outputs),
            "gradient": draw_seeds(outputs, kind),
        }
        reads = [sources[name][i] for name, i in back.reads]
        assert isinstance(back.program, RowProgram)
        results = run(back.program, reads, place, dtypes=(kind,) * sum(needs))
        self._note(check_row_values(back.program, reads, results, place))

    def second(self, place: str) -> None:
        """Differentiate the derivative."""
        kind = np.dtype(np.float64)
        drawn = self.samples.draw(kind, max(self.rows // 2, 1), 3, full=self.samples.forms[-1])
        program, values = self.bind(drawn)
        needs = self._differentiable(program, values)
        if needs is None:
            return
        back = program.backward(needs)
        outputs = run(program, values, place)
        sources = {
            "input": list(values),
            "output": list(outputs),
            "gradient": draw_seeds(outputs, kind),
        }
        reads = [sources[name][i] for name, i in back.reads]
        assert isinstance(back.program, RowProgram)
        again = self._differentiable(back.program, reads)
        if again is not None:
            found, _ = check_row_gradients(back.program, reads, kind, again, place)
            self.report.second_error[_label(kind, place)] = self._note(found)

    def halves(self, place: str) -> None:
        kinds = [np.dtype(np.float16)]
        try:
            import ml_dtypes

            kinds.append(np.dtype(ml_dtypes.bfloat16))
        except ImportError:
            self._say("bfloat16 is not tested: ml_dtypes is not installed")
        drawn = self.samples.draw(np.dtype(np.float32), 8, 6, full=False, special=True)
        for kind in kinds:
            with np.errstate(all="ignore"):
                half = {
                    name: value.astype(kind)
                    if getattr(value, "dtype", None) == np.float32
                    else value
                    for name, value in drawn.items()
                }
            single = {
                name: value.astype(np.float32) if getattr(value, "dtype", None) == kind else value
                for name, value in half.items()
            }
            got, wide = self._run_at(half, place), self._run_at(single, place)
            with np.errstate(all="ignore"):
                expected = [
                    w.astype(g.dtype) if w.dtype == np.float32 else w
                    for w, g in zip(wide, got, strict=True)
                ]
            self._same(f"dtype {_label(kind, place)}", got, expected)

    def _run_at(self, arguments: Mapping[str, Any], place: str) -> Any:
        return run(*self.bind(arguments), place)
