"""The family of the normal distribution in float32: by pieces where most numbers lie, and its tail.

A piece is what the parabola a (linear + square a) rounds to; `square` makes pieces narrow where
the function falls fast. The first piece is half a step. At its node a function is a number of the
dtype, nearly: so constant terms are exact, and of a piece's value only the last step rounds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family, Table
from tools.fit.error import mills
from tools.fit.remez import Function, Number, minimax, round_to

COUNT = 32
#: So near a number is a function at a node, relatively.
MISS = mp.mpf(2) ** mp.mpf("-29.5")
_TINY = mp.mpf(2) ** -50


@dataclass(frozen=True)
class RoundedPieces:
    """c[0] + c[1] (a - node) + ..., a piece for each integer that a (linear + square a) rounds to.

    ``centre`` is what the polynomials of the first ``centres`` pieces stand for, without a constant
    term and with the node 0, and their powers.
    """

    name: str
    comment: str
    function: Function
    degree: int
    linear: float
    square: float
    centre: tuple[Function, Iterable[int]] | None = None
    centres: int = 0
    number: type[np.floating[Any]] = np.float32

    def lines(self) -> list[str]:
        """Source lines: the parabola, the bounds, the nodes, and a tuple for each power."""
        columns, worst = [], mp.zero
        for piece in range(COUNT):
            column, error = self._piece(piece)
            columns.append(column)
            worst = max(worst, error)
        names = ["NODE", *map(str, range(self.degree + 1))]
        lines = [
            f"# {self.comment} Powers to {self.degree} in a - node, by",
            f"# a (linear + square a) rounded; error 2^{mp.nstr(mp.log(worst, 2), 4)}.",
        ]
        constants = {"LINEAR": self.linear, "SQUARE": self.square, "LAST": self._last(COUNT)}
        if self.centres:
            constants["CENTRE"] = self._last(self.centres)
        for title, value in constants.items():
            constant = Constant(f"{self.name}_{title}", "", lambda v=value: v, self.number)
            lines += constant.lines()[1:]
        for title, values in zip(names, zip(*columns, strict=True), strict=True):
            table = Table(f"{self.name}_{title}", "", values.__getitem__, COUNT, self.number)
            lines += table.lines()[1:]
        return lines

    def _end(self, piece: int) -> Number:
        """Return where a piece begins."""
        step = piece - mp.mpf("0.5")
        if piece == 0:
            return mp.zero
        root = mp.sqrt(mp.mpf(self.linear) ** 2 + 4 * mp.mpf(self.square) * step)
        return (root - self.linear) / (2 * mp.mpf(self.square))

    def _last(self, piece: int) -> Number:
        """Return the last number below a piece, as the parabola is computed: in two fused steps."""
        low = round_to(self._end(piece) * (1 - mp.mpf(2) ** -18), self.number)
        step = mp.mpf(2) ** (mp.frexp(low)[1] - 24)
        while True:
            slope = round_to(low * self.square + self.linear, self.number)
            if low * slope > piece - mp.mpf("0.5"):
                return low - step
            low += step

    def _piece(self, piece: int) -> tuple[list[Number], Number]:
        f, lower, upper = self.function, self._end(piece) + _TINY, self._end(piece + 1)
        if piece < self.centres and self.centre:
            part, powers = self.centre
            least = min(powers)
            fit = minimax(
                lambda y: part(y) / y**least,
                (lower, upper),
                [power - least for power in powers],
                weight=lambda y: y**least / f(y),
                number=self.number,
            )
            return [mp.zero] * (1 + least) + list(fit.numerator.values()), fit.error
        node = self._node(lower, upper)
        value = f(node)
        zero = f(lower) * f(upper) < 0
        fit = minimax(
            lambda y: (f(node + y) - value) / y,
            (lower - node, upper - node),
            range(self.degree),
            weight=lambda y: abs(y / f(node + y)),
            number=self.number,
        )
        miss = mp.zero if zero else abs(round_to(value, self.number) / value - 1)
        return [node, round_to(value, self.number), *fit.numerator.values()], fit.error + miss

    def _node(self, lower: Number, upper: Number) -> Number:
        """Go from the middle outwards to where the function is a number; a zero is a node."""
        f = self.function
        ends = f(lower), f(upper)
        if ends[0] * ends[1] < 0:
            return round_to(mp.findroot(f, (lower, upper), solver="anderson"), self.number)
        middle, quarter = (lower + upper) / 2, (upper - lower) / 4
        # Where the larger of both distances, relative to the function there, is least.
        fair = 2 / (1 / ends[0] + 1 / ends[1])
        left, right = lower, upper
        for _ in range(60):
            half = (left + right) / 2
            left, right = (half, right) if (f(half) - fair) * (ends[0] - fair) > 0 else (left, half)
        if abs(left - middle) < quarter:
            middle = left
        best, least = middle, mp.inf
        for step in range(1500):
            place = middle + quarter / 4096 * ((step + 1) // 2 if step % 2 else -step // 2)
            place = round_to(place, self.number)
            miss = abs(round_to(f(place), self.number) / f(place) - 1)
            if miss < least:
                best, least = place, miss
            if least < MISS:
                break
        return best


def _ndtr(a: Number) -> Number:
    """Return ndtr(-a)."""
    return mp.erfc(a / mp.sqrt(2)) / 2


def _density(a: Number) -> Number:
    return mp.exp(-a * a / 2) / mp.sqrt(2 * mp.pi)


def _tail_ratio(square: Number) -> Callable[[Number], Number]:
    """Return a ndtr(-a) / density(a) - 1 as a function of v = 1 / (square a^2)."""

    def ratio(v: Number) -> Number:
        a = 1 / mp.sqrt(square * v)
        return a * mills(a) * mp.sqrt(2 * mp.pi) - 1

    return ratio


def _family(name: str, pieces: RoundedPieces) -> Family:
    return Family(f"{name}_pieces", [pieces])


FAMILIES = (
    _family(
        "gelu",
        RoundedPieces(
            "GELU",
            "a ndtr(-a); up to CENTRE less a / 2.",
            lambda a: a * _ndtr(a),
            6,
            2.125,
            0.5234375,
            (lambda a: a * (_ndtr(a) - mp.mpf("0.5")), range(2, 7)),
            1,
        ),
    ),
    _family(
        "gelu_grad",
        RoundedPieces(
            "GELU_GRAD",
            "ndtr(-a) - a density(a).",
            lambda a: _ndtr(a) - a * _density(a),
            6,
            # So the zero is in the middle of a piece.
            3.8125,
            0.25,
        ),
    ),
    _family("ndtr", RoundedPieces("NDTR", "ndtr(-a).", _ndtr, 6, 1.125, 0.5703125)),
    _family("erfc", RoundedPieces("ERFC", "erfc(a).", mp.erfc, 6, 1.6875, 1.12109375)),
    _family(
        "erf",
        RoundedPieces(
            "ERF",
            "erf(a); up to CENTRE less a.",
            mp.erf,
            4,
            14.6875,
            -1.703125,
            (lambda a: mp.erf(a) - a, range(1, 5)),
            2,
        ),
    ),
    Family(
        "normal",
        [
            Constant("DENSITY", "1 / sqrt(2 pi).", lambda: 1 / mp.sqrt(2 * mp.pi), np.float32, 2),
            Constant("INVERSE_DENSITY", "Its inverse.", lambda: mp.sqrt(2 * mp.pi), np.float32),
            Constant("ERFC_SLOPE", "1 / sqrt(pi).", lambda: 1 / mp.sqrt(mp.pi), np.float32, 2),
            Constant("INVERSE_ERFC_SLOPE", "Its inverse.", lambda: mp.sqrt(mp.pi), np.float32),
            Approximation(
                "NORMAL_RATIO",
                "a ndtr(-a) / density(a) - 1 in 1 / a^2, a >= 5.9.",
                _tail_ratio(mp.one),
                lambda: (1 / mp.mpf(15) ** 2, 1 / mp.mpf("5.9") ** 2),
                range(6),
                np.float32,
                weight=lambda v: 1 / (1 + _tail_ratio(mp.one)(v)),
            ),
            Approximation(
                "ERFC_RATIO",
                "The same for erfc: a sqrt(pi) e^(a^2) erfc(a) - 1 in 1 / a^2, a >= 4.5.",
                _tail_ratio(mp.mpf("0.5")),
                lambda: (1 / mp.mpf("10.5") ** 2, 1 / mp.mpf("4.5") ** 2),
                range(6),
                np.float32,
                weight=lambda v: 1 / (1 + _tail_ratio(mp.mpf("0.5"))(v)),
            ),
        ],
    ),
)
