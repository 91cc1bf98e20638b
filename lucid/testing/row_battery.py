"""One call that holds a function of a row against everything that is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lucid.kernels import Rowwise
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.kernels.expression import infer
from lucid.kernels.targets.cuda import to_device, to_host
from lucid.testing.course import MANY, Scope
from lucid.testing.layouts import layouts
from lucid.testing.reference import run
from lucid.testing.report import CheckError, Report
from lucid.testing.row_gradients import SPECIAL, RowGradients
from lucid.testing.row_reference import check_row_values
from lucid.testing.row_samples import RowSamples

__all__ = ["check_rowwise"]

#: More than a piece of a sum, and more than the lanes of a short row.
_LONG = 1100
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
    kinds = _kinds(operation, samples) if dtypes is None else tuple(map(np.dtype, dtypes))
    return _RowBattery(operation, samples, Scope(kinds, targets, quick), rows).run()


def _kinds(operation: Rowwise, samples: RowSamples) -> tuple[np.dtype, ...]:
    names: Sequence[str] = ("float32", "float64")
    drawn = samples.draw(np.dtype(np.float32), 1, 1, full=False)
    program, values = operation.bind((), drawn)
    try:
        infer(program.expression, [getattr(v, "dtype", type(v)) for v in values])
    except DtypeError:
        names = _INTEGERS
    return tuple(map(np.dtype, names))


class _RowBattery(RowGradients):
    def of_dtype(self, kind: np.dtype, place: str) -> None:
        self.values(kind, place)
        self.layouts(kind, place)
        self.without_elements(kind, place)
        if kind.kind == "f":
            self.gradients(kind, place)
        if place == "cpu":
            self.everywhere(kind)

    def values(self, kind: np.dtype, place: str) -> None:
        largest = 0.0
        for full in self.samples.forms:
            for length in (1, 2, 7):
                drawn = self.samples.draw(kind, self.rows, length, full=full)
                largest = max(largest, self._values(drawn, place))
            special = self.samples.draw(kind, SPECIAL, 6, full=full, special=True)
            self._values(special, place)
        if not self.quick and kind.kind == "f":
            self._values(self.samples.draw(kind, 1, _LONG, full=False), place)
        if kind.kind == "f":
            self.report.error[self.label(kind, place)] = largest

    def _values(self, drawn: Mapping[str, Any], place: str) -> float:
        program, values = self.bind(drawn)
        results = run(program, values, place)
        return self.note(check_row_values(program, values, results, place))

    def layouts(self, kind: np.dtype, place: str) -> None:
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
                self.same(f"{what}, {place}", got, self._run({**rest, **same}, place))
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

    def everywhere(self, kind: np.dtype) -> None:
        """Call on every target of the CPU."""
        rows, length = 13, 11
        drawn = self.samples.draw(kind, rows, length, full=self.samples.forms[-1], special=True)
        count = -(-MANY // (rows * length))
        tall = {
            name: np.tile(value, (count, 1)) if np.shape(value)[:1] == (rows,) else value
            for name, value in drawn.items()
        }
        expected = [np.tile(result, (count, 1)) for result in self._run(drawn, "cpu")]
        self.on_targets(*self.bind(tall), expected)

    def half(self, kind: np.dtype, place: str) -> None:
        single = self.samples.draw(np.dtype(np.float32), 8, 6, full=False, special=True)
        with np.errstate(all="ignore"):
            half = _converted(single, np.dtype(np.float32), kind)
        got = run(*self.bind(half), place)
        wide = run(*self.bind(_converted(half, kind, np.dtype(np.float32))), place)
        self.rounded(f"dtype {self.label(kind, place)}", got, wide)


def _converted(arguments: Mapping[str, Any], old: np.dtype, new: np.dtype) -> dict[str, Any]:
    return {
        name: value.astype(new) if getattr(value, "dtype", None) == old else value
        for name, value in arguments.items()
    }
