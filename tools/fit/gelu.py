"""gelu in float32: ndtr(-a) = e^(-a^2 / 2 - R(a)) / 2, with R by pieces."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family, Table
from tools.fit.error import mills
from tools.fit.remez import Number, minimax, round_to

#: The levels are multiples of this: their sums with multiples of ln2 are exact.
QUANTUM = mp.mpf(2) ** -14
#: So near a level R is at its node.
MISS = mp.mpf(2) ** mp.mpf("-29.5")
SHIFT = mp.mpf(1) / 16


def _rest(a: Number) -> Number:
    """R(a), which grows from 0 like a logarithm."""
    return -mp.log(2 * mills(a))


def _slope(a: Number) -> Number:
    return 1 / (mp.sqrt(2 * mp.pi) * mills(a)) - a


@dataclass(frozen=True)
class Tail:
    """-R(a) = level + sum of c[k] (a - node)^k, a piece for each five bits of 3/2 (a + 1).

    These are the last two of the exponent and the first three of the mantissa, so that a piece is
    about as wide as its distance from the singularities asks for.
    """

    name: str
    degree: int
    number: type[np.floating[Any]] = np.float32

    def lines(self) -> list[str]:
        """Source lines: nodes, levels, and a tuple for each power from 1 on."""
        columns, worst = [], mp.zero
        for index in range(32):
            # 3/2 has the bits 28.
            column, error = self._piece((index - 28) % 32)
            columns.append(column)
            worst = max(worst, error)
        names = ["NODE", "LEVEL", *map(str, range(1, self.degree + 1))]
        lines = [
            "# -R(a) = -log(2 e^(a^2 / 2) ndtr(-a)) is level + sum of c[k] (a - node)^k, by bits",
            f"# 20 to 24 of 3/2 (a + 1). Powers 1 to {self.degree}; "
            f"error 2^{mp.nstr(mp.log(worst, 2), 4)}.",
        ]
        for name, values in zip(names, zip(*columns, strict=True), strict=True):
            lines += Table(f"{self.name}_{name}", "", values.__getitem__, 32, self.number).lines()[
                1:
            ]
        return lines

    def _piece(self, piece: int) -> tuple[list[Number], Number]:
        lower, upper = (self._end(piece + k) for k in (0, 1))
        node, level = self._node(lower, upper) if piece else (mp.zero, mp.zero)
        fit = minimax(
            lambda y: (_rest(node) - _rest(node + y)) / y,
            (lower - node, upper - node),
            range(self.degree),
            weight=abs,
            number=self.number,
        )
        return [node, -level, *fit.numerator.values()], fit.error + abs(_rest(node) - level)

    def _end(self, piece: int) -> Number:
        octave, eighth = divmod(piece + 4, 8)
        return mp.mpf(2) ** octave * (1 + mp.mpf(eighth) / 8) / mp.mpf("1.5") - 1

    def _node(self, lower: Number, upper: Number) -> tuple[Number, Number]:
        """Go from the middle outwards to a number where R is a level."""
        middle = (lower + upper) / 2
        first = mp.nint(_rest(middle) / QUANTUM)
        for step in range(1000):
            level = QUANTUM * (first + ((step + 1) // 2 if step % 2 else -step // 2))
            node = middle
            for _ in range(6):
                node -= (_rest(node) - level) / _slope(node)
            node = round_to(node, self.number)
            if abs(_rest(node) - level) < MISS:
                return node, level
        raise ValueError(f"{self.name}: no node between {lower} and {upper}")


FAMILY = Family(
    "gelu",
    [
        Constant("LOG2_E", "1 / ln 2.", lambda: 1 / mp.log(2), np.float32),
        Constant("LN2", "ln 2; k LN2_HI is exact up to 2^8.", lambda: mp.log(2), np.float32, 2, 16),
        Constant("SHIFT", "How far r leans to the positive side.", lambda: SHIFT, np.float32),
        Approximation(
            "EXP_F32",
            "q(r) = (e^r - 1 - r) / r^2, relative to e^r.",
            lambda r: (mp.expm1(r) - r) / r**2,
            # More than half a step: the exponent is found from the first terms of R.
            lambda: (SHIFT - mp.mpf("0.36"), SHIFT + mp.mpf("0.36")),
            range(5),
            np.float32,
            weight=lambda r: r**2 / mp.exp(r),
        ),
        Tail("TAIL_F32", 4),
    ],
)
