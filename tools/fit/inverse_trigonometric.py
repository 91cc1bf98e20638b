"""asin, acos, atan, atan2: polynomials of the square of a reduced argument."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family, Table
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


#: The node of the last piece is as good as infinite.
PIECES, FAR = 16, 2.0**80


def _ends(i: int) -> tuple[Number, Number]:
    """Return the i-th half of an octave from 1/16 on; the first begins at 0."""
    half = mp.mpf(2) ** (i // 2 - 5)
    return (half * (2 + i % 2) if i else mp.zero), half * (3 + i % 2)


def _node(i: int) -> Number:
    """Return the number whose angle is in the middle of those of the piece."""
    lower, upper = _ends(i)
    if i == 0:
        return mp.zero
    if i == PIECES - 1:
        return mp.mpf(FAR)
    return mp.mpf(float(mp.tan((mp.atan(lower) + mp.atan(upper)) / 2)))


def _near() -> tuple[Number, Number]:
    """Return the squares of the tangents of the angles that are left."""
    largest = max(
        abs(x - _node(i)) / (1 + x * _node(i)) for i in range(PIECES - 1) for x in _ends(i)
    )
    return mp.zero, largest**2 * mp.mpf("1.0001")


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
        Table("ATAN_NODE", "A number c in each half of an octave.", _node, PIECES, np.float64),
        Table("ATAN_ANGLE", "atan c.", lambda i: mp.atan(_node(i)), PIECES, np.float64, 2),
        Approximation(
            "ATAN_NEAR",
            "P(z), z = t^2: atan t = t + t^3 P(z), relative to atan t.",
            _atan_rest,
            _near,
            range(6),
            np.float64,
            weight=_atan_weight,
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
