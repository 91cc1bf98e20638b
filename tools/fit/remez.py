"""Minimax polynomials and rationals by the Remez exchange, in mpmath.

The fit is made on a fixed set of Chebyshev points, dense enough (32 for each coefficient) that
the largest error on the interval is within a few tenths of a per cent of the one on the points.
Each function value is computed once. Working on a fixed set makes the exchange simple, certain
to end and the same on every machine.

Coefficients are rounded to the dtype one after the other, the most important first; after each
rounding the others are fitted again, so that they take up its error (Brisebarre and Chevillard,
"Efficient polynomial L-infinity approximations", 2007, discuss how much there is to gain).

Sources: E. Remez, 1934; W. Fraser and J. F. Hart, "On the computation of rational approximations
to continuous functions", Comm. ACM 5 (1962), for the iteration with a denominator.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mpmath import mp

#: Working precision in bits: monomials on a short interval make ill-conditioned systems.
PRECISION = 320
#: Points for each coefficient that is fitted.
DENSITY = 32
#: The exchange ends when the error curve is level to this relative distance.
LEVEL = mp.mpf("1e-6")
MAX_ROUNDS = 60

Number = Any  # an mpf; mpmath has no types of its own
Function = Callable[[Number], Number]


class FitError(ArithmeticError):
    """The exchange did not settle."""


@dataclass(frozen=True)
class Fit:
    """Coefficients by power, and the largest weighted error on the points.

    ``denominator`` is empty for a polynomial; otherwise its constant term is 1 and left out.
    """

    numerator: dict[int, Number]
    denominator: dict[int, Number]
    error: Number
    points: list[Number] = field(repr=False)
    errors: list[Number] = field(repr=False)

    def __call__(self, x: Number) -> Number:
        """Evaluate the fit at ``x`` in working precision."""
        top = mp.fsum(c * x**k for k, c in self.numerator.items())
        return top / (1 + mp.fsum(c * x**k for k, c in self.denominator.items()))


def chebyshev_points(lower: Number, upper: Number, count: int) -> list[Number]:
    """Zeros of the Chebyshev polynomial on the interval: never its ends, nor its middle."""
    count += count % 2
    middle, half = (lower + upper) / 2, (upper - lower) / 2
    return [middle - half * mp.cospi(mp.mpf(2 * i + 1) / (2 * count)) for i in range(count)]


def solve(matrix: list[list[Number]], right: list[Number]) -> list[Number]:
    """Solve a small linear system by elimination with row pivoting."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for k in range(size):
        pivot = max(range(k, size), key=lambda i: abs(rows[i][k]))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        if rows[k][k] == 0:
            raise FitError("the powers are not independent on the points; check `powers`")
        for i in range(k + 1, size):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    result = [mp.zero] * size
    for k in reversed(range(size)):
        known = mp.fdot(rows[k][k + 1 : size], result[k + 1 :])
        result[k] = (rows[k][size] - known) / rows[k][k]
    return result


class _Problem:
    """Values on the points, and the coefficients that are fixed so far."""

    def __init__(
        self,
        function: Function,
        interval: tuple[Number, Number],
        powers: Iterable[int],
        denominator: Iterable[int],
        weight: Function | None,
        fixed: Mapping[int, Number],
    ) -> None:
        self.names = [(0, k) for k in powers] + [(1, k) for k in denominator]
        self.fixed = {(0, k): mp.mpf(c) for k, c in fixed.items()}
        if missing := [k for k in self.fixed if k not in self.names]:
            raise ValueError(f"`fixed` names the powers {missing}, which are not in `powers`")
        lower, upper = (mp.mpf(bound) for bound in interval)
        count = DENSITY * (len(self.names) + 2)
        self.points = chebyshev_points(lower, upper, count)
        self.values = [mp.mpf(function(x)) for x in self.points]
        self.weights = [
            1 / abs(f) if weight is None else mp.mpf(weight(x))
            for x, f in zip(self.points, self.values, strict=True)
        ]
        # A column holds the factor of its coefficient in P - f Q.
        self.columns = {
            (part, k): [
                -f * x**k if part else x**k for x, f in zip(self.points, self.values, strict=True)
            ]
            for part, k in self.names
        }

    def errors(self, coefficients: Mapping[tuple[int, int], Number]) -> list[Number]:
        """Return weight * (P / Q - f) on the points."""
        names = list(coefficients)
        values = [coefficients[name] for name in names]
        columns = [self.columns[name] for name in names]
        below = [(k, coefficients[part, k]) for part, k in names if part]
        result = []
        for i, (x, f, w) in enumerate(zip(self.points, self.values, self.weights, strict=True)):
            difference = mp.fdot(values, [column[i] for column in columns]) - f
            if below:
                difference /= 1 + mp.fsum(c * x**k for k, c in below)
            result.append(w * difference)
        return result

    def orientation(self) -> list[int]:
        """Sign of x^m, m the lowest free power, on the points.

        When the constant term is fixed, what is left to fit vanishes at 0, and the signs of the
        extrema alternate up to this factor: beside 0 two neighbours have the same sign.
        """
        lowest = min(k for part, k in self.names if (part, k) not in self.fixed)
        return [-1 if x < 0 and lowest % 2 else 1 for x in self.points]

    def level(self, reference: list[int]) -> tuple[dict[tuple[int, int], Number], Number]:
        """Fit so that the weighted errors on the reference are equal with alternating signs."""
        free = [name for name in self.names if name not in self.fixed]
        rational = any(part for part, _ in free)
        orientation = self.orientation()
        signs = [orientation[i] * (1 - 2 * (n % 2)) for n, i in enumerate(reference)]
        error = mp.zero
        for _ in range(MAX_ROUNDS):
            matrix, right = [], []
            for sign, i in zip(signs, reference, strict=True):
                shift = sign * error / self.weights[i]
                # P - (f + s E / w) Q = s E / w; Q's product with E uses the last round's E.
                row = [
                    self.columns[part, k][i] - (shift * self.points[i] ** k if part else 0)
                    for part, k in free
                ]
                matrix.append([*row, -sign / self.weights[i]])
                known = mp.fsum(
                    c * (self.columns[part, k][i] - (shift * self.points[i] ** k if part else 0))
                    for (part, k), c in self.fixed.items()
                )
                right.append(self.values[i] - known)
            *solution, new = solve(matrix, right)
            settled = not rational or abs(new - error) <= LEVEL * abs(new) / 8
            error = new
            if settled:
                return {**self.fixed, **dict(zip(free, solution, strict=True))}, abs(error)
        raise FitError("the error of the rational fit did not settle; lower one of its degrees")

    def exchange(self, reference: list[int]) -> tuple[dict[tuple[int, int], Number], list[int]]:
        """Run the exchange from a first reference; return coefficients and last reference."""
        for _ in range(MAX_ROUNDS):
            coefficients, error = self.level(reference)
            errors = self.errors(coefficients)
            if max(abs(e) for e in errors) <= error * (1 + LEVEL):
                return coefficients, reference
            oriented = [s * e for s, e in zip(self.orientation(), errors, strict=True)]
            reference = _extrema(oriented, len(reference))
        raise FitError("the exchange did not settle; is the function smooth on the interval?")


