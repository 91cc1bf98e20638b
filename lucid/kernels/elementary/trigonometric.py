"""sin, cos, tan over the whole range.

float32. sin and cos: in float64, y = x (2/pi) from two pieces of 2/pi. A vector with a number from
2^48 on is computed again: from 2^48, 2^74 and 2^102 on numbers take other pieces, in which the
places that give multiples of 4 are left out (see `_reduction`). Then sin x = +-sin(pi f),
|f| <= 1/2, as f S(f^2) with six coefficients. The error is that of the last rounding and the
polynomial's, 2^-30 relative.

tan in float32 up to 2^16: the nearest multiple of pi/2 is taken away in two pieces, as for float64
below; r and what it was rounded by give tan r as a sum of two numbers, and in odd quadrants their
reciprocal, one division and a correction: 0.954 ulp. A vector with a larger number, or with
one very close to a multiple, is computed again in float64, as a rational of the fraction of a
quarter turn, turned over in odd quadrants.

float64. Up to 2^30 the nearest multiple of pi/2 is taken away in three pieces by fused operations,
which round only in the second (W. J. Cody and W. Waite, "Software Manual for the Elementary
Functions", 1980). A vector with a larger number, or with one that is so close to a multiple that
this is not enough, is computed again: four pieces of 2/pi are gathered by exponent, and the
product less the nearest integer comes in two parts that are good to about 2^-155, where no float64
comes nearer to a multiple of pi/2 than 2^-61 (Muller et al., "Handbook of Floating-Point
Arithmetic", chapter 11). The polynomials take the high part of the reduced angle; the low part
enters by its first-order term.
"""

from typing import Any

import numba
import numpy as np

from lucid.kernels.elementary import _reduction
from lucid.kernels.elementary._bits import (
    abs_f32,
    abs_f64,
    bits_f32,
    bits_f64,
    constant_table,
    elementary,
    float_f64,
    fma_f32,
    fma_f64,
    product_f64,
)
from lucid.kernels.elementary._polynomial import polynomial_f32, polynomial_f64
from lucid.kernels.elementary._variants import rescue_f32, rescue_f64
from lucid.kernels.elementary.coefficients.trigonometric import (
    COS_F64,
    COT_F64,
    COT_F64_DENOMINATOR,
    HALF_PI_HI_F32,
    HALF_PI_HI_F64,
    HALF_PI_LO_F32,
    HALF_PI_LO_F64,
    HALF_PI_MID_F64,
    SIN_F32,
    SIN_F64,
    TAN_F32,
    TAN_F32_DENOMINATOR,
    TAN_NEAR_F32,
    TAN_SLOPE_F32,
    TWO_OVER_PI_F32,
)

__all__ = ["cos_f32", "cos_f64", "sin_f32", "sin_f64", "tan_f32", "tan_f64"]

#: Adding this rounds a float64 below 2^51 to an integer, which is then in its low bits.
_ROUND = 1.5 * 2.0**52
#: And this one below 2^54 to a multiple of 8.
_ROUND_8 = 1.5 * 2.0**55
#: Chosen so that x times the second piece stays below 0.052: so little the nearest integer of x
#: times the first one may be off.
_BOUND_1, _BOUND_2, _BOUND_3 = (np.float32(2.0**e) for e in (48, 74, 102))
#: Up to here tan in float32 takes multiples of pi/2 away in float32, unless x lies so close to one
#: that two pieces of pi/2 are not enough, or that r - a would be rounded.
_NEAR_F32, _CLOSE_F32 = np.float32(2.0**16), np.float32(2.0**-21)
_ROUND_F32 = np.float32(1.5 * 2.0**23)
#: Where the polynomial of tan in float32 has its origin.
_MIDDLE_F32 = np.float32(0.4375)
_ONE_F32 = np.float32(1.0)
_HI_0, _LO_0 = _reduction.window(0)
_HI_1, _LO_1 = _reduction.window(48)
_HI_2, _LO_2 = _reduction.window(74)
_HI_3, _LO_3 = _reduction.window(102)

