"""log, log2, log10, log1p: x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2).

In float32, log(1 + f) = f + f^2 q(f) with a polynomial q. In float64 that would take 21
coefficients; with s = f / (2 + f), log(1 + f) = 2 atanh(s) takes 7, and one division.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family, Table
from tools.fit.remez import Number, round_to


def _mantissa() -> tuple[Number, Number]:
    return mp.sqrt(mp.mpf(1) / 2) - 1, mp.sqrt(2) - 1


def _square() -> tuple[Number, Number]:
    upper = mp.sqrt(2) - 1
    return mp.zero, (upper / (2 + upper)) ** 2


def _odd(t: Number) -> Number:
    s = mp.sqrt(t)
    return (2 * mp.atanh(s) - 2 * s) / s**3


def _remainder(value: Number) -> Number:
    """Return what rounding to float32 takes away."""
    return value - round_to(value, np.float32)


def _float32(name: str, base: Callable[[], Number], near: int = 0) -> Approximation:
    def factor() -> Number:
        return 1 / mp.log(base())

    return Approximation(
        name,
        "q(f) = log_b(1 + f) / f - 1 / ln b, plus the lower part of 1 / ln b; relative.",
        lambda f: mp.log1p(f) * factor() / f - round_to(factor(), np.float32),
        (lambda: (-_FAR_REACH, _FAR_REACH)) if near else _mantissa,
        range(near or 11),
        np.float32,
        weight=lambda f: abs(f / (mp.log1p(f) * factor())),
        fixed={0: round_to(_remainder(factor()), np.float32)},
    )


#: The pieces of the mantissa, in steps of the lowest bit below 1; 1 is in the middle of a piece.
_PIECES, _STEP, _BELOW = 32, Fraction(1, 64), Fraction(39, 2)
#: So far an inverse times a number of its piece may be from 1: where the logarithm's first term is
#: added as it is, and where it is a product.
_REACH, _FAR_REACH = mp.mpf(1) / 40, mp.mpf(1) / 31


@dataclass(frozen=True)
class Inverses:
    """Of each piece of the mantissa an inverse, and the logarithm of what it is the inverse of.

    The logarithm is a multiple of ``quantum``, nearly, so that its sum with the exponent's is
    exact; and as close to 1 as the reach allows, so that what is added to it is small beside the
    sum.
    """

    name: str
    base: Callable[[], Number]
    quantum: float
    reach: Number

    def lines(self) -> list[str]:
        """Source lines: the tables of the inverses and of the logarithms."""
        found = [self._choose(piece) for piece in range(_PIECES)]
        worst = mp.nstr(max(cost for cost, *_ in found), 3)
        comment = f"1 / c and log c for each piece; adds at most {worst} ulp to the last rounding."
        inverse = Table(f"{self.name}_INVERSE", comment, lambda k: found[k][1], _PIECES, np.float32)
        log = Table(f"{self.name}_START", "", lambda k: found[k][2], _PIECES, np.float32)
        return [*inverse.lines(), *log.lines()[1:]]

    def _choose(self, piece: int) -> tuple[Number, Number, Number]:
        """Return what is lost in ulp, the inverse and the logarithm."""
        lower, upper = (_mantissa_at(piece + k) for k in (0, 1))
        if lower < 1 < upper:
            return mp.zero, mp.one, mp.zero
        return min(self._candidates(mp.mpf(lower), mp.mpf(upper)))

    def _candidates(self, lower: Number, upper: Number) -> Iterator[tuple[Number, Number, Number]]:
        factor = 1 / mp.log(self.base())
        first = mp.log(upper / (1 + self.reach)) * factor / self.quantum
        last = mp.log(lower / (1 - self.reach)) * factor / self.quantum
        ends = [mp.log(end) * factor for end in (lower, upper)]
        for multiple in range(int(mp.ceil(first)), int(mp.floor(last)) + 1):
            start = multiple * mp.mpf(self.quantum)
            inverse = round_to(mp.exp(-start / factor), np.float32)
            miss = abs(mp.log(inverse) * factor + start)
            yield max((miss + self._lost(start, end)) / _ulp(end) for end in ends), inverse, start

    def _lost(self, start: Number, end: Number) -> Number:
        """Return what rounding takes of what is added to ``start``, half of its ulp each time.

        The reduced argument is rounded, and if it is multiplied, what the sum has lost, unless
        the sum is no less than ``start``.
        """
        times = 1 if self.base() == mp.e or abs(end) >= abs(start) else 2
        return times * abs(end - start) * 2**-25


def _mantissa_at(piece: int) -> Fraction:
    """Return where a piece begins: above 1 the steps of the bits are twice as long."""
    steps = piece - _BELOW
    return 1 + steps * _STEP * (2 if steps > 0 else 1)


def _ulp(value: Number) -> Number:
    return mp.mpf(2) ** (mp.frexp(value)[1] - 24)


FAMILY = Family(
    "logarithm",
    [
        # Few enough bits that the product with an exponent is exact.
        Constant("LN2", "ln 2.", lambda: mp.log(2), np.float32, 2, 16),
        Constant("LN2", "ln 2.", lambda: mp.log(2), np.float64, 2, 42),
        Constant("LOG10_2", "ln 2 / ln 10.", lambda: mp.log(2) / mp.log(10), np.float32, 2, 16),
        Constant("LOG10_2", "ln 2 / ln 10.", lambda: mp.log(2) / mp.log(10), np.float64, 2, 42),
        Constant("LOG2_E", "1 / ln 2.", lambda: 1 / mp.log(2), np.float32),
        Constant("LOG2_E", "1 / ln 2.", lambda: 1 / mp.log(2), np.float64, 2),
        Constant("LOG10_E", "1 / ln 10.", lambda: 1 / mp.log(10), np.float32),
        Constant("LOG10_E", "1 / ln 10.", lambda: 1 / mp.log(10), np.float64, 2),
        Approximation(
            "LOG_F32",
            "q(f) = (log(1 + f) - f) / f^2, relative to log(1 + f).",
            lambda f: (mp.log1p(f) - f) / f**2,
            _mantissa,
            range(10),
            np.float32,
            weight=lambda f: abs(f**2 / mp.log1p(f)),
            fixed={0: mp.mpf(-0.5)},
        ),
        _float32("LOG2_F32", lambda: mp.mpf(2)),
        _float32("LOG10_F32", lambda: mp.mpf(10)),
        Inverses("LOG", lambda: mp.e, 2.0**-17, _REACH),
        Inverses("LOG2", lambda: mp.mpf(2), 2.0**-17, _FAR_REACH),
        Inverses("LOG10", lambda: mp.mpf(10), 2.0**-18, _FAR_REACH),
        Approximation(
            "LOG_NEAR_F32",
            "q(r) = (log(1 + r) - r) / r^2, relative to log(1 + r).",
            lambda r: (mp.log1p(r) - r) / r**2,
            lambda: (-_REACH, _REACH),
            range(3),
            np.float32,
            weight=lambda r: abs(r**2 / mp.log1p(r)),
        ),
        _float32("LOG2_NEAR_F32", lambda: mp.mpf(2), 5),
        _float32("LOG10_NEAR_F32", lambda: mp.mpf(10), 5),
        Approximation(
            "LOG_F64",
            "q(s^2) = (2 atanh(s) - 2 s) / s^3, relative to 2 atanh(s).",
            _odd,
            _square,
            range(7),
            np.float64,
            weight=lambda t: mp.sqrt(t) ** 3 / (2 * mp.atanh(mp.sqrt(t))),
        ),
    ],
)
