"""float16 and bfloat16 between memory, where they are 16 bits, and arithmetic in float32.

Numba knows neither of the two on a CPU. In integers and one addition each the conversions need no
instruction that a processor may lack, take no branch, and become vector code with their loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import bits_f32, elementary, float_f32

__all__ = ["bfloat16_bits", "float16_bits", "from_bfloat16", "from_float16"]

#: What the exponents of float16 and float32 differ by, at its place in a float32.
_REBIAS = np.int32((127 - 15) << 23)
#: 2**-14, the least normal float16, as a float32 and its bits.
_LEAST = np.float32(2.0**-14)
_LEAST_BITS = np.int32(113 << 23)
_INFINITY = np.int32(0x7F800000)
#: The last place of float32(0.5) is that of a subnormal float16.
_HALF = np.float32(0.5)
_HALF_BITS = np.int32(126 << 23)


@elementary
def from_float16(word: Any) -> Any:
    word = np.int32(word)
    wide = np.int32((word & np.int32(0x7FFF)) << np.int32(13))
    exponent = np.int32(wide & np.int32(0x0F800000))
    normal = np.int32(wide + _REBIAS)
    special = np.int32(normal + _REBIAS)
    # A subnormal is what is left of 2**-14 and a fraction of it when 2**-14 is taken away.
    small = bits_f32(float_f32(np.int32(wide + _LEAST_BITS)) - _LEAST)
    size = special if exponent == np.int32(0x0F800000) else normal
    size = small if exponent == np.int32(0) else size
    return float_f32(np.int32(size | np.int32((word & np.int32(0x8000)) << np.int32(16))))


@elementary
def float16_bits(x: Any) -> Any:
    bits = bits_f32(x)
    size = np.int32(bits & np.int32(0x7FFFFFFF))
    sign = np.int32((bits >> np.int32(16)) & np.int32(0x8000))
    # Half a unit less one, and one more where the last bit that stays is odd: ties go to even.
    odd = np.int32((size >> np.int32(13)) & np.int32(1))
    normal = np.int32(np.int32(size - _REBIAS + np.int32(0xFFF) + odd) >> np.int32(13))
    # Beside 0.5 the bits beyond those of a subnormal are rounded away.
    small = np.int32(bits_f32(float_f32(size) + _HALF) - _HALF_BITS)
    large = np.int32(0x7E00) if size > _INFINITY else np.int32(0x7C00)
    word = small if size < _LEAST_BITS else normal
    word = large if size >= np.int32(143 << 23) else word
    return np.uint16(word | sign)


@elementary
def from_bfloat16(word: Any) -> Any:
    return float_f32(np.int32(np.int32(word) << np.int32(16)))


@elementary
def bfloat16_bits(x: Any) -> Any:
    bits = bits_f32(x)
    upper = np.int32(bits >> np.int32(16))
    odd = np.int32(upper & np.int32(1))
    rounded = np.int32(np.int32(bits + np.int32(0x7FFF) + odd) >> np.int32(16))
    return np.uint16(np.int32(upper | np.int32(0x40)) if x != x else rounded)
