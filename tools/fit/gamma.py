"""lgamma and digamma: a polynomial about 2 (or 1.5), and Stirling's series replaced by a fit."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family
from tools.fit.remez import Number

#: Where 1 / (x^2 + c) must not be zero, the functions below being called at its reciprocal.
_TINY = mp.mpf(2) ** -60
_HALF = mp.mpf("0.5")


def _centre(t: Number) -> Number:
    """lgamma(2 + t) / t."""
    return mp.loggamma(2 + t) / t


def _stirling(x: Number) -> Number:
    """Return x times what (x - 1/2) log x - x + log(2 pi) / 2 leaves of lgamma(x)."""
    return x * (mp.loggamma(x) - ((x - _HALF) * mp.log(x) - x + mp.log(2 * mp.pi) / 2))


def _second() -> Number:
    """Half the derivative of digamma at 2."""
    return (mp.zeta(2) - 1) / 2


def _sinpi_ratio(z: Number) -> Number:
    """sin(pi f) / (pi f) in z = f^2."""
    return mp.sinpi(mp.sqrt(z)) / (mp.pi * mp.sqrt(z))


def _root() -> Number:
    """Find the positive zero of digamma."""
    return mp.findroot(mp.digamma, mp.mpf("1.4616"))


def _digamma_centre(t: Number) -> Number:
    """digamma(x) / (x - root) in t = x - 3/2."""
    x = t + mp.mpf("1.5")
    return mp.digamma(x) / (x - _ROOT)


def _digamma_tail(x: Number) -> Number:
    """x^2 + 1 times what log x - 1 / (2 x) leaves of digamma(x)."""
    return (x * x + 1) * (mp.digamma(x) - mp.log(x) + 1 / (2 * x))


def _trigamma(x: Number) -> Number:
    return mp.psi(1, x)


def _trigamma_tail(x: Number) -> Number:
    """Give what 1 + 1 / (2 x) leaves of x trigamma(x)."""
    return x * _trigamma(x) - 1 - 1 / (2 * x)


with mp.workprec(400):
    _ROOT = _root()


FAMILY = Family(
    "gamma",
    [
        Approximation(
            "LGAMMA_NARROW",
            "lgamma(2 + t) / t.",
            _centre,
            lambda: (-_HALF, _HALF),
            range(12),
            np.float64,
        ),
        Approximation(
            "STIRLING_NARROW",
            "x (lgamma(x) - (x - 1/2) log x + x - log(2 pi) / 2) in 1 / x^2, x >= 2.5.",
            lambda z: _stirling(1 / mp.sqrt(z)),
            lambda: (_TINY, mp.mpf("0.16")),
            range(6),
            np.float64,
        ),
        Approximation(
            "SINPI_NARROW",
            "sin(pi f) / (pi f) in f^2, |f| <= 1/2.",
            _sinpi_ratio,
            lambda: (mp.zero, mp.mpf("0.25")),
            range(6),
            np.float64,
        ),
        Approximation(
            "COSPI_NARROW",
            "cos(pi f) in f^2, |f| <= 1/2; absolute error.",
            lambda z: mp.cospi(mp.sqrt(z)),
            lambda: (mp.zero, mp.mpf("0.25")),
            range(7),
            np.float64,
            weight=lambda _: mp.one,
        ),
        Constant(
            "STIRLING_END",
            "(log(2 pi) - 1) / 2.",
            lambda: (mp.log(2 * mp.pi) - 1) / 2,
            np.float64,
            2,
        ),
        Constant("DIGAMMA_ROOT", "The positive zero of digamma.", lambda: _ROOT, np.float64, 2),
        Approximation(
            "DIGAMMA_NARROW",
            "digamma(x) / (x - root) in x - 3/2.",
            _digamma_centre,
            lambda: (-_HALF, _HALF),
            range(14),
            np.float64,
        ),
        Approximation(
            "DIGAMMA_TAIL_NARROW",
            "(digamma(x) - log x + 1 / (2 x)) x^2 in 1 / x^2, x >= 2.",
            lambda z: (mp.digamma(1 / mp.sqrt(z)) + mp.log(z) / 2 + mp.sqrt(z) / 2) / z,
            lambda: (_TINY, mp.mpf("0.25")),
            range(7),
            np.float64,
        ),
        Constant("LGAMMA_FIRST", "1 - Euler's constant.", lambda: 1 - mp.euler, np.float64, 2),
        Constant("LGAMMA_SECOND", "(zeta(2) - 1) / 2.", _second, np.float64, 2),
        Approximation(
            "LGAMMA_CENTRE",
            "(lgamma(2 + t) / t - first - second t) / t^2.",
            lambda t: (_centre(t) - (1 - mp.euler) - _second() * t) / t**2,
            lambda: (-_HALF, _HALF),
            range(17),
            np.float64,
            weight=lambda t: t**2 / _centre(t),
        ),
        Approximation(
            "STIRLING",
            "x (lgamma(x) - (x - 1/2) log x + x - log(2 pi) / 2) in 1 / (x^2 + 1), x >= 2.5.",
            lambda z: _stirling(mp.sqrt(1 / z - 1)),
            lambda: (_TINY, 1 / mp.mpf("7.25")),
            range(13),
            np.float64,
        ),
        Approximation(
            "SINPI_REST",
            "(sin(pi f) / (pi f) - 1) / f^2 in f^2, |f| <= 1/2.",
            lambda z: (_sinpi_ratio(z) - 1) / z,
            lambda: (mp.zero, mp.mpf("0.25")),
            range(9),
            np.float64,
            weight=lambda z: z / _sinpi_ratio(z),
        ),
        Approximation(
            "COSPI_REST",
            "(cos(pi f) - 1) / f^2 in f^2, |f| <= 1/2; absolute error.",
            lambda z: (mp.cospi(mp.sqrt(z)) - 1) / z,
            lambda: (mp.zero, mp.mpf("0.25")),
            range(9),
            np.float64,
            weight=lambda z: z,
        ),
        Constant(
            "DIGAMMA_FIRST",
            "digamma(3/2) / (3/2 - root).",
            lambda: _digamma_centre(mp.zero),
            np.float64,
            2,
        ),
        Approximation(
            "DIGAMMA_CENTRE",
            "(digamma(x) / (x - root) - first) / t in t = x - 3/2.",
            lambda t: (_digamma_centre(t) - _digamma_centre(mp.zero)) / t,
            lambda: (-_HALF, _HALF),
            range(23),
            np.float64,
            weight=lambda t: abs(t) / _digamma_centre(t),
        ),
        Approximation(
            "DIGAMMA_TAIL",
            "(digamma(x) - log x + 1 / (2 x)) (x^2 + 1) in 1 / (x^2 + 1), x >= 2.",
            lambda z: _digamma_tail(mp.sqrt(1 / z - 1)),
            lambda: (_TINY, mp.mpf("0.2")),
            range(18),
            np.float64,
        ),
        Approximation(
            "TRIGAMMA_NARROW",
            "trigamma(x) in x - 3/2.",
            lambda t: _trigamma(t + mp.mpf("1.5")),
            lambda: (-_HALF, _HALF),
            range(15),
            np.float64,
        ),
        Approximation(
            "TRIGAMMA_TAIL_NARROW",
            "(x trigamma(x) - 1 - 1 / (2 x)) x^2 in 1 / x^2, x >= 2.",
            lambda z: _trigamma_tail(1 / mp.sqrt(z)) / z,
            lambda: (mp.mpf(2) ** -20, mp.mpf("0.25")),
            range(8),
            np.float64,
        ),
        Constant(
            "TRIGAMMA_FIRST", "trigamma(3/2).", lambda: _trigamma(mp.mpf("1.5")), np.float64, 2
        ),
        Approximation(
            "TRIGAMMA_CENTRE",
            "(trigamma(x) - first) / t in t = x - 3/2.",
            lambda t: (_trigamma(t + mp.mpf("1.5")) - _trigamma(mp.mpf("1.5"))) / t,
            lambda: (-_HALF, _HALF),
            range(24),
            np.float64,
            weight=lambda t: abs(t) / _trigamma(t + mp.mpf("1.5")),
        ),
        Approximation(
            "TRIGAMMA_TAIL",
            "(x trigamma(x) - 1 - 1 / (2 x)) (x^2 + 1) in 1 / (x^2 + 1), x >= 2.",
            lambda z: _trigamma_tail(mp.sqrt(1 / z - 1)) / z,
            lambda: (mp.mpf(2) ** -20, mp.mpf("0.2")),
            range(19),
            np.float64,
        ),
    ],
)
