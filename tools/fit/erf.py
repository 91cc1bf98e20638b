"""erf in float64: a polynomial close to 0, and the logarithm of erfc further out."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Family
from tools.fit.remez import Number

#: From here on erf is 1 - erfc; erfc is small enough there that its error hardly counts.
_JOINT = mp.mpf("1.125")
#: The polynomial has its origin in the middle of the squares, so that these are rounded less.
_MIDDLE = mp.mpf("0.625")
#: Where erf is 1.
_FLAT = mp.mpf(6)


def _excess(w: Number) -> Number:
    x = mp.sqrt(w + _MIDDLE)
    return mp.erf(x) / x - 1


FAMILY = Family(
    "erf",
    [
        Approximation(
            "ERF_EXCESS",
            "S(w), w = x^2 - 0.625: erf(x) = x (1 + S), relative to erf, |x| <= 1.125.",
            _excess,
            lambda: (-_MIDDLE * (1 - mp.mpf(2) ** -60), _JOINT**2 - _MIDDLE),
            range(13),
            np.float64,
            weight=lambda w: 1 / (1 + _excess(w)),
        ),
        Approximation(
            "ERF_EXPONENT",
            "P(x) = -log(erfc(x)), 1.125 <= x <= 6; the error is that of 1 - e^-P.",
            lambda x: -mp.log(mp.erfc(x)),
            lambda: (_JOINT, _FLAT),
            range(18),
            np.float64,
            weight=mp.erfc,
        ),
    ],
)
