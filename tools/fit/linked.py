"""Polynomials for the pieces of an interval that give a function and its derivative.

A kernel that needs both looks the same coefficients up once. The derivative of the polynomial is
what is fitted: its error is relative to the derivative of the function, and what it adds up to
over a short piece is less still beside the function.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp

from tools.fit.emit import _tuple
from tools.fit.remez import Function, Number, minimax, round_to

#: How far, in its ulp, a value at a node may be from a number of the dtype, and an integral's. The
#: functions of the logistic family all become the same power of e far out, and can't all be close
#: to numbers: then twice as far.
_NEAR, _NEAR_INTEGRAL = mp.mpf(1) / 20, mp.mpf(1) / 8


@dataclass(frozen=True)
class Linked:
    """A polynomial in x - node for each piece of an interval; a table for each coefficient.

    The node is a number of the dtype close to the middle of the piece, where all the functions
    are close to numbers of the dtype: so the constant terms are exact, or nearly.

    Attributes
    ----------
    name, comment
        The name of the tables, and what stands above them.
    functions
        The function and its derivative; then integrals that begin with the same coefficients,
        of which the values at the nodes make a table each, ``NAME_INTEGRAL``.
    ends
        Gives the piece with an index.
    count
        The number of the pieces.
    degree
        Of the polynomial of the function.
    number
        The dtype.
    start
        Gives for an index a place near which the node is looked for, if not the middle.
    slack
        By so much a piece is longer at both ends.
    least
        The error of the derivative is relative to what is no less than this.
    """

    name: str
    comment: str
    functions: tuple[Function, ...]
    ends: Callable[[int], tuple[Number, Number]]
    count: int
    degree: int
    number: type[np.floating[Any]]
    start: Callable[[int], Number | None]
    slack: float
    least: float = 0.0

    def lines(self) -> list[str]:
        """Source lines: a tuple of nodes, and a tuple for each power."""
        nodes, columns, worst = [], [], mp.zero
        for i in range(self.count):
            lower, upper = (mp.mpf(end) for end in self.ends(i))
            node = self._node(lower, upper, self.start(i))
            column, error = self._fit(node, lower - self.slack, upper + self.slack)
            nodes.append(node)
            columns.append(column)
            worst = max(worst, error)
        error = mp.nstr(mp.log(worst, 2), 4)
        lines = [
            f"# {self.comment}",
            f"# Powers 0 to {self.degree}; weighted error of the derivative 2^{error}.",
            *_tuple(f"{self.name}_NODE", nodes, self.number),
        ]
        for power in range(self.degree + 1):
            values = [column[power] for column in columns]
            lines += _tuple(f"{self.name}_{power}", values, self.number)
        for integral in self.functions[2:]:
            values = [round_to(integral(node), self.number) for node in nodes]
            lines += _tuple(f"{self.name}_INTEGRAL", values, self.number)
        return lines

    def _node(self, lower: Number, upper: Number, start: Number | None) -> Number:
        """Go outwards in small steps until all values are close to numbers."""
        middle = (lower + upper) / 2 if start is None else mp.mpf(start)
        for factor in (1, 2):
            limits = [_NEAR * factor] * 2 + [_NEAR_INTEGRAL * factor] * len(self.functions[2:])
            for step in range(1 << 16):
                offset = (step if step % 2 else -step) * mp.mpf(2) ** -21
                node = round_to(middle + offset, self.number)
                if all(map(self._is_near, (f(node) for f in self.functions), limits)):
                    return node
        raise ValueError(f"{self.name}: no node near {mp.nstr(middle, 6)}; allow more distance")

    def _is_near(self, value: Number, limit: Number) -> bool:
        rounded = round_to(value, self.number)
        # Where the derivative has a root, an ulp of it is nothing beside the function.
        unit = max(float(np.spacing(self.number(abs(float(rounded))))), 2.0**-40)
        return bool(abs(value - rounded) <= limit * unit)

    def _fit(self, node: Number, lower: Number, upper: Number) -> tuple[list[Number], Number]:
        function, derivative, *_ = self.functions
        first = round_to(derivative(node), self.number)
        fixed = {0: first}
        column = [round_to(function(node), self.number), first]
        error = mp.zero
        while len(fixed) < self.degree:
            fit = minimax(
                lambda y: derivative(node + y),
                (lower - node, upper - node),
                range(self.degree),
                # Relative, but not to next to nothing beside a root.
                weight=lambda y: 1 / max(abs(derivative(node + y)), self.least),
                fixed=fixed,
            )
            power = len(fixed)
            column.append(round_to(fit.numerator[power] / (power + 1), self.number))
            fixed[power] = column[-1] * (power + 1)
            error = fit.error
        return column, error