_table = constant_table(_reduction.table())
_FIRST_ROW = 1023 + _reduction.FIRST_EXPONENT
_LARGE = 2.0**_reduction.SCALED
_SHRINK = 2.0**-_reduction.SCALED
#: Below it sin x rounds to x, and the sum that gives it loses the sign of a zero.
_TINY = 2.0**-27
_TWO_OVER_PI = 1.0 / HALF_PI_HI_F64
#: Up to here three pieces of pi/2 are enough, unless x lies so close to a multiple of it.
_NEAR, _CLOSE = 2.0**30, 2.0**-50

_sin_half_turn = polynomial_f64(SIN_F32)
_tan_top = polynomial_f64(TAN_F32)
_tan_bottom = polynomial_f64(TAN_F32_DENOMINATOR)
_tan_excess = polynomial_f32(TAN_NEAR_F32)
_tan_slope = polynomial_f32(TAN_SLOPE_F32)
_sin_rest = polynomial_f64(SIN_F64)
_cos_rest = polynomial_f64(COS_F64)
_cot_top = polynomial_f64(COT_F64[2:])
_cot_bottom = polynomial_f64(COT_F64_DENOMINATOR[1:])


@elementary
def _window(x: Any) -> Any:
    """Two pieces of 2/pi for the magnitude of ``x``."""
    a = abs_f32(x)
    hi = _HI_1 if a >= _BOUND_1 else _HI_0
    lo = _LO_1 if a >= _BOUND_1 else _LO_0
    hi = _HI_2 if a >= _BOUND_2 else hi
    lo = _LO_2 if a >= _BOUND_2 else lo
    hi = _HI_3 if a >= _BOUND_3 else hi
    lo = _LO_3 if a >= _BOUND_3 else lo
    return hi, lo


@elementary
def _negate_if_odd(y: Any, n: Any) -> Any:
    """Change the sign of ``y`` where the integer in the low bits of ``n`` is odd."""
    return float_f64(bits_f64(y) ^ (bits_f64(n) << 63))


@elementary
def _sin_by_f32(x: Any, hi: Any, lo: Any) -> Any:
    """Sine, by two pieces of 2/pi."""
    hi, lo = 0.5 * hi, 0.5 * lo
    d = numba.float64(x)
    n = fma_f64(d, hi, _ROUND)
    f = fma_f64(d, lo, fma_f64(d, hi, -(n - _ROUND)))
    return numba.float32(_negate_if_odd(f * _sin_half_turn(f * f), n))


@elementary
def _cos_by_f32(x: Any, hi: Any, lo: Any) -> Any:
    """Cosine, by two pieces of 2/pi."""
    # cos x = sin(x + pi/2): the nearest odd multiple of pi/2 is taken away.
    hi, lo = 0.5 * hi, 0.5 * lo
    d = numba.float64(x)
    n = fma_f64(d, hi, -0.5) + _ROUND
    f = fma_f64(d, lo, fma_f64(d, hi, -((n - _ROUND) + 0.5)))
    return numba.float32(_negate_if_odd(-f * _sin_half_turn(f * f), n))


@elementary
def _tan_by_f32(x: Any, hi: Any, lo: Any) -> Any:
    """Tangent, by two pieces of 2/pi."""
    d = numba.float64(x)
    n = fma_f64(d, hi, _ROUND)
    f = fma_f64(d, lo, fma_f64(d, hi, -(n - _ROUND)))
    z = f * f
    top = f * _tan_top(z)
    bottom = _tan_bottom(z)
    odd = (bits_f64(n) & 1) != 0
    above = -bottom if odd else top
    below = top if odd else bottom
    return numba.float32(above / below)


@elementary
def _sin_anywhere_f32(x: Any) -> Any:
    hi, lo = _window(x)
    return _sin_by_f32(x, hi, lo)


@elementary
def _cos_anywhere_f32(x: Any) -> Any:
    hi, lo = _window(x)
    return _cos_by_f32(x, hi, lo)


@elementary
def _tan_anywhere_f32(x: Any) -> Any:
    hi, lo = _window(x)
    return _tan_by_f32(x, hi, lo)


_sin_unless_f32 = rescue_f32(_sin_anywhere_f32)
_cos_unless_f32 = rescue_f32(_cos_anywhere_f32)
_tan_unless_f32 = rescue_f32(_tan_anywhere_f32)


