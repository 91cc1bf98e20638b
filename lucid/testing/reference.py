"""Programs against their references: the exact value, and the plain evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mpmath import mp

from lucid.kernels.expression import Expression, Types, evaluate_array, infer
from lucid.kernels.launch.program import Program
from lucid.kernels.launch.settings import target as chosen
from lucid.kernels.targets.cuda import simulated, to_device, to_host
from lucid.testing.compare import ulp_distance
from lucid.testing.precise import DIGITS, Ulps, Undecided, enclose, is_known, slope, ulp
from lucid.testing.report import CheckError

__all__ = [
    "Findings",
    "as_real",
    "check_gradients",
    "check_one",
    "check_plain",
    "check_values",
    "errors_on",
    "fail",
    "run",
    "types_of",
    "unknown_note",
]

#: Units in the last place by which a result may differ from the plain evaluator's where there is
#: no exact value to hold it against (an infinite argument, say).
_LOOSE = {2: 2.0, 4: 64.0, 8: 4096.0}
#: Stands for infinity where a function has levelled off: its square is still a float32.
_LARGE = 1e15


class Findings:
    """Counts points, and keeps the largest error.

    Parameters
    ----------
    limit
        An error is kept only where that of a correct kernel is at most so many ulp: where a formula
        cancels, an ulp says nothing.
    """

    def __init__(self, limit: float = np.inf) -> None:
        self.limit = limit
        self.points = 0
        self.undecided = 0
        self.largest = 0.0
        self.notes: list[str] = []

    def add(self, distance: Any, error: Any, size: Any, dtype: np.dtype) -> None:
        unit = ulp(abs(size), dtype)
        if error <= self.limit * unit:
            self.largest = max(self.largest, float(distance / unit))


def types_of(expression: Expression, values: Sequence[Any]) -> Types:
    """Return the types of an expression for given arrays and numbers."""
    return infer(expression, [v.dtype if isinstance(v, np.ndarray) else type(v) for v in values])


def run(program: Program, values: Sequence[Any], target: str = "cpu", **options: Any) -> Any:
    """Run on arrays of the CPU; for the target cuda they are brought there and back."""
    if target != "cuda":
        # Not by `target=`: so the calls after the first are made by machine code, as users' are.
        with chosen(target):
            return program.run(tuple(values), **options)
    moved = [to_device(v) if isinstance(v, np.ndarray) else v for v in values]
    return tuple(map(to_host, program.run(tuple(moved), target=target, **options)))


def errors_on(target: str) -> Ulps | None:
    """Return the errors of functions where they are not those of the elementary functions."""
    if target != "cuda" or simulated():
        return None
    from lucid.kernels.targets.cuda.single import error_of

    return error_of


def unknown_note(program: Program) -> str:
    """Say that the exact value is not known."""
    return f"{program.name} has steps that real numbers do not know: the plain evaluator alone"


def as_real(value: Any) -> Any:
    """Return a number of any precision; bool as it is."""
    item = value.item() if hasattr(value, "item") else value
    return item if isinstance(item, bool) else mp.mpf(item)


def _point(values: Sequence[Any], index: int) -> list[Any]:
    return [v[index] if isinstance(v, np.ndarray) else v for v in values]


def _finite(point: Sequence[Any]) -> bool:
    # Zeros of both signs are one real number, but not one float.
    return all(np.isfinite(x) and not (x == 0 and np.signbit(x)) for x in map(np.float64, point))


def _text(value: Any) -> str:
    """Write a number, or the elements of a row."""
    if isinstance(value, np.ndarray):
        return np.array2string(value, separator=", ", threshold=16, floatmode="unique")
    return str(value.item() if hasattr(value, "item") else value)


def fail(
    program: Program, what: str, point: Sequence[Any], got: Any, expected: Any, rest: str
) -> CheckError:
    """Make the error that names a point, what came and what was expected."""
    names = [node.name for node in program.expression.inputs]
    arguments = ", ".join(f"{name}={_text(x)}" for name, x in zip(names, point, strict=True))
    kind = getattr(got, "dtype", "")
    return CheckError(
        f"{program.name}: {what} is wrong at {arguments} ({kind})\n"
        f"  got      {got!r}\n  expected {expected}\n  {rest}"
    )


def check_values(program: Program, values: Sequence[Any], target: str = "cpu") -> Findings:
    """Hold the outputs against their exact values, within the error of a correct kernel.

    Raises
    ------
    CheckError
        If one is farther away.
    """
    found = Findings()
    if not is_known(program.expression):
        found.notes.append(unknown_note(program))
        return found
    types = types_of(program.expression, values)
    results = run(program, values, target)
    for index in range(results[0].size):
        point = _point(values, index)
        try:
            if not _finite(point):
                raise Undecided
            with mp.workdps(DIGITS):
                exact = enclose(
                    program.expression, list(map(as_real, point)), types, None, errors_on(target)
                )
                for result, (value, error) in zip(results, exact, strict=True):
                    check_one(program, "the value", point, result[index], value, error, found)
        except Undecided:
            found.undecided += 1
    return found


def check_one(
    program: Program,
    what: str,
    point: Sequence[Any],
    got: Any,
    value: Any,
    error: Any,
    found: Findings,
) -> None:
    """Hold one number against its exact value and the error of a correct kernel."""
    if got.dtype.kind not in "f":
        if got.item() != (bool(value) if got.dtype.kind == "b" else int(value)):
            raise fail(program, what, point, got, value, "exactly")
        found.points += 1
        return
    if not np.isfinite(got):
        raise fail(program, what, point, got, mp.nstr(value, 20), "a finite number")
    # The last rounding is to the dtype of the result.
    error += ulp(abs(value) + error, got.dtype) / 2
    distance = abs(mp.mpf(got.item()) - value)
    if distance > error:
        raise fail(
            program,
            what,
            point,
            got,
            mp.nstr(value, 20),
            f"the distance is {mp.nstr(distance, 3)}, a correct kernel's at most "
            f"{mp.nstr(error, 3)}",
        )
    found.points += 1
    # Next to a zero of the function an ulp says nothing.
    if abs(value) > 64 * error:
        found.add(distance, error, value, got.dtype)


def check_plain(
    program: Program, values: Sequence[Any], dtypes: Any = None, target: str = "cpu"
) -> None:
    """Hold the outputs against the plain evaluator, special values included.

    NaN, infinities and the signs of zeros are to be the same; the rest is to be near.

    Raises
    ------
    CheckError
        If one differs.
    """
    results = run(program, values, target, dtypes=dtypes)
    expected = evaluate_array(program.expression, values, dtypes)
    types = types_of(program.expression, values)
    for j, (result, plain) in enumerate(zip(results, expected, strict=True)):
        if result.dtype != plain.dtype:
            raise CheckError(
                f"{program.name}: the result is {result.dtype}, expected {plain.dtype}"
            )
        for index in _suspects(result, plain):
            point = _point(values, index)
            if not _excused(program.expression, types, point, j, result[index], target):
                raise fail(
                    program,
                    "the value",
                    point,
                    result[index],
                    repr(plain[index]),
                    "as the plain evaluator says",
                )


def _suspects(result: np.ndarray, plain: np.ndarray) -> list[int]:
    """Return where a result is not what the plain evaluator says, to the last few bits."""
    if result.dtype.kind in "biu":
        return [int(i) for i in np.flatnonzero(result != plain)]
    far = ulp_distance(result, plain) > _LOOSE[result.dtype.itemsize] / 16
    zeros = (result == 0) & (plain == 0) & (np.signbit(result) != np.signbit(plain))
    return [int(i) for i in np.flatnonzero(far | zeros)]


def _excused(
    expression: Expression, types: Types, point: Sequence[Any], j: int, got: Any, target: str
) -> bool:
    """Whether rounding explains the value: it is near the exact one, or there is no exact one."""
    if not is_known(expression) or not np.isfinite(np.float64(got)):
        return False
    if not _finite(point):
        near = _finite_stand_in(expression, point, j)
        if got == 0 or near is None:
            return False
        point = near
    with mp.workdps(DIGITS):
        try:
            real = list(map(as_real, point))
            value, error = enclose(expression, real, types, None, errors_on(target))[j]
        except Undecided as reason:
            return "depends on rounding" in str(reason)
        if got.dtype.kind != "f":
            return False
        error += ulp(abs(value) + error, got.dtype)
        signs = got != 0 or abs(value) > error or bool(np.signbit(got)) == (value < 0)
        return bool(abs(mp.mpf(got.item()) - value) <= error) and (signs or value == 0)


def _finite_stand_in(expression: Expression, point: Sequence[Any], j: int) -> list[Any] | None:
    """Return a point of finite numbers at which the plain evaluator says the same; None without.

    Zeros lose their sign, infinities become large. Where the function levels off (a sigmoid, say),
    the exact value there tells how much rounding may do behind a cancellation.
    """
    if any(np.isnan(x) or getattr(x, "itemsize", 8) == 2 for x in point):
        return None
    near = [
        x if np.isfinite(x) and x != 0 else type(x)(np.clip(x, -_LARGE, _LARGE) + 0.0)
        for x in point
    ]
    here, there = (
        evaluate_array(expression, [np.array([x]) if hasattr(x, "dtype") else x for x in values])
        for values in (point, near)
    )
    return near if np.array_equal(here[j], there[j]) else None


def check_gradients(
    program: Program,
    values: Sequence[Any],
    dtype: np.dtype,
    needs: tuple[bool, ...],
    target: str = "cpu",
) -> Findings:
    """Hold the gradients against the numerical derivative of the exact value.

    Raises
    ------
    CheckError
        If one is farther away than rounding explains.
    """
    found = Findings()
    back = program.backward(needs)
    outputs = run(program, values, target)
    random = np.random.default_rng(len(outputs))
    seeds = [(random.integers(4, 13, output.shape) / 8).astype(dtype) for output in outputs]
    sources = {"input": list(values), "output": list(outputs), "gradient": seeds}
    reads = [sources[kind][i] for kind, i in back.reads]
    wanted = [i for i, need in enumerate(needs) if need]
    gradients = run(back.program, reads, target, dtypes=(dtype,) * len(wanted))
    check_plain(back.program, reads, (dtype,) * len(wanted), target)
    for part in (program, back.program):
        if not is_known(part.expression):
            found.notes.append(unknown_note(part))
            return found
    types = types_of(program.expression, values)
    back_types = types_of(back.program.expression, reads)
    smooth = [j for j, output in enumerate(outputs) if output.dtype.kind == "f"]
    for index in range(outputs[0].size):
        point = _point(values, index)
        try:
            if not _finite(point):
                raise Undecided
            with mp.workdps(DIGITS):
                real = list(map(as_real, point))
                forward = enclose(program.expression, real, types, None, errors_on(target))
                given = {
                    "input": [(x, mp.zero) for x in real],
                    "output": forward,
                    "gradient": [(as_real(seed[index]), mp.zero) for seed in seeds],
                }
                pairs = [given[kind][i] for kind, i in back.reads]
                bounds = enclose(
                    back.program.expression,
                    [value for value, _ in pairs],
                    back_types,
                    [error for _, error in pairs],
                    errors_on(target),
                )
                for i, gradient, (value, error) in zip(wanted, gradients, bounds, strict=True):
                    expected = noise = mp.zero
                    for j in smooth:
                        part, doubt = slope(program.expression, real, types, i, j)
                        expected += given["gradient"][j][0] * part
                        noise += given["gradient"][j][0] * doubt
                    name = f"the gradient of {program.expression.inputs[i].name}"
                    # The rule's own value and the numerical one differ by the rounding of
                    # constants; a wrong rule is off by more.
                    if abs(value - expected) > 16 * error + abs(expected) * 1e-12 + noise:
                        raise fail(
                            program,
                            name,
                            point,
                            gradient[index],
                            mp.nstr(expected, 20),
                            f"the rule gives {mp.nstr(value, 20)} in exact arithmetic",
                        )
                    if noise > abs(expected) * 1e-14:  # where the function is next to constant
                        expected = value
                    error += abs(value - expected)
                    check_one(program, name, point, gradient[index], expected, error, found)
        except Undecided:
            found.undecided += 1
    return found
