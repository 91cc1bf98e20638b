"""erf, erfc, erfinv and the normal distribution.

The tails are written as exp(-x^2 / 2) H(1 / (x + k)) / (x + k). With k near the middle of the
range H is smooth enough for one polynomial (M. M. Shepherd and J. G. Laframboise, "Chebyshev
approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity", Math. Comp. 36 (1981), use the
same kind of variable).
"""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family
from tools.fit.remez import Function, Number

#: Where u = 1 / (x + k) must not be zero, the functions below being called at 1 / u.
_TINY = mp.mpf(2) ** -60


def mills(x: Number) -> Number:
    """exp(x^2 / 2) ndtr(-x)."""
    return _erfcx(x / mp.sqrt(2)) / 2


def _erfcx(x: Number) -> Number:
    """exp(x^2) erfc(x); beyond 1000 from the first terms of its asymptotic series."""
    if x < 1000:
        return mp.exp(x * x) * mp.erfc(x)
    z = 1 / (2 * x * x)
    terms = [mp.one]
    for k in range(1, 20):
        terms.append(-(2 * k - 1) * z * terms[-1])
    return mp.fsum(terms) / (x * mp.sqrt(mp.pi))


def _erf_ratio(z: Number) -> Number:
    """erf(x) / x in z = x^2."""
    return mp.erf(mp.sqrt(z)) / mp.sqrt(z)


def _normal_ratio(z: Number) -> Number:
    """(1/2 - ndtr(-x)) / x in z = x^2."""
    return _erf_ratio(z / 2) / (2 * mp.sqrt(2))


def _erf_slope() -> Number:
    return 2 / mp.sqrt(mp.pi)


def _normal_density() -> Number:
    return 1 / mp.sqrt(2 * mp.pi)


def _inverse_ratio(v: Number) -> Number:
    """erfinv(x) / x in v = sqrt(2 - log(1 - x^2)): smooth where sqrt(-log(1 - x^2)) is not."""
    x = mp.sqrt(-mp.expm1(2 - v * v))
    return mp.erfinv(x) / x


def _tail(
    name: str,
    what: str,
    function: Function,
    k: int,
    factor: Number,
    middle: Number,
    upper: Number,
    count: int,
    lower: Number = 1,
) -> list[Approximation | Constant]:
    """(x + factor) tail(x) = first + v rest(v), v = 1 / (x + k) - middle, for lower <= x <= upper.

    The factor is chosen so that the left side is nearly constant: the rest stays small, and so
    do its rounding errors. The middle keeps the terms of the rest from cancelling.
    """

    def flat(v: Number) -> Number:
        x = 1 / (middle + v) - k
        return (x + factor) * function(x)

    return [
        Constant(
            f"{name}_FIRST",
            f"(x + {factor}) {what} where 1 / (x + {k}) is {middle}.",
            lambda: flat(mp.zero),
            np.float64,
            2,
        ),
        Approximation(
            name,
            f"((x + {factor}) {what} - first) / v in v = 1 / (x + {k}) - {middle}, x >= {lower}.",
            lambda v: (flat(v) - flat(mp.zero)) / v,
            lambda: (1 / mp.mpf(upper + k) - middle + _TINY, 1 / mp.mpf(lower + k) - middle),
            range(count),
            np.float64,
            weight=lambda v: abs(v) / flat(v),
        ),
    ]


FAMILY = Family(
    "error",
    [
        Constant("GELU_SLOPE", "sqrt(8 / pi).", lambda: mp.sqrt(8 / mp.pi), np.float64, 2),
        Constant(
            "GELU_CUBIC",
            "0.044715 sqrt(8 / pi).",
            lambda: mp.mpf("0.044715") * mp.sqrt(8 / mp.pi),
            np.float64,
            2,
        ),
        Constant("SQRT2", "sqrt(2).", lambda: mp.sqrt(2), np.float64),
        Constant("NORMAL_DENSITY", "1 / sqrt(2 pi).", _normal_density, np.float64, 2),
        Approximation(
            "NDTR_NARROW",
            "H(u) = (x + 4) exp(x^2 / 2) ndtr(-x) in u = 1 / (x + 4), x >= 0.",
            lambda u: mills(1 / u - 4) / u,
            lambda: (_TINY, mp.mpf("0.25")),
            range(12),
            np.float64,
        ),
        Approximation(
            "ERF_NARROW",
            "erf(x) / x in x^2 - 8, 0 <= x <= 4.",
            lambda t: _erf_ratio(t + 8),
            lambda: (-mp.mpf(8), mp.mpf(8)),
            range(19),
            np.float64,
        ),
        Approximation(
            "ERFINV_NARROW",
            "erfinv(x) / x in sqrt(2 - log(1 - x^2)) - 3, up to x = 1 - 2^-24.",
            lambda v: _inverse_ratio(v + 3),
            lambda: (mp.sqrt(2) * (1 + _TINY) - 3, mp.sqrt(2 + 24 * mp.log(2)) - 3),
            range(18),
            np.float64,
        ),
        Constant("ERF_SLOPE", "2 / sqrt(pi).", _erf_slope, np.float64, 2),
        Approximation(
            "ERF_CENTRE",
            "(erf(x) / x - 2 / sqrt(pi)) / x^2 in x^2, |x| <= 1.",
            lambda z: (_erf_ratio(z) - _erf_slope()) / z,
            lambda: (mp.zero, mp.one),
            range(12),
            np.float64,
            weight=lambda z: z / _erf_ratio(z),
        ),
        # From 3/4: next to 1, the centre's error counts double in erfc, which is small there.
        *_tail("ERFC_TAIL", "exp(x^2) erfc(x)", _erfcx, 3, 0.625, 0.140625, 28, 21, 0.75),
        Approximation(
            "NORMAL_CENTRE",
            "((1/2 - ndtr(-x)) / x - 1 / sqrt(2 pi)) / x^2 in x^2, |x| <= 1.",
            lambda z: (_normal_ratio(z) - _normal_density()) / z,
            lambda: (mp.zero, mp.one),
            range(12),
            np.float64,
            weight=lambda z: z / _normal_ratio(z),
        ),
        *_tail("NORMAL_TAIL", "exp(x^2 / 2) ndtr(-x)", mills, 5, 0.875, 0.078125, mp.inf, 22),
        Approximation(
            "ERFINV_GUESS",
            "erfinv(x) / x in sqrt(2 - log(1 - x^2)) - 4, up to x = 1 - 2^-53.",
            lambda v: _inverse_ratio(v + 4),
            lambda: (mp.sqrt(2) * (1 + _TINY) - 4, mp.sqrt(2 + 53 * mp.log(2)) - 4),
            range(20),
            np.float64,
        ),
    ],
)
