"""The normal density and what is close to it in the tails, in float32 throughout.

e^-s for a sum s of two numbers is 2^n (1 + r + rest), r without error; b (1 + r) is again a sum of
two, to whose lower part the rest and b's own rounding error are added. The power of two comes last:
a subnormal result loses no more than its own places.

The tails: a ndtr(-a) is the density times 1 + d(1 / a^2), with a short polynomial d from 6 on, and
so with erfc (the asymptotic series, fitted to where it is needed).
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import abs_f32, elementary, fma_f32, product_f32
from lucid.kernels.elementary._narrow import at_most
from lucid.kernels.elementary._polynomial import polynomial_f32
from lucid.kernels.elementary._variants import scale_by_f32
from lucid.kernels.elementary.coefficients import normal as c
from lucid.kernels.elementary.coefficients.gelu import (
    EXP_F32,
    LN2_HI_F32,
    LN2_LO_F32,
    LOG2_E_F32,
)

_exp_rest = polynomial_f32(EXP_F32)
_normal_ratio, _erfc_ratio = polynomial_f32(c.NORMAL_RATIO), polynomial_f32(c.ERFC_RATIO)

_MAGIC = np.float32(1.5 * 2**23)
_HALF, _ONE = np.float32(0.5), np.float32(1.0)
#: From here on the functions round to zero.
_FAR, _ERFC_FAR = np.float32(15.0), np.float32(10.5)


@elementary
def _times_exp(b: Any, b_lo: Any, s: Any, s_lo: Any, ratio: Any) -> Any:
    """(b + b_lo) (1 + ratio) e^-(s + s_lo), 0 <= s <= 120."""
    n = fma_f32(s, -LOG2_E_F32, _MAGIC) - _MAGIC
    r = fma_f32(n, -LN2_HI_F32, -s)
    low = fma_f32(n, -LN2_LO_F32, -s_lo)
    u = r + low
    rest = fma_f32(product_f32(u, u), _exp_rest(u), low)
    rest = fma_f32(ratio, r + rest, rest + ratio)
    rest = fma_f32(b, rest, fma_f32(b_lo, r, b_lo))
    y = fma_f32(b, r, b)
    return scale_by_f32(y + (fma_f32(b, r, b - y) + rest), n)


@elementary
def _half_square(a: Any) -> Any:
    half = a * _HALF
    square = product_f32(half, a)
    return square, fma_f32(half, a, -square)


@elementary
def density_f32(x: Any) -> Any:
    """Return e^(-x^2 / 2) / sqrt(2 pi)."""
    s, s_lo = _half_square(at_most(abs_f32(x), _FAR))
    return _times_exp(c.DENSITY_HI_F32, c.DENSITY_LO_F32, s, s_lo, np.float32(0.0))


@elementary
def gelu_tail_f32(x: Any) -> Any:
    """Return x ndtr(x) for x <= -5.9."""
    a = at_most(-x, _FAR)
    s, s_lo = _half_square(a)
    u = _ONE / a
    return -_times_exp(c.DENSITY_HI_F32, c.DENSITY_LO_F32, s, s_lo, _normal_ratio(u * u))


@elementary
def ndtr_tail_f32(x: Any) -> Any:
    """Return ndtr(x) for x <= -5.9."""
    a = at_most(-x, _FAR)
    s, s_lo = _half_square(a)
    b = c.DENSITY_HI_F32 / a
    u = b * c.INVERSE_DENSITY_F32
    b_lo = (fma_f32(-b, a, c.DENSITY_HI_F32) + c.DENSITY_LO_F32) * u
    return _times_exp(b, b_lo, s, s_lo, _normal_ratio(u * u))


@elementary
def gelu_grad_tail_f32(x: Any) -> Any:
    """Return ndtr(x) + x density(x) for x <= -5.9."""
    a = at_most(-x, _FAR)
    s, s_lo = _half_square(a)
    u = _ONE / a
    v = u * u
    b = product_f32(c.DENSITY_HI_F32, a)
    b_lo = fma_f32(c.DENSITY_LO_F32, a, fma_f32(c.DENSITY_HI_F32, a, -b))
    # ndtr(-a) = density (1 + d) / a.
    return -_times_exp(b, b_lo, s, s_lo, -fma_f32(v, _normal_ratio(v), v))


@elementary
def erfc_tail_f32(x: Any) -> Any:
    """Return the complementary error function for x >= 4.5."""
    a = at_most(x, _ERFC_FAR)
    s = product_f32(a, a)
    b = c.ERFC_SLOPE_HI_F32 / a
    u = b * c.INVERSE_ERFC_SLOPE_F32
    b_lo = (fma_f32(-b, a, c.ERFC_SLOPE_HI_F32) + c.ERFC_SLOPE_LO_F32) * u
    return _times_exp(b, b_lo, s, fma_f32(a, a, -s), _erfc_ratio(u * u))
