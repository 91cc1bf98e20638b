"""log, log2, log10, log1p: x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2).

In float32, log(1 + f) = f + f^2 q(f) with a polynomial q. In float64 that would take 21
coefficients; with s = f / (2 + f), log(1 + f) = 2 atanh(s) takes 7, and one division.
"""

from collections.abc import Callable

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family
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


def _float32(name: str, base: Callable[[], Number]) -> Approximation:
    def factor() -> Number:
        return 1 / mp.log(base())

    return Approximation(
        name,
        "q(f) = log_b(1 + f) / f - 1 / ln b, plus the lower part of 1 / ln b; relative.",
        lambda f: mp.log1p(f) * factor() / f - round_to(factor(), np.float32),
        _mantissa,
        range(11),
        np.float32,
        weight=lambda f: abs(f / (mp.log1p(f) * factor())),
        fixed={0: round_to(_remainder(factor()), np.float32)},
    )


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