def _extrema(errors: list[Number], count: int) -> list[int]:
    """Find ``count`` alternating extrema of the error curve, the largest among them."""
    runs: list[int] = []
    for i, error in enumerate(errors):
        if runs and (error > 0) == (errors[runs[-1]] > 0):
            if abs(error) > abs(errors[runs[-1]]):
                runs[-1] = i
        else:
            runs.append(i)
    if len(runs) < count:
        raise FitError(
            f"the error curve has {len(runs)} extrema, {count} are needed; take away a power"
        )
    size = [abs(errors[i]) for i in runs]
    while len(runs) > count:
        least = size.index(min(size))
        if len(runs) == count + 1:
            least = 0 if size[0] < size[-1] else len(runs) - 1
        # The neighbours of an inner run have one sign: the larger of the two stands for both.
        # So the largest of all stays, and what was below the level goes first: the level rises.
        first, last = max(least - 1, 0), min(least + 1, len(runs) - 1)
        keep = first if size[first] > size[last] else last
        inner = 0 < least < len(runs) - 1
        cut = slice(first, last + 1) if inner else slice(least, least + 1)
        runs[cut] = [runs[keep]] if inner else []
        size[cut] = [size[keep]] if inner else []
    return runs


def round_to(value: Number, number: type[np.floating[Any]] | None) -> Number:
    """Round to the nearest value of a dtype, from working precision and so only once."""
    if number is None:
        return mp.mpf(value)
    digits = int(np.finfo(number).nmant) + 1
    with mp.workprec(digits):
        return +mp.mpf(value)


def minimax(
    function: Function,
    interval: tuple[Number, Number],
    powers: Iterable[int],
    *,
    denominator: Iterable[int] = (),
    weight: Function | None = None,
    fixed: Mapping[int, Number] | None = None,
    number: type[np.floating[Any]] | None = None,
) -> Fit:
    """Fit a polynomial or a rational with the smallest largest weighted error.

    Parameters
    ----------
    function
        What to approximate. It is called with points inside the interval, never with its ends,
        nor with 0 where 0 is the end or the middle.
    interval
        Lower and upper end.
    powers
        The powers of the polynomial (or numerator): ``range(6)``, or ``range(1, 12, 2)``.
    denominator
        The powers of the denominator, from 1 on; its constant term is 1.
    weight
        The error at x is ``weight(x) * (fit(x) - function(x))``; by default it is relative.
    fixed
        Powers of the numerator whose coefficients are given.
    number
        ``np.float32`` or ``np.float64``: round the coefficients, refitting after each.

    Returns
    -------
    Fit
        The coefficients, and the largest weighted error with these (rounded) coefficients.
    """
    with mp.workprec(PRECISION):
        problem = _Problem(function, interval, powers, denominator, weight, fixed or {})
        free = [name for name in problem.names if name not in problem.fixed]
        size, count = len(free) + 1, len(problem.points)
        # Extrema of the Chebyshev polynomial, the classical first guess.
        reference = [(2 * i + 1) * (count - 1) // (2 * size) for i in range(size)]
        coefficients, reference = problem.exchange(reference)
        if number is not None:
            # Low powers carry the most weight; a denominator comes after its numerator.
            for name in free:
                problem.fixed[name] = round_to(coefficients[name], number)
                coefficients = dict(problem.fixed)
                if len(problem.fixed) < len(problem.names):
                    coefficients, reference = problem.exchange(reference[1:])
        errors = problem.errors(coefficients)
        return Fit(
            {k: coefficients[0, k] for part, k in problem.names if not part},
            {k: coefficients[1, k] for part, k in problem.names if part},
            max(abs(e) for e in errors),
            problem.points,
            errors,
        )
