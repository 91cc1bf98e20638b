"""tanh, sinh, cosh and the inverse functions: odd and even polynomials in the square."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family
from tools.fit.remez import Function, Number

#: Up to here tanh is a polynomial in float32, and 1 - 2 / (e^2x + 1) beyond.
SWITCH = 1


def _odd(function: Function) -> tuple[Function, Function]:
    """(g(x) - x) / x^3 in t = x^2, and its weight in an error relative to g(x)."""

    def rest(t: Number) -> Number:
        x = mp.sqrt(t)
        return (function(x) - x) / x**3

    def weight(t: Number) -> Number:
        x = mp.sqrt(t)
        return x**3 / function(x)

    return rest, weight


def _to(bound: Number) -> tuple[Number, Number]:
    return mp.zero, mp.mpf(bound) ** 2 * mp.mpf("1.0002")


def _half_step() -> tuple[Number, Number]:
    return _to(mp.log(2) / 2)


def _hyperbolic(
    bits: int, number: type[np.floating], counts: tuple[int, int]
) -> list[Approximation]:
    rest, weight = _odd(mp.sinh)
    return [
        Approximation(
            f"SINH_F{bits}",
            "(sinh(r) - r) / r^3 in r^2, relative to sinh(r).",
            rest,
            _half_step,
            range(counts[0]),
            number,
            weight=weight,
        ),
        Approximation(
            f"COSH_F{bits}",
            "(cosh(r) - 1) / r^2 in r^2, relative to cosh(r).",
            lambda t: (mp.cosh(mp.sqrt(t)) - 1) / t,
            _half_step,
            range(counts[1]),
            number,
            weight=lambda t: t / mp.cosh(mp.sqrt(t)),
        ),
    ]


def _atanh(name: str, number: type[np.floating], count: int) -> Approximation:
    rest, weight = _odd(mp.atanh)
    return Approximation(
        name,
        "(atanh(s) - s) / s^3 in s^2, relative to atanh(s).",
        rest,
        # The quotient is brought near 1 by a power of two read off the bits: within 2^0.59.
        lambda: _to(mp.mpf("0.2005")),
        range(count),
        number,
        weight=weight,
    )


_tanh_rest, _tanh_weight = _odd(mp.tanh)

FAMILY = Family(
    "hyperbolic",
    [
        Constant("TWO_LOG2_E", "2 / ln 2.", lambda: 2 / mp.log(2), np.float32),
        Constant(
            "HALF_LN2",
            "ln 2 / 2; k HALF_LN2_HI is exact.",
            lambda: mp.log(2) / 2,
            np.float32,
            2,
            18,
        ),
        Constant(
            "HALF_LN2",
            "ln 2 / 2; k HALF_LN2_HI is exact.",
            lambda: mp.log(2) / 2,
            np.float64,
            2,
            42,
        ),
        Constant("LOG_SQRT2", "ln 2 / 2.", lambda: mp.log(2) / 2, np.float32),
        Approximation(
            "TANH_F32",
            "(tanh(x) - x) / x^3 in x^2, relative to tanh(x).",
            _tanh_rest,
            lambda: _to(SWITCH),
            range(7),
            np.float32,
            weight=_tanh_weight,
        ),
        Approximation(
            "EXP_TWICE_F32",
            "e^2r, relative.",
            lambda r: mp.exp(2 * r),
            lambda: (-mp.log(2) / 4 * mp.mpf("1.0001"), mp.log(2) / 4 * mp.mpf("1.0001")),
            range(7),
            np.float32,
            fixed={0: 1, 1: 2},
        ),
        *_hyperbolic(32, np.float32, (3, 3)),
        *_hyperbolic(64, np.float64, (5, 6)),
        _atanh("ATANH_F32", np.float32, 3),
        _atanh("ATANH_F64", np.float64, 8),
    ],
)
