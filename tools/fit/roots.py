"""cbrt: the cube root of the reciprocal from a first guess out of the exponent."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Family
from tools.fit.remez import Number

#: The guess r has 1 - x r^3 within this distance of 0; `roots.py` says how it is found.
RANGE = mp.mpf("0.1024")


def _defect() -> tuple[Number, Number]:
    return -RANGE, RANGE


FAMILY = Family(
    "roots",
    [
        Approximation(
            "CBRT_F32",
            "Q(h): (1 - h)^(-1/3) = 1 + h Q(h), the correction of a guess with defect h.",
            lambda h: ((1 - h) ** (-mp.one / 3) - 1) / h,
            _defect,
            range(2),
            np.float32,
            weight=lambda h: abs(h) * (1 - h) ** (mp.one / 3),
        ),
        Approximation(
            "CBRT_F64",
            "Q(h): (1 - h)^(-1/3) = 1 + h Q(h), the correction of a guess with defect h.",
            lambda h: ((1 - h) ** (-mp.one / 3) - 1) / h,
            _defect,
            range(3),
            np.float64,
            weight=lambda h: abs(h) * (1 - h) ** (mp.one / 3),
        ),
    ],
)
