"""erf, erfc and erfinv.

Float32, in float64 with one rounding: erf(x) = x p(x^2 - 8) up to 4, where it is 1; erfc from the
tail of the normal distribution, see ``_tails``; erfinv(x) = x p(v) with
v = sqrt(2 - log(1 - x^2)), which has no kink at 0.

Float64: inside |x| < 1, erf(x) = x p(x^2) as a pair; outside, 1 - erfc(|x|). erfc is e^(-x^2) g(x)
in pairs, the square split exactly. erfinv improves a guess that is good to 2^-23 by one step of
Halley's iteration; the residual is taken from erf (or, near +-1, from erfc) as a pair, so that
the rounding of the last addition is nearly all of the error.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f32,
    abs_f64,
    bits_f64,
    copysign_f32,
    copysign_f64,
    elementary,
    float_f64,
    fma_f64,
    sqrt_f64,
)
from lucid.kernels.elementary._narrow import (
    ONE_BITS,
    at_least,
    at_most,
    exp_narrow,
    log_narrow,
)
from lucid.kernels.elementary._pairs import (
    DOWN,
    exp_mantissa,
    fast_two_sum,
    multiply,
    raised_exp,
    two_product,
)
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary._tails import erf_centre, erf_tail, erfc_tail, normal_narrow
from lucid.kernels.elementary.coefficients import error as c

__all__ = [
    "erf_f32",
    "erf_f64",
    "erfc_f32",
    "erfc_f64",
    "erfinv_f32",
    "erfinv_f64",
]

_erf_narrow = polynomial_f64(c.ERF_NARROW)
_erfinv_narrow = polynomial_f64(c.ERFINV_NARROW)
_erfinv_guess = polynomial_f64(c.ERFINV_GUESS)

_ZERO_F32 = np.float32(0.0)
_ONE_F32 = np.float32(1.0)
_INFINITY_F32 = np.float32(np.inf)
_NAN_F32 = np.float32(np.nan)
# From here on erf is +-1.
_FLAT_F32 = np.float32(4.0)
_FLAT_F64 = 6.0
# From here on erfc is 0.
_FAR_F32 = np.float32(10.3)
_FAR_F64 = 27.5
# Up to here erfc is 1 - erf. Further on erfc is small against the error of erf.
_CENTRE_F64 = 0.75


@elementary
def erf_f32(x: Any) -> Any:
    """Error function; odd, +-1 at +-infinity."""
    inner = np.float64(at_most(at_least(x, -_FLAT_F32), _FLAT_F32))
    return np.float32(inner * _erf_narrow(inner * inner - 8.0))


@elementary
def erfc_f32(x: Any) -> Any:
    """1 - erf(x), without the cancellation."""
    a = np.float64(at_most(abs_f32(x), _FAR_F32))
    q = 2.0 * exp_narrow(-a * a) * normal_narrow(c.SQRT2_F64 * a)
    return np.float32(2.0 - q if x < _ZERO_F32 else q)


@elementary
def erfinv_f32(x: Any) -> Any:
    """Inverse of erf; +-infinity at +-1, NaN beyond."""
    wide = np.float64(x)
    y = np.float32(wide * _erfinv_narrow(sqrt_f64(2.0 - log_narrow(1.0 - wide * wide)) - 3.0))
    a = abs_f32(x)
    edge = copysign_f32(_INFINITY_F32, x) if a == _ONE_F32 else _NAN_F32
    return y if a < _ONE_F32 else edge


@elementary
def erf_f64(x: Any) -> Any:
    """Error function; odd, +-1 at +-infinity."""
    a = at_most(abs_f64(x), _FLAT_F64)
    h, low = erf_centre(at_most(a, 1.0))
    square, square_lo = two_product(a, a)
    e, e_lo, t = exp_mantissa(-square, -square_lo)
    g, g_lo = erf_tail(a)
    power = float_f64((bits_f64(t) << 52) + ONE_BITS)
    outside = 1.0 - fma_f64(e, g, fma_f64(e_lo, g, e * g_lo)) * power
    return copysign_f64(h + low if a <= 1.0 else outside, x)


@elementary
def _raised_erfc(a: Any) -> Any:
    """Return 2^128 e^(-a^2) for 0 <= a <= 27.5, and from 3/4 on 2^128 erfc(a), as a pair."""
    square, square_lo = two_product(a, a)
    e, e_lo = raised_exp(-square, -square_lo)
    g, g_lo = erfc_tail(at_least(a, _CENTRE_F64))
    q, q_lo = multiply(e, e_lo, g, g_lo)
    return e, q, q_lo


@elementary
def erfc_f64(x: Any) -> Any:
    """1 - erf(x), without the cancellation."""
    a = at_most(abs_f64(x), _FAR_F64)
    _, q, q_lo = _raised_erfc(a)
    p, p_lo = fast_two_sum(2.0, -q * DOWN)
    tail = p + (p_lo - q_lo * DOWN) if x < 0.0 else (q + q_lo) * DOWN
    m, m_lo = erf_centre(at_most(at_least(x, -_CENTRE_F64), _CENTRE_F64))
    s, s_lo = fast_two_sum(1.0, -m)
    return s + (s_lo - m_lo) if a <= _CENTRE_F64 else tail


@elementary
def erfinv_f64(x: Any) -> Any:
    """Inverse of erf; +-infinity at +-1, NaN beyond."""
    a = abs_f64(x)
    b = 1.0 - a
    # (1 - a) (1 + a): the first factor is exact where it matters.
    y = a * _erfinv_guess(sqrt_f64(2.0 - log_narrow(b * (1.0 + a))) - 4.0)
    e, q, q_lo = _raised_erfc(y)
    m, m_lo = erf_centre(at_most(y, 1.0))
    inside = y <= 1.0
    residual = (a - m) - m_lo if inside else (fma_f64(q, DOWN, -b) + q_lo * DOWN)
    step = residual / (c.ERF_SLOPE_HI_F64 * (e * DOWN))
    better = copysign_f64(y + fma_f64(y * step, step, step), x)
    edge = copysign_f64(np.inf, x) if a == 1.0 else np.nan
    return better if a < 1.0 else edge
