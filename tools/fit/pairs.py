"""exp and log in float64 as sums of two numbers, for functions that go on computing with them."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family
from tools.fit.remez import Number


def _half_ln2() -> tuple[Number, Number]:
    # A little more than ln2 / 2: n is rounded from a rounded product.
    bound = mp.log(2) / 2 * mp.mpf("1.0001")
    return -bound, bound


def _atanh_rest(z: Number) -> Number:
    """(atanh(s) - s) / s^3 in z = s^2."""
    s = mp.sqrt(z)
    return (mp.atanh(s) - s) / (s * z)


def _atanh_weight(z: Number) -> Number:
    """Give the part that it has in atanh(s) / s."""
    return z * mp.sqrt(z) / mp.atanh(mp.sqrt(z))


FAMILY = Family(
    "pairs",
    [
        Constant("LOG2_E", "1 / ln 2.", lambda: 1 / mp.log(2), np.float64),
        Constant(
            "LN2", "ln 2; n LN2_HI is exact for |n| < 2^12.", lambda: mp.log(2), np.float64, 2, 41
        ),
        Constant(
            "LOG2_E_REST",
            "What LOG2_E leaves.",
            lambda: 1 / mp.log(2) - mp.mpf(float(1 / mp.log(2))),
            np.float64,
        ),
        Constant("LN2_NEAREST", "ln 2 to twice the precision.", lambda: mp.log(2), np.float64, 2),
        Constant("LN2", "ln 2.", lambda: mp.log(2), np.float64),
        Approximation(
            "EXP_REST",
            "(e^r - 1 - r) / r^2, relative to e^r.",
            lambda r: (mp.expm1(r) - r) / r**2,
            _half_ln2,
            range(10),
            np.float64,
            weight=lambda r: r**2 / mp.exp(r),
        ),
        Approximation(
            "ATANH_MANTISSA",
            "(atanh(s) - s) / s^3 in s^2; s = f / (2 + f), 1 + f between sqrt(1/2) and sqrt(2).",
            _atanh_rest,
            lambda: (mp.zero, (mp.sqrt(2) - 1) ** 4 * mp.mpf("1.0001")),
            range(8),
            np.float64,
            weight=_atanh_weight,
        ),
        Approximation(
            "ATANH_THIRD",
            "(atanh(s) - s) / s^3 in s^2; s = e / (2 + e), 0 <= e <= 1.",
            _atanh_rest,
            lambda: (mp.zero, mp.one / 9),
            range(11),
            np.float64,
            weight=_atanh_weight,
        ),
    ],
)
