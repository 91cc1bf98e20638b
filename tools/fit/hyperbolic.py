"""tanh, sinh, cosh and the inverse functions: odd and even polynomials in the square."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family, Pieces, Table
from tools.fit.remez import Function, Number


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


def _thirty_second() -> tuple[Number, Number]:
    # A little more than half a step: n is rounded from a rounded product.
    bound = mp.log(2) / 32 * mp.mpf("1.001")
    return -bound, bound


def _short_power(j: int) -> Number:
    with mp.workprec(52):
        return mp.mpf(2) ** (mp.mpf(j) / 16)


def _quarter(i: int) -> tuple[Number, Number]:
    """Return the i-th quarter of an octave from 1/16 on; the first begins at 0."""
    octave = mp.mpf(2) ** (i // 4 - 4)
    return (octave * (1 + mp.mpf(i % 4) / 4) if i else mp.zero), octave * (
        1 + mp.mpf(i % 4 + 1) / 4
    )


FAMILY = Family(
    "hyperbolic",
    [
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
        Pieces(
            "TANH_F32",
            "tanh(x), by quarters of octaves from 1/16 on, relative.",
            mp.tanh,
            _quarter,
            29,
            5,
            np.float32,
        ),
        Table(
            "SIXTEENTHS",
            "2^(j / 16) in 52 bits.",
            _short_power,
            16,
            np.float64,
        ),
        Table(
            "SIXTEENTHS_REST",
            "2^(j / 16) over that, less 1.",
            lambda j: mp.mpf(2) ** (mp.mpf(j) / 16) / _short_power(j) - 1,
            16,
            np.float64,
        ),
        Approximation(
            "EXP_NEAR_F64",
            "(e^r - 1 - r) / r^2, relative to e^r - 1.",
            lambda r: (mp.expm1(r) - r) / r**2,
            _thirty_second,
            range(6),
            np.float64,
            weight=lambda r: r**2 / abs(mp.expm1(r)),
        ),
        Approximation(
            "TANH_SMALL_F64",
            "(tanh(x) - x) / x^3 in x^2, relative to tanh(x).",
            _odd(mp.tanh)[0],
            lambda: _to(mp.mpf("0.0625")),
            range(5),
            np.float64,
            weight=_odd(mp.tanh)[1],
        ),
        Constant("TWO_LOG2_E", "2 / ln 2.", lambda: 2 / mp.log(2), np.float32),
        Constant("LOG_SQRT2", "ln 2 / 2.", lambda: mp.log(2) / 2, np.float32),
        Approximation(
            "TANH_PLAIN_F32",
            "(tanh(x) - x) / x^3 in x^2, relative to tanh(x).",
            _odd(mp.tanh)[0],
            lambda: _to(1),
            range(7),
            np.float32,
            weight=_odd(mp.tanh)[1],
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
