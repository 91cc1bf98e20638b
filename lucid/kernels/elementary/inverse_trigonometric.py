"""asin, acos, atan, atan2.

asin and acos: for |x| <= 1/2 a polynomial, asin x = x + x^3 P(x^2); beyond, the same polynomial by
asin x = pi/2 - 2 asin s, s = sqrt((1 - |x|) / 2). The rounding error of the square root is known
from its residual, and so is that of the first difference, so that only the last addition rounds
at the size of the result.

atan, float32: t + t P(t^2 - 1/2) with t = x or -1/x, |t| <= 1; P is small, and centred so that the
steps of its evaluation halve the errors of the steps before. In float64 atan(x) = atan(c) +
atan((x - c) / (1 + c x)), with c and its angle from a table with an entry for each half of an
octave: the last quotient is at most 1/10, and its errors weigh a sixth; 0.85 ulp. Where tables
can't lie in registers, and in atan2, float64 takes atan(x) = pi/4 +
atan((x - 1) / (x + 1)) between 1/2 and 2 as well, so that |t| <= 1/2. The residual of the quotient
corrects t. atan2 is the same for the quotient of the smaller by the larger argument.

Sources: W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980; J.-M.
Muller, "Elementary Functions", 3rd ed., 2016; C99 Annex F and G for special values.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f32,
    abs_f64,
    bits_f32,
    bits_f64,
    copysign_f32,
    copysign_f64,
    elementary,
    fma_f32,
    fma_f64,
    product_f64,
    shift_right_i64,
    sqrt_f32,
    sqrt_f64,
)
from lucid.kernels.elementary._polynomial import polynomial_f32, polynomial_f64
from lucid.kernels.elementary._variants import by_processor_f64, table_f64
from lucid.kernels.elementary.coefficients.inverse_trigonometric import (
    ASIN_F32,
    ASIN_F64,
    ATAN_ANGLE_HI,
    ATAN_ANGLE_LO,
    ATAN_F32,
    ATAN_F64,
    ATAN_NEAR,
    ATAN_NODE,
    HALF_PI_HI_F32,
    HALF_PI_HI_F64,
    HALF_PI_LO_F32,
    HALF_PI_LO_F64,
)

__all__ = [
    "acos_f32",
    "acos_f64",
    "asin_f32",
    "asin_f64",
    "atan2_f32",
    "atan2_f64",
    "atan_f32",
    "atan_f64",
]

_asin_f32 = polynomial_f32(ASIN_F32)
_asin_f64 = polynomial_f64(ASIN_F64)
_atan_f32 = polynomial_f32(ATAN_F32)
_atan_f64 = polynomial_f64(ATAN_F64)
_atan_near = polynomial_f64(ATAN_NEAR, plain=0)

_ZERO = np.float32(0.0)
_HALF = np.float32(0.5)
_THREE_QUARTERS = np.float32(0.75)
_ONE = np.float32(1.0)
_TWO = np.float32(2.0)
#: Keeps a division by a square root that is zero finite; lost in any other.
_SMALL_F32 = np.float32(2.0**-60)
_SMALL_F64 = 2.0**-200
#: From here on atan rounds to pi/2, and the residual of 1 / x stays finite.
_FAR_F32 = np.float32(2.0**30)
_FAR_F64 = 2.0**60
#: Where the pieces of atan end: below 1/16 it is the first, from 12 on the last.
_SIXTEENTH, _LAST = 0.0625, 12.0
#: Quotients of numbers below the first bound take place after a multiplication by the second.
_LOW_F32, _UP_F32 = np.float32(2.0**-60), np.float32(2.0**60)
_LOW_F64, _UP_F64 = 2.0**-500, 2.0**500
_HIGH_F64, _DOWN_F64 = 2.0**500, 2.0**-500
_INFINITY_F32 = np.float32(np.inf)
_PI_HI_F32, _PI_LO_F32 = _TWO * HALF_PI_HI_F32, _TWO * HALF_PI_LO_F32
_PI_HI_F64, _PI_LO_F64 = 2.0 * HALF_PI_HI_F64, 2.0 * HALF_PI_LO_F64
_QUARTER_PI_HI, _QUARTER_PI_LO = 0.5 * HALF_PI_HI_F64, 0.5 * HALF_PI_LO_F64


@elementary
def asin_f32(x: Any) -> Any:
    """Arc sine; NaN beyond -1 and 1, the sign of a zero is kept."""
    a = abs_f32(x)
    far = a > _HALF
    w = _HALF - _HALF * a
    root = sqrt_f32(w)
    # Half the square root's residual over the root is the root's own error.
    root_lo = fma_f32(-root, root, w) * _HALF / (root + _SMALL_F32)
    z = w if far else a * a
    t = -_TWO * root if far else a
    t_lo = -_TWO * root_lo if far else _ZERO
    c = HALF_PI_HI_F32 if far else _ZERO
    c_lo = HALF_PI_LO_F32 if far else _ZERO
    s = c + t
    rest = (c - s) + t
    y = s + (rest + (c_lo + fma_f32(t, z * _asin_f32(z), t_lo)))
    return copysign_f32(y, x)


@elementary
def acos_f32(x: Any) -> Any:
    """Arc cosine; +0 at 1, NaN beyond -1 and 1."""
    a = abs_f32(x)
    far = a > _HALF
    w = _HALF - _HALF * a
    root = sqrt_f32(w)
    root_lo = fma_f32(-root, root, w) * _HALF / (root + _SMALL_F32)
    z = w if far else a * a
    t = copysign_f32(_TWO * root, x) if far else -x
    t_lo = copysign_f32(_TWO, x) * root_lo if far else _ZERO
    side = _PI_HI_F32 if x < _ZERO else _ZERO
    side_lo = _PI_LO_F32 if x < _ZERO else _ZERO
    c = side if far else HALF_PI_HI_F32
    c_lo = side_lo if far else HALF_PI_LO_F32
    s = c + t
    rest = (c - s) + t
    return s + (rest + (c_lo + fma_f32(t, z * _asin_f32(z), t_lo)))


@elementary
def atan_f32(x: Any) -> Any:
    """Arc tangent; ±pi/2 at infinities, the sign of a zero is kept."""
    a = abs_f32(x)
    a = _FAR_F32 if a > _FAR_F32 else a
    far = a > _ONE
    quotient = -_ONE / a
    t = quotient if far else a
    # Half the quotient's error: the derivative of atan at 1, the one place where it counts.
    error = fma_f32(quotient, _HALF * a, _HALF)
    t_lo = fma_f32(quotient, error, HALF_PI_LO_F32) if far else _ZERO
    c = HALF_PI_HI_F32 if far else _ZERO
    s = c + t
    rest = ((c - s) + t) + t_lo
    y = s + fma_f32(t, _atan_f32(fma_f32(t, t, -_HALF)), rest)
    return copysign_f32(y, x)


@elementary
def atan2_f32(y: Any, x: Any) -> Any:
    """Angle of the point (x, y) from the positive x axis; signed zeros and infinities as in C99."""
    ax, ay = abs_f32(x), abs_f32(y)
    steep = ay > ax
    top = ax if steep else ay
    bottom = ay if steep else ax
    # 0 / 0 is taken as 0 / 1, inf / inf as 1 / 1 and anything else over inf as 0 / 1.
    infinite = bottom == _INFINITY_F32
    top = (_ONE if top == bottom else _ZERO) if infinite else top
    bottom = _ONE if infinite or bottom == _ZERO else bottom
    # Without this the residual of the quotient of two tiny numbers would underflow.
    scale = _UP_F32 if bottom < _LOW_F32 else _ONE
    top, bottom = top * scale, bottom * scale
    quotient = top / bottom
    v = fma_f32(quotient, quotient, -_HALF)
    # The derivative of atan at the quotient is close to 1 - quotient^2 / 2.
    slope = fma_f32(-_HALF, v, _THREE_QUARTERS)
    error = slope * fma_f32(-quotient, bottom, top) / bottom
    left = bits_f32(x) < np.int32(0)
    mirrored = steep != left
    t = -quotient if mirrored else quotient
    t_lo = -error if mirrored else error
    side = _PI_HI_F32 if left else _ZERO
    side_lo = _PI_LO_F32 if left else _ZERO
    c = HALF_PI_HI_F32 if steep else side
    c_lo = HALF_PI_LO_F32 if steep else side_lo
    s = c + t
    rest = ((c - s) + t) + (c_lo + t_lo)
    angle = copysign_f32(s + fma_f32(t, _atan_f32(v), rest), y)
    return angle if (x == x) & (y == y) else x + y


@elementary
def asin_f64(x: Any) -> Any:
    """Arc sine; NaN beyond -1 and 1, the sign of a zero is kept."""
    a = abs_f64(x)
    far = a > 0.5
    w = 0.5 - 0.5 * a
    root = sqrt_f64(w)
    # Half the square root's residual over the root is the root's own error.
    root_lo = fma_f64(-root, root, w) * 0.5 / (root + _SMALL_F64)
    z = w if far else a * a
    t = -2.0 * root if far else a
    t_lo = -2.0 * root_lo if far else 0.0
    c = HALF_PI_HI_F64 if far else 0.0
    c_lo = HALF_PI_LO_F64 if far else 0.0
    s = c + t
    rest = (c - s) + t
    y = s + (rest + (c_lo + fma_f64(t, z * _asin_f64(z), t_lo)))
    return copysign_f64(y, x)


@elementary
def acos_f64(x: Any) -> Any:
    """Arc cosine; +0 at 1, NaN beyond -1 and 1."""
    a = abs_f64(x)
    far = a > 0.5
    w = 0.5 - 0.5 * a
    root = sqrt_f64(w)
    root_lo = fma_f64(-root, root, w) * 0.5 / (root + _SMALL_F64)
    z = w if far else a * a
    t = copysign_f64(2.0 * root, x) if far else -x
    t_lo = copysign_f64(2.0, x) * root_lo if far else 0.0
    side = _PI_HI_F64 if x < 0.0 else 0.0
    side_lo = _PI_LO_F64 if x < 0.0 else 0.0
    c = side if far else HALF_PI_HI_F64
    c_lo = side_lo if far else HALF_PI_LO_F64
    s = c + t
    rest = (c - s) + t
    return s + (rest + (c_lo + fma_f64(t, z * _asin_f64(z), t_lo)))


@elementary
def _atan_quotient_f64(top: Any, bottom: Any) -> Any:
    """Return atan(top / bottom) for 0 <= top <= bottom as ``k pi/4 + t + rest``, k = 0 or 1."""
    diagonal = top > 0.5 * bottom
    n = top - bottom if diagonal else top
    d = top + bottom if diagonal else bottom
    d_lo = top - (d - bottom) if diagonal else 0.0
    inverse = 1.0 / d
    t = n * inverse
    t_lo = (fma_f64(-t, d, n) - t * d_lo) * inverse
    z = t * t
    # The derivative of atan at t is close to 1 - z.
    rest = fma_f64(t, z * _atan_f64(z), fma_f64(-z, t_lo, t_lo))
    return (1.0 if diagonal else 0.0), t, rest


@elementary
def _eighths_f64(k: Any, t: Any, rest: Any) -> Any:
    """Return ``k pi/4 + t + rest`` rounded once; ``t`` is zero or smaller than ``pi/4``."""
    c = product_f64(k, _QUARTER_PI_HI)
    c_lo = fma_f64(k, _QUARTER_PI_HI, -c) + k * _QUARTER_PI_LO
    s = c + t
    return s + (((c - s) + t) + (c_lo + rest))


def _by_halves(values: tuple[float, ...]) -> Any:
    """Make a table of what belongs to the halves of octaves from 1/16 on.

    The place is in the exponent's last bits and the mantissa's first one: 1/16 has 6.
    """
    return table_f64(values[10:] + values[:10])


_node, _angle, _angle_low = map(_by_halves, (ATAN_NODE, ATAN_ANGLE_HI, ATAN_ANGLE_LO))


@elementary
def _plain_atan_f64(x: Any) -> Any:
    """Arc tangent by a reduction to 1/2 and a polynomial."""
    a = abs_f64(x)
    a = _FAR_F64 if a > _FAR_F64 else a
    steep = a > 1.0
    k, t, rest = _atan_quotient_f64(1.0 if steep else a, a if steep else 1.0)
    k = 2.0 - k if steep else k
    t = -t if steep else t
    rest = -rest if steep else rest
    # k is 0, 1 or 2, so that the product is exact.
    base = k * _QUARTER_PI_HI
    s = base + t
    return copysign_f64(s + (((base - s) + t) + fma_f64(k, _QUARTER_PI_LO, rest)), x)


@elementary
def _table_atan_f64(x: Any) -> Any:
    """Arc tangent by the angles of a table."""
    size = abs_f64(x)
    size = _FAR_F64 if size > _FAR_F64 else size
    place = _LAST if size > _LAST else size
    place = _SIXTEENTH if place < _SIXTEENTH else place
    i = shift_right_i64(bits_f64(place), 51)
    node = _node(i)
    # atan(x) - atan(node), of which |t| <= 1/10 is the tangent.
    t = (size - node) / fma_f64(size, node, 1.0)
    z = t * t
    rest = fma_f64(t, z * _atan_near(z), _angle_low(i))
    return copysign_f64(_angle(i) + (t + rest), x)


_either_atan_f64 = by_processor_f64(_table_atan_f64, _plain_atan_f64)


@elementary
def atan_f64(x: Any) -> Any:
    """Arc tangent; ±pi/2 at infinities, the sign of a zero is kept."""
    return _either_atan_f64(x)


@elementary
def atan2_f64(y: Any, x: Any) -> Any:
    """Angle of the point (x, y) from the positive x axis; signed zeros and infinities as in C99."""
    ax, ay = abs_f64(x), abs_f64(y)
    steep = ay > ax
    top = ax if steep else ay
    bottom = ay if steep else ax
    infinite = bottom == np.inf
    top = (1.0 if top == bottom else 0.0) if infinite else top
    bottom = 1.0 if infinite or bottom == 0.0 else bottom
    # Neither may the sum overflow nor a residual underflow.
    scale = _UP_F64 if bottom < _LOW_F64 else 1.0
    scale = _DOWN_F64 if bottom > _HIGH_F64 else scale
    k, t, rest = _atan_quotient_f64(top * scale, bottom * scale)
    left = bits_f64(x) < 0
    k = 2.0 - k if steep else k
    k = 4.0 - k if left else k
    mirrored = steep != left
    t = -t if mirrored else t
    rest = -rest if mirrored else rest
    angle = copysign_f64(_eighths_f64(k, t, rest), y)
    return angle if (x == x) & (y == y) else x + y
