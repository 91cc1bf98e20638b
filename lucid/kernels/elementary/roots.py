"""cbrt, rsqrt, hypot.

cbrt: r near |x|^(-1/3) comes from the bits of x: a number's bits, read as an integer, are close to
its logarithm (Blinn, "Floating-point tricks", IEEE Computer Graphics and Applications 17, 1997),
and dividing them by -3 leaves 1 - x r^3 within 0.103 of zero. A polynomial of that defect brings
r within 2^-14; float64 starts from 2^-18 and makes one Newton step more. Then y = x r^2 is taken
as an unrounded pair and corrected once with its own defect, so that only the last addition rounds
at the size of the result. All numbers on the way have about a third of the exponent of x.

rsqrt: s = sqrt(x) from the processor, whose division is the slower half of 1 / s. So the bits of x,
halved and taken from a constant, give y within 1/28 of 1 / sqrt(x); with h = 1 - s y, y is
multiplied by 1 + h, 1 + h^2 (float64: 1 + h^4), and corrected once more: in float64 by 1 - s y and
the residual of s, which are exact, 0.5 ulp; in float32 by half of 1 - x y^2, 0.86 ulp. Zeros,
infinities, and numbers next to either end of the range take the division, vector by vector.

hypot: float32 squares and adds in float64, where nothing overflows and the squares are exact.
float64 scales by a power of two and corrects the square root by the residual of x^2 + y^2 (Borges,
"An improved algorithm for hypot(a, b)", 2019).
"""

from typing import Any

import numba
import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f32,
    abs_f64,
    bits_f32,
    bits_f64,
    copysign_f32,
    copysign_f64,
    elementary,
    float_f32,
    float_f64,
    fma_f32,
    fma_f64,
    product_f32,
    product_f64,
    shift_right_i32,
    shift_right_i64,
    sqrt_f32,
    sqrt_f64,
)
from lucid.kernels.elementary._polynomial import polynomial_f32, polynomial_f64
from lucid.kernels.elementary._variants import rescue_f32, rescue_f64
from lucid.kernels.elementary.coefficients.roots import CBRT_F32, CBRT_F64

__all__ = ["cbrt_f32", "cbrt_f64", "hypot_f32", "hypot_f64", "rsqrt_f32", "rsqrt_f64"]

_cbrt_f32 = polynomial_f32(CBRT_F32)
_cbrt_f64 = polynomial_f64(CBRT_F64)

