"""sin, cos, tan: the bits of 2/pi for the reduction, and polynomials of the reduced angle.

The float32 functions work in float64 on f, a fraction of a half turn (sin, cos) or of a quarter
turn (tan of huge numbers), little above 1/2 at most; tan in float32 of other numbers and the
float64 functions on an angle r, |r| <= pi/4.
"""

from dataclasses import dataclass

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family
from tools.fit.remez import Number

#: The largest float64 is below 2^1024; a product with it needs 2/pi to about 2^-1200.
BITS = 1240


@dataclass(frozen=True)
class Bits:
    """A number below 1 as an integer: its first ``BITS`` binary places."""

    name: str
    comment: str
    number: type = int

    def lines(self) -> list[str]:
        """Source lines: one integer, 80 hexadecimal digits a line."""
        with mp.workprec(BITS + 64):
            digits = f"{int(mp.floor(mp.ldexp(2 / mp.pi, BITS))):x}"
        pieces = [digits[i : i + 80] for i in range(0, len(digits), 80)]
        return [
            f"# {self.comment}",
            f"{self.name} = int(",
            *(f'    "{piece}"' for piece in pieces[:-1]),
            f'    "{pieces[-1]}",',
            "    16,",
            ")",
            f"{self.name}_PLACES = {BITS}",
        ]


def _half_turn() -> tuple[Number, Number]:
    # More than 1/2: the multiple is rounded before the second piece of 2/pi comes in (0.026), and
    # for cos from a number that may be rounded itself (1/16).
    return mp.zero, mp.mpf("0.59") ** 2


def _quarter_turn() -> tuple[Number, Number]:
    return mp.zero, mp.mpf("0.553") ** 2


def _square() -> tuple[Number, Number]:
    return mp.zero, (mp.pi / 4) ** 2 * mp.mpf("1.0001")


#: Where tan's polynomial in float32 has its origin: w = r^2 - _MIDDLE is rounded less than r^2.
_MIDDLE = mp.mpf("0.4375")


def _shifted_square() -> tuple[Number, Number]:
    # The multiple of pi/2 that is taken away is found in float32, for numbers up to 2^16.
    return -_MIDDLE * (1 - mp.mpf(2) ** -30), (mp.pi / 4 * mp.mpf("1.0035")) ** 2 - _MIDDLE


def _sin_half_turn(z: Number) -> Number:
    return mp.sin(mp.pi * mp.sqrt(z)) / mp.sqrt(z)


def _tan_quarter_turn(z: Number) -> Number:
    return mp.tan(mp.pi / 2 * mp.sqrt(z)) / mp.sqrt(z)


def _tan_excess(w: Number) -> Number:
    r = mp.sqrt(w + _MIDDLE)
    return mp.tan(r) / r - 1


def _sin_rest(z: Number) -> Number:
    r = mp.sqrt(z)
    return (mp.sin(r) - r) / r**3


def _cos_rest(z: Number) -> Number:
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2


def _cot_quotient(z: Number) -> Number:
    return mp.sqrt(z) * mp.cot(mp.sqrt(z))


FAMILY = Family(
    "trigonometric",
    [
        Bits("TWO_OVER_PI", "2/pi: its binary places after the point."),
        Constant("HALF_PI", "pi / 2.", lambda: mp.pi / 2, np.float64, 3),
        Constant("HALF_PI", "pi / 2.", lambda: mp.pi / 2, np.float32, 2),
        Constant("TWO_OVER_PI", "2 / pi.", lambda: 2 / mp.pi, np.float32),
        Approximation(
            "SIN_F32",
            "S(z), z = f^2: sin(pi f) = f S(z). In float64, for a float32 result.",
            _sin_half_turn,
            _half_turn,
            range(6),
            np.float64,
        ),
        Approximation(
            "TAN_F32",
            "N(z) / D(z), z = f^2: tan(pi f / 2) = f N / D. In float64, for a float32 result.",
            _tan_quarter_turn,
            _quarter_turn,
            range(3),
            np.float64,
            denominator=range(1, 3),
        ),
        Approximation(
            "TAN_NEAR_F32",
            "U(w), w = r^2 - 0.4375: tan r = r (1 + U), relative to tan r.",
            _tan_excess,
            _shifted_square,
            range(8),
            np.float32,
            weight=lambda w: 1 / (1 + _tan_excess(w)),
        ),
        Approximation(
            "TAN_SLOPE_F32",
            "The derivative of tan r, roughly, in w = r^2 - 0.4375: for what r was rounded by.",
            lambda w: 1 + mp.tan(mp.sqrt(w + _MIDDLE)) ** 2,
            _shifted_square,
            range(2),
            np.float32,
            # Where r is small, an error of a few per cent does no harm.
            weight=lambda w: mp.sqrt(w + _MIDDLE),
        ),
        Approximation(
            "SIN_F64",
            "S(z), z = r^2: sin r = r + r^3 S(z), relative to sin r.",
            _sin_rest,
            _square,
            range(6),
            np.float64,
            weight=lambda z: z ** mp.mpf(1.5) / mp.sin(mp.sqrt(z)),
        ),
        Approximation(
            "COS_F64",
            "C(z), z = r^2: cos r = 1 - z / 2 + z^2 C(z), relative to cos r.",
            _cos_rest,
            _square,
            range(6),
            np.float64,
            weight=lambda z: z**2 / mp.cos(mp.sqrt(z)),
        ),
        Approximation(
            "COT_F64",
            "D(z) / N(z), z = r^2: cot r = D / (r N). -1/2 in D multiplies exactly.",
            _cot_quotient,
            _square,
            range(5),
            np.float64,
            denominator=range(1, 5),
            fixed={0: 1, 1: -0.5},
        ),
    ],
)
