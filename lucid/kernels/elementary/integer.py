"""Powers of integers, by squaring: they wrap around, as products do."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import elementary

__all__ = ["pow_signed", "pow_unsigned"]


@elementary
def pow_unsigned(a: Any, b: Any) -> Any:
    result = np.uint64(1)
    factor = np.uint64(a)
    rest = np.uint64(b)
    while rest != np.uint64(0):
        result = result * factor if rest & np.uint64(1) != np.uint64(0) else result
        factor = factor * factor
        rest = rest >> np.uint64(1)
    return result


@elementary
def pow_signed(a: Any, b: Any) -> Any:
    # The low 64 bits of a product do not depend on the sign.
    base, exponent = np.int64(a), np.int64(b)
    power = np.int64(pow_unsigned(np.uint64(base), np.uint64(exponent if exponent > 0 else 0)))
    # 1 / base**n rounds to 0 except for the bases 1 and -1.
    odd = (exponent & np.int64(1)) != 0
    unit = base if odd else np.int64(1)
    below = unit if (base == 1) | (base == -1) else np.int64(0)
    return below if exponent < 0 else power
