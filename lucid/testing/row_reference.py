"""Programs of rows against their references: the exact value, and the plain evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp

from lucid.kernels.expression import Types, evaluate_rows
from lucid.kernels.launch.row_program import RowProgram
from lucid.testing.precise import DIGITS, Undecided
from lucid.testing.reference import (
    Findings,
    as_real,
    check_one,
    errors_on,
    fail,
    run,
    types_of,
    unknown_note,
)
from lucid.testing.row_precise import Row, enclose_rows, is_known_row, row_slopes

__all__ = ["Gradients", "check_row_gradients", "check_row_values", "draw_seeds"]

#: Sums that cancel have errors of any number of ulp; these are not reported.
_MANY_ULP = 64.0
#: By which part a result may differ from the plain evaluator's where there is no exact value to
#: hold it against (an infinite argument, say): sums are added up in another order.
_LOOSE = {2: 1e-2, 4: 1e-4, 8: 1e-12}


@dataclass(frozen=True)
class Gradients:
    """The gradients of a program for each input that has one, row by row.

    Attributes
    ----------
    wanted
        The positions of these inputs.
    kernel
        What the kernel gave.
    exact
        For each of them and each row the exact numbers and their errors; None where undecided.
    """

    wanted: list[int]
    kernel: list[np.ndarray]
    exact: list[list[Row | None]]


def _of_row(program: RowProgram, values: Sequence[Any], r: int) -> list[Any]:
    """Return what the inputs are in a row: a number where that is one for the row."""
    found: list[Any] = []
    for node, value in zip(program.expression.inputs, values, strict=True):
        if isinstance(value, np.ndarray):
            found.append(value[r, 0] if node.uniform else value[r])
        else:
            found.append(value)
    return found


def _is_ordinary(row: Sequence[Any]) -> bool:
    """Whether a row has no infinity and no NaN, and no zero whose sign may be lost."""
    numbers = [np.asarray(part, np.float64) for part in row]
    return all(np.isfinite(x).all() and not np.signbit(x[x == 0]).any() for x in numbers)


def _exactly(row: Sequence[Any]) -> list[Row]:
    return [[(as_real(x), mp.zero) for x in np.atleast_1d(part)] for part in row]


def _loosely(got: Any, plain: Any, size: float) -> bool:
    """Whether two results are the same, but for the order in which sums were added up."""
    if got.dtype.kind in "biu":
        return bool(got == plain)
    if not (np.isfinite(got) and np.isfinite(plain)):
        return bool(got == plain or (np.isnan(got) and np.isnan(plain)))
    share = _LOOSE[got.dtype.itemsize]
    return abs(float(got) - float(plain)) <= share * max(abs(float(plain)), size)


def check_row_values(
    program: RowProgram, values: Sequence[Any], results: Sequence[np.ndarray], target: str = "cpu"
) -> Findings:
    """Hold results for some rows against their exact values, or else the plain evaluator's.

    Parameters
    ----------
    program
        The program.
    values
        Arrays of two axes that have the full shape, or one column for what is one value a row;
        and numbers.
    results
        What came out, of two axes.
    target
        Where it was computed.

    Raises
    ------
    CheckError
        If a number is farther away than rounding explains.
    """
    found = Findings(_MANY_ULP)
    expression = program.expression
    length = _length(program, values)
    types = types_of(expression, values)
    dtypes = tuple(result.dtype for result in results)
    expected = evaluate_rows(expression, values, dtypes) if length else ()
    natural = program.signature(tuple(_kind(value) for value in values), None).results
    if not is_known_row(expression):
        found.notes.append(unknown_note(program))
    for r in range(results[0].shape[0]):
        row = _of_row(program, values, r)
        exact, reason = _enclosed(program, row, length, types, target)
        found.undecided += exact is None
        for j, result in enumerate(results):
            for column, got in enumerate(result[r]):
                what = f"the value of element {column}" if result.shape[1] > 1 else "the value"
                if exact is not None and natural[j].kind == dtypes[j].kind:
                    check_one(program, what, row, got, *exact[j][column], found)
                    continue
                if not length:  # 0 / 0, say: nothing to hold it against
                    continue
                plain = expected[j][r, column]
                size = _largest(row)
                if "depends on rounding" not in reason and not _loosely(got, plain, size):
                    rest = "as the plain evaluator says"
                    raise fail(program, what, row, got, repr(plain), rest)
    return found


def _kind(value: Any) -> Any:
    return value.dtype if isinstance(value, np.ndarray) else type(value)


def _length(program: RowProgram, values: Sequence[Any]) -> int:
    return max(value.shape[1] for value in values if isinstance(value, np.ndarray))


def _largest(row: Sequence[Any]) -> float:
    """Return the largest finite number of a row: how large the terms of a sum may have been."""
    numbers = np.concatenate([np.atleast_1d(np.asarray(part, np.float64)) for part in row])
    numbers = np.abs(numbers[np.isfinite(numbers)])
    return float(numbers[numbers < 1e6].max(initial=0.0))


def _enclosed(
    program: RowProgram, row: Sequence[Any], length: int, types: Types, target: str
) -> tuple[list[Row] | None, str]:
    """Return the exact outputs of a row, or None and the reason."""
    if not is_known_row(program.expression) or not _is_ordinary(row):
        return None, ""
    with mp.workdps(DIGITS):
        try:
            given = _exactly(row)
            return enclose_rows(program.expression, given, length, types, errors_on(target)), ""
        except Undecided as reason:
            return None, str(reason)


def check_row_gradients(
    program: RowProgram,
    values: Sequence[Any],
    dtype: np.dtype,
    needs: tuple[bool, ...],
    target: str = "cpu",
) -> tuple[Findings, Gradients]:
    """Hold the gradients against the numerical derivative of the exact value.

    Raises
    ------
    CheckError
        If one is farther away than rounding explains.
    """
    back = program.backward(needs)
    backward = back.program
    assert isinstance(backward, RowProgram)
    outputs = run(program, values, target)
    seeds = draw_seeds(outputs, dtype)
    sources = {"input": list(values), "output": list(outputs), "gradient": seeds}
    reads = [sources[kind][i] for kind, i in back.reads]
    wanted = [i for i, need in enumerate(needs) if need]
    kernel = list(run(backward, reads, target, dtypes=(dtype,) * len(wanted)))
    found = check_row_values(backward, reads, kernel, target)
    # Where no element is read, the kernel gives one column for all.
    rows, length = outputs[0].shape[0], _length(program, values)
    kernel = [
        gradient
        if program.expression.inputs[i].uniform
        else np.broadcast_to(gradient, (rows, length))
        for i, gradient in zip(wanted, kernel, strict=True)
    ]
    found.largest = 0.0  # that was the distance from the rule, for the outputs as they were rounded
    exact: list[list[Row | None]] = [[] for _ in wanted]
    types, back_types = types_of(program.expression, values), types_of(backward.expression, reads)
    for r in range(rows):
        row = _of_row(program, values, r)
        expected: list[Row] | None = None
        if is_known_row(program.expression) and _is_ordinary(row):
            with mp.workdps(DIGITS):
                given = _exactly(row)
                flows = [[(as_real(x), mp.zero) for x in seed[r]] for seed in seeds]
                try:
                    forward = enclose_rows(
                        program.expression, given, length, types, errors_on(target)
                    )
                    pairs = {"input": given, "output": forward, "gradient": flows}
                    bounds = enclose_rows(
                        backward.expression,
                        [pairs[kind][i] for kind, i in back.reads],
                        length,
                        back_types,
                        errors_on(target),
                    )
                    slope = row_slopes(program.expression, given, length, types, flows)
                    expected = [
                        _held(program, i, row, bound, slope, gradient[r], found)
                        for i, bound, gradient in zip(wanted, bounds, kernel, strict=True)
                    ]
                except Undecided:
                    found.undecided += 1
        for k in range(len(wanted)):
            exact[k].append(None if expected is None else expected[k])
    return found, Gradients(wanted, kernel, exact)


def draw_seeds(outputs: Sequence[np.ndarray], dtype: np.dtype) -> list[np.ndarray]:
    """Return numbers to flow back, of which nothing cancels by chance; 0 for integers."""
    random = np.random.default_rng(len(outputs))
    return [
        (random.integers(4, 13, output.shape) / 8 * (output.dtype.kind == "f")).astype(dtype)
        for output in outputs
    ]


def _held(
    program: RowProgram,
    position: int,
    row: Sequence[Any],
    bound: Row,
    slope: Any,
    gradient: np.ndarray,
    found: Findings,
) -> Row:
    """Hold the gradient of one input for one row; return what it is to be, with its error."""
    name = f"the gradient of {program.expression.inputs[position].name}"
    exact: Row = []
    for column, (value, error) in enumerate(bound):
        what = f"{name}, element {column}," if len(bound) > 1 else name
        try:
            expected, noise = slope(position, [column])
        except Undecided:
            _check_together(program, position, row, bound, slope)
            raise
        # The rule's own value and the numerical one differ by the rounding of constants; a wrong
        # rule is off by more.
        if abs(value - expected) > 16 * error + abs(expected) * 1e-12 + noise:
            rest = f"the rule gives {mp.nstr(value, 20)} in exact arithmetic"
            got = gradient[column]
            raise fail(program, what, row, got, mp.nstr(expected, 20), rest)
        if noise > abs(expected) * 1e-14:  # where the function is next to constant
            expected = value
        error += abs(value - expected)
        check_one(program, what, row, gradient[column], expected, error, found)
        exact.append((expected, error))
    return exact


def _check_together(
    program: RowProgram, position: int, row: Sequence[Any], bound: Row, slope: Any
) -> None:
    """Hold the sum of a gradient at a kink: several largest are one if they move together.

    Raises
    ------
    CheckError
        If the rule gives something else.
    Undecided
        If the function has a kink in this direction too.
    """
    expected, noise = slope(position, range(len(bound)))
    total = mp.fsum(value for value, _ in bound)
    error = mp.fsum(error for _, error in bound)
    if abs(total - expected) > 16 * error + abs(expected) * 1e-12 + noise:
        name = program.expression.inputs[position].name
        raise fail(
            program,
            f"the sum of the gradient of {name} over the row",
            row,
            float(total),
            mp.nstr(expected, 20),
            "all elements moved together, at a kink in each of them alone",
        )