@elementary
def sin_f32(x: Any) -> Any:
    """Sine; NaN at infinities, the sign of a zero is kept."""
    return _sin_unless_f32(abs_f32(x) >= _BOUND_1, _sin_by_f32(x, _HI_0, _LO_0), x)


@elementary
def cos_f32(x: Any) -> Any:
    """Cosine; 1 at zero, NaN at infinities."""
    return _cos_unless_f32(abs_f32(x) >= _BOUND_1, _cos_by_f32(x, _HI_0, _LO_0), x)


@elementary
def tan_f32(x: Any) -> Any:
    """Tangent; NaN at infinities, the sign of a zero is kept. No float is a pole."""
    t = fma_f32(x, TWO_OVER_PI_F32, _ROUND_F32)
    n = t - _ROUND_F32
    a = fma_f32(-n, HALF_PI_HI_F32, x)
    # The reduced angle is -(r + excess). Turned so, a zero keeps its sign.
    r = fma_f32(n, HALF_PI_LO_F32, -a)
    excess = fma_f32(n, HALF_PI_LO_F32, -(r + a))
    w = fma_f32(r, r, -_MIDDLE_F32)
    rest = fma_f32(r, _tan_excess(w), excess * _tan_slope(w))
    y = r + rest
    low = rest - (y - r)
    inverse = _ONE_F32 / y
    # 1 / (y + low) = inverse (1 - error).
    error = fma_f32(inverse, low, fma_f32(inverse, y, -_ONE_F32))
    odd = (bits_f32(t) & np.int32(1)) != 0
    near = fma_f32(-inverse, error, inverse) if odd else -y
    size = abs_f32(x)
    return _tan_unless_f32((size >= _NEAR_F32) | (abs_f32(r) < size * _CLOSE_F32), near, x)


