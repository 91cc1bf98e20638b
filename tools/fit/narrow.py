"""Cores in float64 for float32 functions: a relative error of 2^-29 to 2^-36 is all they need."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family, Table
from tools.fit.remez import Number


def _half_ln2() -> tuple[Number, Number]:
    # A little more than ln2 / 2: n is rounded from a rounded product.
    bound = mp.log(2) / 2 * mp.mpf("1.0001")
    return -bound, bound


def _thirty_second_of_ln2() -> tuple[Number, Number]:
    bound = mp.log(2) / 32 * mp.mpf("1.0001")
    return -bound, bound


def _inverse(j: int) -> Number:
    """Return a number near the inverse of the middle of piece j of [1, 2]; 1 for the first."""
    return mp.nint(2**8 / (1 + (j + mp.mpf(0.5)) / 16)) / 2**8 if j else mp.one


def _log1p_ratio(f: Number) -> Number:
    return mp.log1p(f) / f


FAMILY = Family(
    "narrow",
    [
        Constant("LOG2_E", "1 / ln 2.", lambda: 1 / mp.log(2), np.float64),
        Constant("LN2", "ln 2.", lambda: mp.log(2), np.float64),
        Approximation(
            "EXP_NARROW",
            "e^r.",
            mp.exp,
            _half_ln2,
            range(7),
            np.float64,
        ),
        Table("SIXTEENTHS", "2^(j / 16).", lambda j: mp.mpf(2) ** (mp.mpf(j) / 16), 16, np.float64),
        Approximation(
            "EXP_SHORT",
            "e^r, for what sixteenths of an octave leave.",
            mp.exp,
            _thirty_second_of_ln2,
            range(4),
            np.float64,
        ),
        Approximation(
            "EXP_SHORT_REST",
            "(e^r - 1 - r) / r^2 for the same, to the last bits of float64.",
            lambda r: (mp.expm1(r) - r) / r**2,
            _thirty_second_of_ln2,
            range(5),
            np.float64,
            weight=lambda r: r**2 / mp.exp(r),
        ),
        Approximation(
            "LOG_NARROW",
            "log(1 + f) / f for a mantissa 1 + f in [sqrt(1/2), sqrt(2)).",
            _log1p_ratio,
            lambda: (mp.sqrt(0.5) - 1, mp.sqrt(2) - 1),
            range(13),
            np.float64,
        ),
        Approximation(
            "LOG1P_NARROW",
            "log(1 + e) / e.",
            _log1p_ratio,
            lambda: (mp.zero, mp.one),
            range(13),
            np.float64,
        ),
        Table(
            "INVERSES", "c(j), near 1 / (1 + (j + 1/2) / 16), c(0) = 1.", _inverse, 16, np.float64
        ),
        Table("INVERSE_LOGS", "-log(c(j)).", lambda j: -mp.log(_inverse(j)), 16, np.float64),
        Approximation(
            "LOG1P_SHORT",
            "log(1 + f) / f, for what these leave.",
            _log1p_ratio,
            lambda: (mp.mpf("-0.034"), mp.mpf("0.0626")),
            range(5),
            np.float64,
        ),
        Approximation(
            "LOG1P_LONG",
            "log(1 + e) / e, for sums that may cancel.",
            _log1p_ratio,
            lambda: (mp.zero, mp.one),
            range(17),
            np.float64,
        ),
    ],
)
