"""pow: log2 of a mantissa through s = f / (2 + f), log2(1 + f) = 2 atanh(s) / ln 2."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family
from tools.fit.remez import Number


def _square() -> tuple[Number, Number]:
    upper = mp.sqrt(2) - 1
    return mp.zero, (upper / (2 + upper)) ** 2 * mp.mpf("1.0001")


def _whole(z: Number) -> Number:
    s = mp.sqrt(z)
    return 2 * mp.atanh(s) / (s * mp.log(2))


def _fifth(z: Number) -> Number:
    """Return what the first two terms leave, divided by s^5."""
    s = mp.sqrt(z)
    return 2 * (mp.atanh(s) - s - s**3 / 3) / (s**5 * mp.log(2))


FAMILY = Family(
    "power",
    [
        Constant("FIRST", "2 / ln 2.", lambda: 2 / mp.log(2), np.float64, 2),
        Constant("THIRD", "2 / (3 ln 2).", lambda: 2 / (3 * mp.log(2)), np.float64, 2),
        Constant("LN2", "ln 2.", lambda: mp.log(2), np.float64, 2),
        Approximation(
            "LOG2_NARROW",
            "2 atanh(s) / (s ln 2) in s^2, relative; for float32.",
            _whole,
            _square,
            range(5),
            np.float64,
        ),
        Approximation(
            "EXP2_NARROW",
            "2^r, relative; for float32.",
            lambda r: mp.mpf(2) ** r,
            lambda: (mp.mpf(-0.5), mp.mpf(0.5)),
            range(7),
            np.float64,
            fixed={0: 1},
        ),
        Approximation(
            "FIFTH_F64",
            "2 (atanh(s) - s - s^3 / 3) / (s^5 ln 2) in s^2, relative to the logarithm.",
            _fifth,
            _square,
            range(7),
            np.float64,
            weight=lambda z: z**2 / _whole(z),
        ),
    ],
)
