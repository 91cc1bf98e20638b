"""asin, acos, atan, atan2: polynomials of the square of a reduced argument."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family
from tools.fit.remez import Number


def _half() -> tuple[Number, Number]:
    return mp.zero, mp.mpf("0.25")


def _half_rounded() -> tuple[Number, Number]:
    # A quotient may be rounded up beyond 1/2.
    return mp.zero, mp.mpf("0.2501")


def _centred() -> tuple[Number, Number]:
    return -mp.mpf("0.5"), mp.mpf("0.5")


def _asin_rest(z: Number) -> Number:
    t = mp.sqrt(z)
    return (mp.asin(t) - t) / t**3


def _asin_weight(z: Number) -> Number:
    return z ** mp.mpf(1.5) / mp.asin(mp.sqrt(z))


def _atan_rest(z: Number) -> Number:
    t = mp.sqrt(z)
    return (mp.atan(t) - t) / t**3


def _atan_weight(z: Number) -> Number:
    return z ** mp.mpf(1.5) / mp.atan(mp.sqrt(z))


def _atan_excess(v: Number) -> Number:
    t = mp.sqrt(v + mp.mpf("0.5"))
    return mp.atan(t) / t - 1


def _atan_excess_weight(v: Number) -> Number:
    return 1 / (1 + _atan_excess(v))


FAMILY = Family(
    "inverse_trigonometric",
    [
        Constant("HALF_PI", "pi / 2.", lambda: mp.pi / 2, np.float32, 2),
        Constant("HALF_PI", "pi / 2.", lambda: mp.pi / 2, np.float64, 2),
        Approximation(
            "ASIN_F32",
            "P(z), z = t^2: asin t = t + t^3 P(z), relative to asin t.",
            _asin_rest,
            _half,
            range(5),
            np.float32,
            weight=_asin_weight,
        ),
        Approximation(
            "ASIN_F64",
            "P(z), z = t^2: asin t = t + t^3 P(z), relative to asin t.",
            _asin_rest,
            _half,
            range(13),
            np.float64,
            weight=_asin_weight,
        ),
        Approximation(
            "ATAN_F32",
            "P(v), v = t^2 - 1/2: atan t = t + t P(v), relative to atan t.",
            _atan_excess,
            _centred,
            range(10),
            np.float32,
            weight=_atan_excess_weight,
        ),
        Approximation(
            "ATAN_F64",
            "P(z), z = t^2: atan t = t + t^3 P(z), relative to atan t.",
            _atan_rest,
            _half_rounded,
            range(12),
            np.float64,
            weight=_atan_weight,
        ),
    ],
)
