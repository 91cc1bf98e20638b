"""Descriptions of what to fit, and the module of coefficients that comes out of them.

A family is one module beside this one with a ``FAMILY``; ``python -m tools.fit NAME`` turns it
into ``lucid/kernels/elementary/coefficients/NAME.py``. The text depends on the description
alone, so running the tool again gives the same file byte for byte.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from mpmath import mp

from tools.fit.remez import PRECISION, Fit, Function, Number, minimax, round_to

TARGET = Path(__file__).parents[2] / "lucid" / "kernels" / "elementary" / "coefficients"


@dataclass(frozen=True)
class Approximation:
    """A polynomial (or, with a ``denominator``, a rational); see `minimax` for the arguments.

    The interval is a function, so that it is computed in full precision.
    """

    name: str
    comment: str
    function: Function
    interval: Callable[[], tuple[Number, Number]]
    powers: Iterable[int]
    number: type[np.floating[Any]]
    weight: Function | None = None
    denominator: Iterable[int] = ()
    fixed: Mapping[int, Number] = field(default_factory=dict)

    def fit(self) -> Fit:
        """Run the exchange."""
        return minimax(
            self.function,
            self.interval(),
            self.powers,
            denominator=self.denominator,
            weight=self.weight,
            fixed=self.fixed,
            number=self.number,
        )

    def lines(self) -> list[str]:
        """Source lines: one tuple in the order of the powers, a second for a denominator."""
        fit = self.fit()
        lower, upper = (mp.nstr(mp.mpf(bound), 6) for bound in self.interval())
        error = mp.nstr(mp.log(fit.error, 2), 4)
        lines = [
            f"# {self.comment}",
            f"# Powers {_span(fit.numerator)} on [{lower}, {upper}]; weighted error 2^{error}.",
            *_tuple(self.name, list(fit.numerator.values()), self.number),
        ]
        if fit.denominator:
            powers = [0, *fit.denominator]
            lines += [
                f"# Its denominator: powers {_span(powers)}.",
                *_tuple(
                    f"{self.name}_DENOMINATOR", [mp.one, *fit.denominator.values()], self.number
                ),
            ]
        return lines


@dataclass(frozen=True)
class Constant:
    """A number in ``parts`` pieces, each what the earlier ones leave, rounded to the dtype.

    With more than one piece the names end in ``_HI`` and ``_LO`` (``_MID`` between), then comes
    the dtype. ``bits`` is the precision of all pieces but the last: a product of such a piece
    with a small integer is exact.
    """

    name: str
    comment: str
    value: Callable[[], Number]
    number: type[np.floating[Any]]
    parts: int = 1
    bits: int | None = None

    def lines(self) -> list[str]:
        """Source lines: one assignment for each piece."""
        suffix = "F32" if self.number is np.float32 else "F64"
        places = {1: [""], 2: ["_HI", "_LO"], 3: ["_HI", "_MID", "_LO"]}[self.parts]
        rest = mp.mpf(self.value())
        lines = [f"# {self.comment}"]
        for i, place in enumerate(places):
            piece = round_to(rest, self.number)
            if self.bits is not None and i < self.parts - 1:
                with mp.workprec(self.bits):
                    piece = +rest
            rest -= piece
            lines.append(f"{self.name}{place}_{suffix} = {_literal(piece, self.number)}")
        return lines


@dataclass(frozen=True)
class Table:
    """Numbers by their index, in ``parts`` tables: what the first leaves is in the second.

    With a ``quantum`` all parts but the last are multiples of it.
    """

    name: str
    comment: str
    value: Callable[[int], Number]
    count: int
    number: type[np.floating[Any]]
    parts: int = 1
    quantum: float | None = None

    def lines(self) -> list[str]:
        """Source lines: one tuple for each part."""
        rests = [mp.mpf(self.value(i)) for i in range(self.count)]
        lines = [f"# {self.comment}"]
        for part in range(self.parts):
            last = part == self.parts - 1
            if self.quantum is None or last:
                pieces = [round_to(rest, self.number) for rest in rests]
            else:
                pieces = [mp.nint(rest / self.quantum) * self.quantum for rest in rests]
            rests = [rest - piece for rest, piece in zip(rests, pieces, strict=True)]
            place = "" if self.parts == 1 else ("_LO" if last else "_HI")
            lines += _tuple(f"{self.name}{place}", pieces, self.number)
        return lines


@dataclass(frozen=True)
class Pieces:
    """A polynomial in x - node for each piece of an interval; a table for each coefficient.

    The node is a number of the dtype close to the middle of the piece, where the function is a
    number of the dtype as well, to within 1/1000 of its ulp: so the constant terms are exact.
    ``ends`` gives the piece with an index. In the first one the node is 0, the function odd.
    """

    name: str
    comment: str
    function: Function
    ends: Callable[[int], tuple[Number, Number]]
    count: int
    degree: int
    number: type[np.floating[Any]]

    def lines(self) -> list[str]:
        """Source lines: a tuple of nodes, and a tuple for each power."""
        nodes, columns, worst = [mp.zero], [self._first()], mp.zero
        for i in range(1, self.count):
            node, coefficients, error = self._fit(*self.ends(i))
            nodes.append(node)
            columns.append(coefficients)
            worst = max(worst, error)
        lines = [
            f"# {self.comment}",
            f"# Powers 0 to {self.degree}; weighted error 2^{mp.nstr(mp.log(worst, 2), 4)}.",
            *_tuple(f"{self.name}_NODE", nodes, self.number),
        ]
        for power in range(self.degree + 1):
            values = [column[power] for column in columns]
            lines += _tuple(f"{self.name}_{power}", values, self.number)
        return lines

    def _first(self) -> list[Number]:
        powers = range(1, self.degree + 1, 2)
        fit = minimax(
            self.function, self.ends(0), powers, fixed={1: 1}, number=self.number
        ).numerator
        return [fit.get(power, mp.zero) for power in range(self.degree + 1)]

    def _fit(self, lower: Number, upper: Number) -> tuple[Number, list[Number], Number]:
        node = self._node(lower, upper)
        value = mp.mpf(self.function(node))
        fit = minimax(
            lambda y: (self.function(node + y) - value) / y,
            (lower - node, upper - node),
            range(self.degree),
            weight=lambda y: abs(y) / self.function(node + y),
            number=self.number,
        )
        return node, [round_to(value, self.number), *fit.numerator.values()], fit.error

    def _node(self, lower: Number, upper: Number) -> Number:
        """Go from the middle outwards in small steps until the value is close to a number."""
        for step in range(4096):
            offset = (upper - lower) * (step if step % 2 else -step) / 8192
            node = round_to((lower + upper) / 2 + offset, self.number)
            value = mp.mpf(self.function(node))
            rounded = round_to(value, self.number)
            if abs(value - rounded) * 1000 <= float(np.spacing(self.number(float(rounded)))):
                return node
        raise ValueError(f"{self.name}: no node between {lower} and {upper}; take wider pieces")


@dataclass(frozen=True)
class Family:
    """One generated module."""

    name: str
    items: Sequence[Any]

    def source(self) -> str:
        """Fit everything and return the text of the module."""
        with mp.workprec(PRECISION):
            blocks = ["\n".join(item.lines()) for item in self.items]
        head = (
            f'"""Coefficients of the {self.name} functions.\n\n'
            f"Generated by ``python -m tools.fit {self.name}``; change it there, not here.\n"
            '"""\n'
        )
        if any(item.number is np.float32 for item in self.items):
            head += "\nimport numpy as np\n"
        return head + "\n" + "\n\n".join(blocks) + "\n"

    def path(self) -> Path:
        """Where the module lies."""
        return TARGET / f"{self.name}.py"


def _span(powers: Iterable[int]) -> str:
    powers = list(powers)
    if len(powers) < 3:
        return ", ".join(map(str, powers))
    return f"{powers[0]}, {powers[1]} ... {powers[-1]}"


def _literal(value: Number, number: type[np.floating[Any]]) -> str:
    rounded = number(float(value))
    text = (
        f"np.float32({rounded!s})"
        if number is np.float32
        else repr(float(rounded)).replace("e+", "e")
    )
    if mp.mpf(float(rounded)) != value or number(str(rounded)) != rounded:
        raise ValueError(f"{mp.nstr(value, 20)} cannot be written as a {number.__name__}")
    return text


def _tuple(name: str, values: list[Number], number: type[np.floating[Any]]) -> list[str]:
    return [f"{name} = (", *(f"    {_literal(value, number)}," for value in values), ")"]