@elementary
def _two_sum(a: Any, b: Any) -> Any:
    """Sum and its rounding error (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@elementary
def _fast_two_sum(a: Any, b: Any) -> Any:
    """Sum and its rounding error (Dekker); ``a`` has no bits below the last one of the sum."""
    s = a + b
    return s, b - (s - a)


@elementary
def _reduce_f64(x: Any) -> Any:
    """``x`` as ``quadrant pi/2 + hi + lo``, |hi| <= pi/4; the quadrant is in the low two bits.

    For every finite x.
    """
    row = ((bits_f64(x) >> 52) & 2047) - _FIRST_ROW
    place = 4 * (row if row > 0 else 0)
    d = x * _SHRINK if abs_f64(x) >= _LARGE else x
    t0, t1, t2, t3 = _table(place), _table(place + 1), _table(place + 2), _table(place + 3)
    # The nearest multiple of 8 away, which is exact: a is a multiple of 2^-50, at most 4.
    n = fma_f64(d, t0, _ROUND_8) - _ROUND_8
    a = fma_f64(d, t0, -n)
    quadrant = fma_f64(d, t1, a) + _ROUND
    a = a - (quadrant - _ROUND)
    b = product_f64(d, t1)
    b_lo = fma_f64(d, t1, -b)
    c = product_f64(d, t2)
    c_lo = fma_f64(d, t3, fma_f64(d, t2, -c))
    # The sums of a double-double addition: near a multiple of pi/2 a + b cancels, exactly, and
    # the sum of the next two terms takes its place.
    s, s_lo = _fast_two_sum(a, b)
    u, u_lo = _two_sum(b_lo, c)
    f, f_lo = _fast_two_sum(s, s_lo + u)
    f_lo = f_lo + (u_lo + c_lo)
    hi = product_f64(f, HALF_PI_HI_F64)
    lo = fma_f64(f, HALF_PI_HI_F64, -hi) + fma_f64(f, HALF_PI_MID_F64, f_lo * HALF_PI_HI_F64)
    return hi, lo, bits_f64(quadrant)


@elementary
def _reduce_near_f64(x: Any) -> Any:
    """Reduce an ``x`` that is not huge: as `_reduce_f64`, and whether that one is needed."""
    t = fma_f64(x, _TWO_OVER_PI, _ROUND)
    n = t - _ROUND
    # Exact: a multiple of the last place of pi/2 or of x, and below 1.
    a = fma_f64(-n, HALF_PI_HI_F64, x)
    hi = fma_f64(-n, HALF_PI_MID_F64, a)
    # The difference is exact as long as hi is not small against what is taken away.
    lo = fma_f64(-n, HALF_PI_LO_F64, fma_f64(-n, HALF_PI_MID_F64, a - hi))
    size = abs_f64(x)
    return hi, lo, bits_f64(t), (size > _NEAR) | (abs_f64(hi) < size * _CLOSE)


@elementary
def _sin_kernel(r: Any, lo: Any, z: Any) -> Any:
    return r + fma_f64(r * z, _sin_rest(z), lo * fma_f64(-0.5, z, 1.0))


@elementary
def _cos_kernel(r: Any, lo: Any, z: Any) -> Any:
    half = 0.5 * z
    w = 1.0 - half
    return w + (((1.0 - w) - half) + fma_f64(z * z, _cos_rest(z), -(r * lo)))


@elementary
def _sin_at(r: Any, lo: Any, quadrant: Any) -> Any:
    """Sine of ``quadrant pi/2 + r + lo``; the cosine belongs to the next quadrant."""
    z = r * r
    y = _cos_kernel(r, lo, z) if quadrant & 1 else _sin_kernel(r, lo, z)
    return float_f64(bits_f64(y) ^ ((quadrant & 2) << 62))


@elementary
def _tan_at(r: Any, lo: Any, quadrant: Any) -> Any:
    """Tangent of ``quadrant pi/2 + r + lo``."""
    z = r * r
    # tan r = r N / D, with N = 1 + small and D = 1 - z/2 + small: the rounding errors of the
    # sums are known, and one division serves tan and -cot.
    n_rest = product_f64(z, _cot_bottom(z))
    n, n_lo = _fast_two_sum(1.0, n_rest)
    half = 0.5 * z
    w = 1.0 - half
    d, d_lo = _fast_two_sum(w, fma_f64(z * z, _cot_top(z), (1.0 - w) - half))
    top = product_f64(r, n)
    # 1 + 0.7 z is close to D (1 + tan^2 r), the factor of the low part of the angle.
    top_lo = fma_f64(r, n, -top) + fma_f64(r, n_lo, lo * fma_f64(0.7, z, 1.0))
    odd = (quadrant & 1) != 0
    above = -d if odd else top
    above_lo = -d_lo if odd else top_lo
    below = top if odd else d
    below_lo = top_lo if odd else d_lo
    inverse = 1.0 / below
    q = above * inverse
    # The residual with its sign turned: so the sum of two zeros keeps the sign of x.
    excess = fma_f64(q, below, -above) + fma_f64(q, below_lo, -above_lo)
    return fma_f64(-excess, inverse, q)


@elementary
def _sin_anywhere(x: Any) -> Any:
    r, lo, quadrant = _reduce_f64(x)
    return _sin_at(r, lo, quadrant)


@elementary
def _cos_anywhere(x: Any) -> Any:
    r, lo, quadrant = _reduce_f64(x)
    return _sin_at(r, lo, quadrant + 1)


@elementary
def _tan_anywhere(x: Any) -> Any:
    r, lo, quadrant = _reduce_f64(x)
    return _tan_at(r, lo, quadrant)


_sin_unless = rescue_f64(_sin_anywhere)
_cos_unless = rescue_f64(_cos_anywhere)
_tan_unless = rescue_f64(_tan_anywhere)


@elementary
def sin_f64(x: Any) -> Any:
    """Sine; NaN at infinities, the sign of a zero is kept."""
    r, lo, quadrant, doubtful = _reduce_near_f64(x)
    y = _sin_unless(doubtful, _sin_at(r, lo, quadrant), x)
    return x if abs_f64(x) < _TINY else y


@elementary
def cos_f64(x: Any) -> Any:
    """Cosine; 1 at zero, NaN at infinities."""
    r, lo, quadrant, doubtful = _reduce_near_f64(x)
    return _cos_unless(doubtful, _sin_at(r, lo, quadrant + 1), x)


@elementary
def tan_f64(x: Any) -> Any:
    """Tangent; NaN at infinities, the sign of a zero is kept. No float is a pole."""
    r, lo, quadrant, doubtful = _reduce_near_f64(x)
    return _tan_unless(doubtful, _tan_at(r, lo, quadrant), x)
