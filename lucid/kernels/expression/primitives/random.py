"""Random bits as a function of a seed and a position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lucid.kernels.errors import DtypeError
from lucid.kernels.expression.dtypes import DType, concrete
from lucid.kernels.expression.primitive import FUNCTION, define

_WORD = np.dtype(np.uint64)


def _bits_types(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
    for dtype in dtypes:
        if concrete(dtype).kind not in "iu":
            raise DtypeError(
                f"seeds and positions are integers, not {concrete(dtype).name}; "
                "convert the array with astype"
            )
    return (_WORD, _WORD), _WORD


def _random_bits(seed: np.uint64, position: np.uint64) -> int:
    low = 0xFFFFFFFF
    key, left = int(seed) & low, int(position) & low
    right = int(position) >> 32 ^ int(seed) >> 32
    for _ in range(10):
        product = left * 0xD256D193
        left, right = product >> 32 ^ key ^ right, product & low
        key = key + 0x9E3779B9 & low
    return left << 32 | right


define("random_bits", _bits_types, _random_bits, "random_bits({0}, {1})", arity=2, cost=FUNCTION)
for _width, _dtype, _bits in ((32, np.dtype(np.float32), 24), (64, np.dtype(np.float64), 53)):
    # A number from [0, 1) out of the upper bits, rounded down.
    define(
        f"unit_f{_width}",
        lambda dtypes, result=_dtype: ((_WORD,), result),
        lambda bits, kept=_bits: (int(bits) >> (64 - kept)) * 2.0**-kept,
        f"unit_f{_width}({{0}})",
    )
    # A number from (0, 1] out of the upper 32 bits, each step of the arithmetic rounded.
    define(
        f"open_f{_width}",
        lambda dtypes, result=_dtype: ((_WORD,), result),
        lambda bits, result=_dtype.type: (result(int(bits) >> 32) + result(0.5)) * result(2.0**-32),
        f"open_f{_width}({{0}})",
    )
