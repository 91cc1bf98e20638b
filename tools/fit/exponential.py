"""exp, exp2, exp10, expm1: b^x = 2^n b^r, |r| <= log_b(2) / 2, b^r = 1 + r ln b + r^2 q(r)."""

from collections.abc import Callable

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family, Table
from tools.fit.remez import Number


def _approximations(
    name: str,
    base: Callable[[], Number],
    counts: tuple[int, int] = (5, 10),
    ends: Callable[[], tuple[Number, Number]] | None = None,
) -> list[Approximation | Constant]:
    def interval() -> tuple[Number, Number]:
        # A little more than half a step: n is rounded from a rounded product.
        bound = mp.log(2) / mp.log(base()) / 2
        lower, upper = ends() if ends else (-bound, bound)
        return lower * mp.mpf("1.0001"), upper * mp.mpf("1.0001")

    def rest(r: Number) -> Number:
        product = r * mp.log(base())
        return (mp.expm1(product) - product) / r**2

    return [
        Approximation(
            f"{name}_F{bits}",
            "q(r) = (b^r - 1 - r ln b) / r^2, relative to b^r.",
            rest,
            interval,
            range(count),
            number,
            weight=lambda r: r**2 / base() ** r,
        )
        for bits, number, count in zip((32, 64), (np.float32, np.float64), counts, strict=True)
    ]


def _constants(name: str, comment: str, value: Callable[[], Number], parts: int) -> list[Constant]:
    return [Constant(name, comment, value, number, parts) for number in (np.float32, np.float64)]


def _table() -> list[Table]:
    def power(j: int) -> Number:
        return mp.mpf(2) ** (mp.mpf(j) / 16)

    return [
        Table(f"SIXTEENTHS_F{bits}", "2^(j / 16).", power, 16, number, 2)
        for bits, number in ((32, np.float32), (64, np.float64))
    ]


FAMILY = Family(
    "exponential",
    [
        *_constants("LOG2_E", "1 / ln 2.", lambda: 1 / mp.log(2), 1),
        *_constants("LN2", "ln 2.", lambda: mp.log(2), 2),
        *_constants("LOG2_10", "ln 10 / ln 2.", lambda: mp.log(10) / mp.log(2), 1),
        *_constants("LOG10_2", "ln 2 / ln 10.", lambda: mp.log(2) / mp.log(10), 2),
        *_constants("LN10", "ln 10.", lambda: mp.log(10), 2),
        *_approximations("EXP", lambda: mp.e),
        *_approximations("EXP2", lambda: mp.mpf(2))[1:],
        *_table(),
        Approximation(
            "EXP2_NEAR_F64",
            "2^r, relative.",
            lambda r: mp.mpf(2) ** r,
            lambda: (mp.mpf(-1) / 32, mp.mpf(1) / 32),
            range(7),
            np.float64,
            fixed={0: 1},
        ),
        Approximation(
            "EXP2_F32",
            "2^r, relative.",
            lambda r: mp.mpf(2) ** r,
            lambda: (mp.mpf(-0.5), mp.mpf(0.5)),
            range(7),
            np.float32,
            fixed={0: 1},
        ),
        *_approximations("EXP10", lambda: mp.mpf(10)),
        *_approximations(
            "EXPM1", lambda: mp.e, (6, 11), lambda: (mp.log(mp.mpf(0.75)), mp.log(mp.mpf(1.5)))
        ),
    ],
)
