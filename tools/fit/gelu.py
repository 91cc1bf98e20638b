"""gelu in float32: ndtr(-a) = e^(-a^2 / 2) m(a) / 2, with log m by pieces."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family, Table
from tools.fit.error import mills
from tools.fit.remez import Number, minimax, round_to

#: So near a number is m at its node, relatively.
MISS = mp.mpf(2) ** mp.mpf("-29.5")


def _tail(a: Number) -> Number:
    """m(a), which falls from 1 like a reciprocal."""
    return 2 * mills(a)


@dataclass(frozen=True)
class Tail:
    """log m(a) = log c[0] + sum of c[k] (a - node)^k, a piece for each four bits of a + 1.

    These are the last two of the exponent and the first two of the mantissa, so that a piece is
    about as wide as its distance from the singularities asks for.
    """

    name: str
    degree: int
    number: type[np.floating[Any]] = np.float32

    def lines(self) -> list[str]:
        """Source lines: nodes, and a tuple for each power."""
        columns, worst = [], mp.zero
        for index in range(16):
            # 1 has the bits 12.
            column, error = self._piece((index - 12) % 16)
            columns.append(column)
            worst = max(worst, error)
        names = ["NODE", *map(str, range(self.degree + 1))]
        lines = [
            "# log m(a), m(a) = 2 e^(a^2 / 2) ndtr(-a): log c[0] + c[1] (a - node) + ..., by bits",
            f"# 21 to 24 of a + 1. Powers to {self.degree}; "
            f"error 2^{mp.nstr(mp.log(worst, 2), 4)}.",
        ]
        for name, values in zip(names, zip(*columns, strict=True), strict=True):
            lines += Table(f"{self.name}_{name}", "", values.__getitem__, 16, self.number).lines()[
                1:
            ]
        return lines

    def _piece(self, piece: int) -> tuple[list[Number], Number]:
        lower, upper = (self._end(piece + k) for k in (0, 1))
        # In the middle of the piece's values, so that the largest sum of powers is least.
        centre = mp.sqrt(_tail(lower) * _tail(upper))
        middle = mp.findroot(lambda a: _tail(a) - centre, (lower, upper), solver="anderson")
        node, value = self._node(middle)
        fit = minimax(
            lambda y: mp.log(_tail(node + y) / _tail(node)) / y,
            (lower - node, upper - node),
            range(self.degree),
            weight=abs,
            number=self.number,
        )
        miss = abs(value / _tail(node) - 1)
        return [node, value, *fit.numerator.values()], fit.error + miss

    def _end(self, piece: int) -> Number:
        octave, quarter = divmod(piece, 4)
        return mp.mpf(2) ** octave * (1 + mp.mpf(quarter) / 4) - 1

    def _node(self, middle: Number) -> tuple[Number, Number]:
        """Go from the middle outwards to a number where m is a number too."""
        node = round_to(middle, self.number)
        ulp = mp.mpf(2) ** (mp.frexp(node)[1] - 24)
        for step in range(1000):
            place = node + ulp * ((step + 1) // 2 if step % 2 else -step // 2)
            value = round_to(_tail(place), self.number)
            if abs(value / _tail(place) - 1) < MISS:
                return place, value
        raise ValueError(f"{self.name}: no node near {middle}")


FAMILY = Family(
    "gelu",
    [
        Constant("LOG2_E", "1 / ln 2.", lambda: 1 / mp.log(2), np.float32),
        Constant("LN2", "ln 2.", lambda: mp.log(2), np.float32, 2),
        Approximation(
            "EXP_F32",
            "q(r) = (e^r - 1 - r) / r^2, relative to e^r.",
            lambda r: (mp.expm1(r) - r) / r**2,
            # More than half a step: a part of log m is added.
            lambda: (-mp.mpf("0.49"), mp.mpf("0.49")),
            range(6),
            np.float32,
            weight=lambda r: r**2 / mp.exp(r),
        ),
        Tail("TAIL_F32", 6),
    ],
)
