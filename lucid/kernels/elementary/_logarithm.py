"""log, log2 and log10 in float32, from tables in registers.

x = 2^e m, m between 0.695 and 1.391 in 32 pieces, with 1 in the middle of one. Each piece has an
inverse 1 / c, so that m / c = 1 + r with |r| up to 1/40, and log c, a number of so few places that
its sum with the exponent's logarithm is exact. To that sum r is added, or r / ln b, with what the
addition loses, and a polynomial for the rest. What is rounded besides the result is r: at most
0.27 ulp beside it. A vector with a number that is not positive, normal and finite is computed
again, by the function that knows all numbers.

Source: P.-T. P. Tang, "Table-driven implementation of the logarithm function in IEEE floating-point
arithmetic", ACM Transactions on Mathematical Software 16, 1990.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    bits_f32,
    elementary,
    float_f32,
    fma_f32,
    shift_right_i32,
)
from lucid.kernels.elementary._polynomial import polynomial_f32
from lucid.kernels.elementary._variants import by_processor_f32, rescue_f32, table_f32
from lucid.kernels.elementary.coefficients import logarithm as c

_ONE = np.float32(1.0)
#: Where the first piece begins: 19 and a half pieces below 1, of 2^18 neighbouring numbers each.
_PIECE, _EXPONENT = np.int32(18), np.int32(23)
_FIRST = np.int32(0x3F800000 - 19 * 2**18 - 2**17)
_MANTISSA = np.int32(0x007FFFFF)
#: What is subtracted from the bits of the normal numbers makes them the least, up to the length.
_NORMAL, _LENGTH = np.int32(0x00800000 - 2**31), np.int32(0x7F000000 - 2**31)

_log_rest = polynomial_f32(c.LOG_NEAR_F32)
_log2_rest, _log10_rest = polynomial_f32(c.LOG2_NEAR_F32), polynomial_f32(c.LOG10_NEAR_F32)


def _reduction(inverse: Sequence[Any], start: Sequence[Any]) -> Any:
    inverse_of, start_of = table_f32(inverse), table_f32(start)

    @elementary
    def reduce(x: Any) -> Any:
        """Return (e, log c, r): x = 2^e c (1 + r)."""
        i = np.int32(bits_f32(x) - _FIRST)
        e = np.float32(np.int32(i >> _EXPONENT))
        piece = shift_right_i32(i, _PIECE)
        m = float_f32(np.int32((i & _MANTISSA) + _FIRST))
        return e, start_of(piece), fma_f32(m, inverse_of(piece), -_ONE)

    return reduce


_for_log = _reduction(c.LOG_INVERSE, c.LOG_START)
_for_log2 = _reduction(c.LOG2_INVERSE, c.LOG2_START)
_for_log10 = _reduction(c.LOG10_INVERSE, c.LOG10_START)


@elementary
def near_log(x: Any) -> Any:
    """Return the natural logarithm of a positive, normal, finite number."""
    e, start, r = _for_log(x)
    sum_ = fma_f32(e, c.LN2_HI_F32, start)
    y = sum_ + r
    lost = (sum_ - y) + r
    return y + (lost + fma_f32(r * r, _log_rest(r), e * c.LN2_LO_F32))


@elementary
def near_log2(x: Any) -> Any:
    """Return the logarithm to base 2 of a positive, normal, finite number."""
    e, start, r = _for_log2(x)
    sum_ = e + start
    y = fma_f32(r, c.LOG2_E_F32, sum_)
    lost = fma_f32(r, c.LOG2_E_F32, sum_ - y)
    return y + fma_f32(r, _log2_rest(r), lost)


@elementary
def near_log10(x: Any) -> Any:
    """Return the logarithm to base 10 of a positive, normal, finite number."""
    e, start, r = _for_log10(x)
    sum_ = fma_f32(e, c.LOG10_2_HI_F32, start)
    y = fma_f32(r, c.LOG10_E_F32, sum_)
    lost = fma_f32(r, c.LOG10_E_F32, sum_ - y)
    return y + fma_f32(r, _log10_rest(r), fma_f32(e, c.LOG10_2_LO_F32, lost))


def by_pieces(near: Any, everywhere: Any) -> Callable[[Any], Any]:
    """Make a logarithm: `near` where tables lie in registers, else `everywhere`."""
    choose = rescue_f32(everywhere)

    @elementary
    def in_registers(x: Any) -> Any:
        # As unsigned integers the bits of normal numbers are those from the least on; the sign
        # bit turns an unsigned comparison into a signed one.
        return choose(np.int32(bits_f32(x) - _NORMAL) >= _LENGTH, near(x), x)

    return by_processor_f32(in_registers, everywhere)
