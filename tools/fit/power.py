"""pow: ln of a mantissa m from a table of reciprocals, ln m = ln(1 + (m r - 1)) - ln r."""

import numpy as np
from mpmath import mp

from tools.fit.emit import Approximation, Constant, Family, Table
from tools.fit.remez import Number


def _square() -> tuple[Number, Number]:
    upper = mp.sqrt(2) - 1
    return mp.zero, (upper / (2 + upper)) ** 2 * mp.mpf("1.0001")


def _whole(z: Number) -> Number:
    s = mp.sqrt(z)
    return 2 * mp.atanh(s) / (s * mp.log(2))


def _thirty_second() -> tuple[Number, Number]:
    # A little more than half a step: n is rounded from a rounded product.
    bound = mp.log(2) / 32 * mp.mpf("1.001")
    return -bound, bound


#: A mantissa near 1 + j / 16 is multiplied by a number r of few bits, so that z = m r - 1 is
#: small and exact. The first piece reaches below 1, where the octave before it ends.
PIECES = 16


def _piece(j: int) -> tuple[Number, Number]:
    """Mantissas with the index j."""
    half = mp.mpf(1) / (2 * PIECES)
    middle = 1 + mp.mpf(j) / PIECES
    return (1 - half / 2 if j == 0 else middle - half), middle + half


def _largest(j: int, r: Number) -> Number:
    return max(abs(m * r - 1) for m in _piece(j))


def _reciprocal(j: int) -> Number:
    """Return the multiple of 1/64 that leaves least, of those that leave few enough bits.

    m r - 1 is a multiple of an ulp of 1 times the last bit of r; up to twice that ulp's inverse
    it is exact in a number of as many bits as m.
    """

    def exact(r: Number) -> bool:
        unit = next(mp.mpf(2) ** -b for b in range(7) if mp.isint(r * 2**b))
        return bool(_largest(j, r) <= 2 * unit)

    if j == 0:
        return mp.one  # The logarithm of a number close to 1 has to be close to 0.
    candidates = [mp.mpf(i) / 64 for i in range(32, 65)]
    return min((r for r in candidates if exact(r)), key=lambda r: _largest(j, r))


def _remainders() -> tuple[Number, Number]:
    """Return the least and the largest z of all pieces."""
    ends = [m * _reciprocal(j) - 1 for j in range(PIECES) for m in _piece(j)]
    return min(ends), max(ends)


FAMILY = Family(
    "power",
    [
        Approximation(
            "LOG2_NARROW",
            "2 atanh(s) / (s ln 2) in s^2, relative; for float32.",
            _whole,
            _square,
            range(5),
            np.float64,
        ),
        Approximation(
            "EXP2_NARROW",
            "2^r, relative; for float32.",
            lambda r: mp.mpf(2) ** r,
            lambda: (mp.mpf(-0.5), mp.mpf(0.5)),
            range(7),
            np.float64,
            fixed={0: 1},
        ),
        Table("RECIPROCAL", "r, of few bits.", _reciprocal, PIECES, np.float64),
        Table(
            "LOG_F32",
            "-ln r; the first part are multiples of 2^-15.",
            lambda j: -mp.log(_reciprocal(j)),
            PIECES,
            np.float32,
            2,
            2.0**-15,
        ),
        Constant(
            "LN2_SHORT", "ln 2; k LN2_SHORT_HI is exact.", lambda: mp.log(2), np.float32, 2, 15
        ),
        Constant("LOG2_E", "1 / ln 2.", lambda: 1 / mp.log(2), np.float32),
        Approximation(
            "LOG_THIRD_F32",
            "(ln(1 + z) - z + z^2 / 2) / z^3, relative to ln(1 + z).",
            lambda z: (mp.log1p(z) - z + z**2 / 2) / z**3,
            _remainders,
            range(4),
            np.float32,
            weight=lambda z: z**3 / mp.log1p(z),
        ),
        Approximation(
            "EXP_NEAR_F32",
            "e^r, relative.",
            mp.exp,
            _thirty_second,
            range(4),
            np.float32,
            fixed={0: 1, 1: 1},
        ),
        Table(
            "LOG_F64",
            "-ln r; the first part are multiples of 2^-42.",
            lambda j: -mp.log(_reciprocal(j)),
            PIECES,
            np.float64,
            2,
            2.0**-42,
        ),
        Constant(
            "LN2_SHORT", "ln 2; k LN2_SHORT_HI is exact.", lambda: mp.log(2), np.float64, 2, 42
        ),
        Constant("LOG2_E", "1 / ln 2.", lambda: 1 / mp.log(2), np.float64),
        Approximation(
            "LOG_THIRD_F64",
            "(ln(1 + z) - z + z^2 / 2) / z^3, relative to ln(1 + z).",
            lambda z: (mp.log1p(z) - z + z**2 / 2) / z**3,
            _remainders,
            range(9),
            np.float64,
            weight=lambda z: z**3 / mp.log1p(z),
        ),
        Approximation(
            "EXP_NEAR_F64",
            "e^r, relative.",
            mp.exp,
            _thirty_second,
            range(8),
            np.float64,
            fixed={0: 1, 1: 1},
        ),
    ],
)
