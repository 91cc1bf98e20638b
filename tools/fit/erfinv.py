"""erfinv: polynomials close to 0, and in the root of the logarithm of 1 - x close to 1."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Family
from tools.fit.remez import Function, Number

#: In float32 the two ways meet here, where the result is 1: beyond, what it is rounded by doubles.
_JOINT = mp.mpf("0.84375")
#: The origins of the polynomials, in x^2 and in sqrt(-log(1 - x)).
_MIDDLE, _CENTRE = mp.mpf("0.375"), mp.mpf("2.5")


def _excess(w: Number) -> Number:
    x = mp.sqrt(w + _MIDDLE)
    return mp.erfinv(x) / x - 1


def _far(centre: Number) -> tuple[Function, Function]:
    """Return erfinv(1 - e^-v^2) - v in d = v - centre, and the weight of its error."""

    def inverse(d: Number) -> Number:
        return mp.erfinv(1 - mp.exp(-((d + centre) ** 2)))

    return lambda d: inverse(d) - (d + centre), lambda d: 1 / inverse(d)


def _root(x: Number) -> Number:
    return mp.sqrt(-mp.log(1 - x))


FAMILY = Family(
    "erfinv",
    [
        Approximation(
            "ERFINV_EXCESS_F32",
            "S(w), w = x^2 - 0.375: erfinv(x) = x (1 + S), |x| <= 0.84375.",
            _excess,
            lambda: (-_MIDDLE * (1 - mp.mpf(2) ** -30), _JOINT**2 - _MIDDLE),
            range(15),
            np.float32,
            weight=lambda w: 1 / (1 + _excess(w)),
        ),
        Approximation(
            "ERFINV_FAR_F32",
            "erfinv(x) - v, v = sqrt(-log(1 - x)), in v - 2.5, 0.84375 <= x < 1.",
            _far(_CENTRE)[0],
            lambda: (_root(_JOINT) - _CENTRE, _root(1 - mp.mpf(2) ** -24) - _CENTRE),
            range(12),
            np.float32,
            weight=_far(_CENTRE)[1],
        ),
    ],
)
