"""Cores in float64 for float32 functions: a relative error of 2^-29 to 2^-36 is all they need."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family
from tools.fit.remez import Number


def _half_ln2() -> tuple[Number, Number]:
    # A little more than ln2 / 2: n is rounded from a rounded product.
    bound = mp.log(2) / 2 * mp.mpf("1.0001")
    return -bound, bound


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
