"""Random bits from a counter: Philox 2x32 with ten rounds.

Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011. A round is one product of 32
bits and two exclusive ors; there is no state, so any element can be drawn at any time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import elementary

__all__ = ["open_f32", "open_f64", "random_bits", "unit_f32", "unit_f64"]

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER = np.uint64(0xD256D193)
_STEP = np.uint64(0x9E3779B9)


@elementary
def random_bits(seed: Any, position: Any) -> Any:
    key = np.uint64(seed) & _LOW
    left = np.uint64(position) & _LOW
    # The upper half of the seed tells streams apart where the position leaves room.
    right = (np.uint64(position) >> _HALF) ^ (np.uint64(seed) >> _HALF)
    for _ in range(10):
        product = left * _MULTIPLIER
        left = (product >> _HALF) ^ key ^ right
        right = product & _LOW
        key = (key + _STEP) & _LOW
    return (left << _HALF) | right


@elementary
def unit_f32(bits: Any) -> Any:
    # 24 bits are what float32 holds; as int32, which converts in one instruction.
    return np.float32(np.int32(np.uint64(bits) >> np.uint64(40))) * np.float32(2.0**-24)


@elementary
def unit_f64(bits: Any) -> Any:
    return np.float64(np.int64(np.uint64(bits) >> np.uint64(11))) * 2.0**-53


@elementary
def open_f32(bits: Any) -> Any:
    # Half a step keeps it off 0; unlike unit, it may round to 1.
    upper = np.float32(np.int64(np.uint64(bits) >> _HALF))
    return (upper + np.float32(0.5)) * np.float32(2.0**-32)


@elementary
def open_f64(bits: Any) -> Any:
    return (np.float64(np.int64(np.uint64(bits) >> _HALF)) + 0.5) * 2.0**-32
