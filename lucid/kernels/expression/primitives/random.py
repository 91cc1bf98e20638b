"""Random bits as a function of a seed and a position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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


def _define_numbers(width: int, result: np.dtype, kept: int) -> None:
    """Define the numbers of one width that are made of random bits."""
    number = result.type

    def types(dtypes: Sequence[DType]) -> tuple[tuple[DType, ...], DType]:
        return (_WORD,), result

    def unit(bits: Any) -> float:
        """Return a number from [0, 1) out of the upper bits, rounded down."""
        return (int(bits) >> (64 - kept)) * 2.0**-kept

    def half_open(bits: Any) -> Any:
        """Return a number from (0, 1] out of the upper 32 bits, each step rounded."""
        return (number(int(bits) >> 32) + number(0.5)) * number(2.0**-32)

    define(f"unit_f{width}", types, unit, f"unit_f{width}({{0}})")
    define(f"open_f{width}", types, half_open, f"open_f{width}({{0}})")


_define_numbers(32, np.dtype(np.float32), 24)
_define_numbers(64, np.dtype(np.float64), 53)