_ZERO = np.float32(0.0)
_HALF = np.float32(0.5)
_ONE = np.float32(1.0)
_INFINITY = np.float32(np.inf)
_THIRD = np.float32(1 / 3)
#: The bits of 1 times 3/2, less what makes the defect equally large on both sides.
_INVERSE_F32 = np.int32(1.5 * 2**23 * (127 - 0.04505))
_INVERSE_F64 = int(1.5 * 2**52 * (1023 - 0.04505))
#: Below, the residual of the square root would lose bits.
_LEAST_F64 = 2.0**-960
#: Beyond, the square of the result does.
_MOST_F32 = np.float32(2.0**125)
#: Larger than the residual of any reciprocal square root.
_SMALL_F32, _SMALL_F64 = np.float32(2.0**-20), 2.0**-48
#: The bits of 1 times 4/3, less what makes the defect equally large on both sides.
_GUESS_F32 = np.float32(0x54A1F0DB)
_GUESS_F64 = float(0x54A1F0DB // 8 + 4 * (1023 - 127) * 2**20 // 3)
#: The smallest normal numbers; below, the exponent says nothing.
_NORMAL_F32 = np.float32(2.0**-126)
_NORMAL_F64 = 2.0**-1022
#: Where squares, or the residuals of squares, leave the range, and the way back into it.
_HUGE, _SHRINK = 2.0**500, 2.0**-600
_TINY, _GROW = 2.0**-400, 2.0**600
_UP_F32, _UP_F64 = np.float32(2.0**24), 2.0**54
#: A third of the exponent of that factor comes back.
_GUESS_TINY_F32 = _GUESS_F32 + np.float32(8 * 2**23)
_GUESS_TINY_F64 = _GUESS_F64 + 18 * 2**20


@elementary
def cbrt_f32(x: Any) -> Any:
    """Cube root; zeros, infinities and NaN are their own."""
    a = abs_f32(x)
    tiny = a < _NORMAL_F32
    logarithm = numba.float32(bits_f32(a * (_UP_F32 if tiny else _ONE)))
    guess = _GUESS_TINY_F32 if tiny else _GUESS_F32
    r = float_f32(numba.int32(guess - logarithm * _THIRD))
    h = fma_f32(-(a * r), r * r, _ONE)
    r = fma_f32(r * h, _cbrt_f32(h), r)
    q = product_f32(a, r)
    q_lo = fma_f32(a, r, -q)
    y = product_f32(q, r)
    y_lo = fma_f32(q_lo, r, fma_f32(q, r, -y))
    # With y + y_lo = x r^2 and h = 1 - y r the root is y + (2 y h + y_lo) / 3.
    h = fma_f32(-y, r, _ONE)
    y = fma_f32(_THIRD, fma_f32(y + y, h, y_lo), y)
    return copysign_f32(y, x) if a < _INFINITY else x


@elementary
def cbrt_f64(x: Any) -> Any:
    """Cube root; zeros, infinities and NaN are their own."""
    a = abs_f64(x)
    tiny = a < _NORMAL_F64
    # The upper half of the bits is enough, and int32 converts everywhere in vectors.
    upper = numba.int32(shift_right_i64(bits_f64(a * (_UP_F64 if tiny else 1.0)), 32))
    guess = _GUESS_TINY_F64 if tiny else _GUESS_F64
    r = float_f64(numba.int64(numba.int32(guess - numba.float64(upper) * (1.0 / 3.0))) << 32)
    h = fma_f64(-(a * r), r * r, 1.0)
    r = fma_f64(r * h, _cbrt_f64(h), r)
    h = fma_f64(-(a * r), r * r, 1.0)
    r = fma_f64(r * h, 1.0 / 3.0, r)
    q = product_f64(a, r)
    q_lo = fma_f64(a, r, -q)
    y = product_f64(q, r)
    y_lo = fma_f64(q_lo, r, fma_f64(q, r, -y))
    h = fma_f64(-y, r, 1.0)
    y = fma_f64(1.0 / 3.0, fma_f64(y + y, h, y_lo), y)
    return copysign_f64(y, x) if a < np.inf else x


@elementary
def _rsqrt_any_f32(x: Any) -> Any:
    y = _ONE / sqrt_f32(x)
    p = product_f32(x, y)
    rest = fma_f32(-fma_f32(x, y, -p), y, fma_f32(-p, y, _ONE))
    # NaN at zero and infinity, where y is right and stays.
    rest = rest if rest < _SMALL_F32 else _SMALL_F32
    return fma_f32(y * _HALF, rest, y)


@elementary
def _rsqrt_any_f64(x: Any) -> Any:
    y = 1.0 / sqrt_f64(x)
    p = product_f64(x, y)
    rest = fma_f64(-fma_f64(x, y, -p), y, fma_f64(-p, y, 1.0))
    rest = rest if rest < _SMALL_F64 else _SMALL_F64
    return fma_f64(y * 0.5, rest, y)


_rsqrt_unless_f32 = rescue_f32(_rsqrt_any_f32)
_rsqrt_unless_f64 = rescue_f64(_rsqrt_any_f64)


@elementary
def rsqrt_f32(x: Any) -> Any:
    """1 / sqrt(x); ±infinity at ±0, 0 at infinity, NaN below."""
    s = sqrt_f32(x)
    y = float_f32(np.int32(_INVERSE_F32 - shift_right_i32(bits_f32(x), np.int32(1))))
    h = fma_f32(-s, y, _ONE)
    y = fma_f32(y, h, y)
    y = fma_f32(y, product_f32(h, h), y)
    # The square's rounding error is all that is left, 0.36 ulp at most; x y would leave 0.5.
    y = fma_f32(product_f32(y, _HALF), fma_f32(-product_f32(y, y), x, _ONE), y)
    return _rsqrt_unless_f32((x < _NORMAL_F32) | (x > _MOST_F32), y, x)


@elementary
def rsqrt_f64(x: Any) -> Any:
    """1 / sqrt(x); ±infinity at ±0, 0 at infinity, NaN below."""
    s = sqrt_f64(x)
    y = float_f64(_INVERSE_F64 - shift_right_i64(bits_f64(x), 1))
    h = fma_f64(-s, y, 1.0)
    square = product_f64(h, h)
    y = fma_f64(y, h, y)
    y = fma_f64(y, square, y)
    y = fma_f64(y, product_f64(square, square), y)
    # What s lacks of the root is half its residual over s.
    lost = product_f64(fma_f64(-s, s, x), product_f64(y, 0.5))
    y = fma_f64(y, fma_f64(-lost, y, fma_f64(-s, y, 1.0)), y)
    return _rsqrt_unless_f64((x < _LEAST_F64) | (x == np.inf), y, x)


@elementary
def hypot_f32(x: Any, y: Any) -> Any:
    """sqrt(x^2 + y^2) without overflow on the way; an infinity wins over NaN."""
    a, b = numba.float64(x), numba.float64(y)
    h = numba.float32(sqrt_f64(fma_f64(a, a, b * b)))
    infinite = (abs_f32(x) == _INFINITY) | (abs_f32(y) == _INFINITY)
    return _INFINITY if infinite else h


@elementary
def hypot_f64(x: Any, y: Any) -> Any:
    """sqrt(x^2 + y^2) without overflow on the way; an infinity wins over NaN."""
    ax, ay = abs_f64(x), abs_f64(y)
    large = ay if ay > ax else ax
    small = ax if ay > ax else ay
    scale = _SHRINK if large > _HUGE else (_GROW if large < _TINY else 1.0)
    back = _GROW if large > _HUGE else (_SHRINK if large < _TINY else 1.0)
    a, b = large * scale, small * scale
    a2 = product_f64(a, a)
    b2 = product_f64(b, b)
    total = a2 + b2
    total_lo = (b2 - (total - a2)) + (fma_f64(a, a, -a2) + fma_f64(b, b, -b2))
    root = sqrt_f64(total)
    rest = fma_f64(-root, root, total) + total_lo
    # Half the residual over the root; 1 where the root is zero, and with it the residual.
    h = root + 0.5 * rest / (root if root > 0.0 else 1.0)
    h = h * back
    h = h if (x == x) & (y == y) else x + y
    return np.inf if (ax == np.inf) | (ay == np.inf) else h
