"""erf, erfc and erfinv.

Float32: where tables lie in registers, erf comes by pieces (see ``_pieces``), 0.84 ulp, and erfc up
to 4.6, beyond from the density, 0.92 ulp; neighbours are not always in order. Elsewhere in float64
with one rounding: erf(x) = x p(x^2 - 8) up to 4, where it is 1; erfc from the tail of the normal
distribution, see ``_tails``. Everywhere in float64: erfinv(x) = x p(v) with
v = sqrt(2 - log(1 - x^2)), which has no kink at 0.

Float64: erf(x) = x + x S(x^2 - 5/8) up to 9/8, where S is small enough that its roundings hardly
show; beyond, 1 - e^-P(|x|) with P = -log(erfc), where the same holds of the exponential: 0.83 ulp.
erfc is e^(-x^2) g(x) in pairs, the square split exactly; inside |x| < 3/4, 1 - erf(x) with erf as
a pair. erfinv improves a guess that is good to 2^-23 by one step of
Halley's iteration; the residual is taken from erf (or, near +-1, from erfc) as a pair, so that
the rounding of the last addition is nearly all of the error.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f32,
    abs_f64,
    copysign_f32,
    copysign_f64,
    elementary,
    fma_f64,
    sqrt_f64,
)
from lucid.kernels.elementary._density import erfc_tail_f32
from lucid.kernels.elementary._narrow import (
    at_least,
    at_most,
    exp_long,
    exp_narrow,
    log_narrow,
)
from lucid.kernels.elementary._pairs import (
    DOWN,
    fast_two_sum,
    multiply,
    raised_exp,
    two_product,
)
from lucid.kernels.elementary._pieces import quartic_odd_pieces, sextic_pieces
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary._tails import erf_centre, erfc_tail, normal_narrow
from lucid.kernels.elementary._variants import by_processor_f32, rescue_f32
from lucid.kernels.elementary.coefficients import erf_pieces, erfc_pieces
from lucid.kernels.elementary.coefficients import error as c
from lucid.kernels.elementary.coefficients.erf import ERF_EXCESS, ERF_EXPONENT

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
_erf_excess = polynomial_f64(ERF_EXCESS, plain=1)
_erf_exponent = polynomial_f64(ERF_EXPONENT, plain=0)

_erf_piece = quartic_odd_pieces(erf_pieces, "ERF")
_erfc_piece = sextic_pieces(erfc_pieces, "ERFC")
_erfc_unless = rescue_f32(erfc_tail_f32, short=True)

_ZERO_F32 = np.float32(0.0)
_ONE_F32, _TWO_F32 = np.float32(1.0), np.float32(2.0)
_INFINITY_F32 = np.float32(np.inf)
_NAN_F32 = np.float32(np.nan)
# From here on erf is +-1.
_FLAT_F32 = np.float32(4.0)
_FLAT_F64 = 6.0
# Where the two ways to erf meet, and the origin of the first one's polynomial.
_JOINT_F64, _MIDDLE_F64 = 1.125, 0.625
# From here on erfc is 0.
_FAR_F32 = np.float32(10.3)
_FAR_F64 = 27.5
# Up to here erfc is 1 - erf. Further on erfc is small against the error of erf.
_CENTRE_F64 = 0.75


@elementary
def _plain_erf_f32(x: Any) -> Any:
    inner = np.float64(at_most(at_least(x, -_FLAT_F32), _FLAT_F32))
    return np.float32(inner * _erf_narrow(inner * inner - 8.0))


@elementary
def _table_erf_f32(x: Any) -> Any:
    return copysign_f32(_erf_piece(at_most(abs_f32(x), erf_pieces.ERF_LAST_F32)), x)


_either_erf_f32 = by_processor_f32(_table_erf_f32, _plain_erf_f32)


@elementary
def erf_f32(x: Any) -> Any:
    """Error function; odd, +-1 at +-infinity."""
    return _either_erf_f32(x)


@elementary
def _plain_erfc_f32(x: Any) -> Any:
    a = np.float64(at_most(abs_f32(x), _FAR_F32))
    q = 2.0 * exp_narrow(-a * a) * normal_narrow(c.SQRT2_F64 * a)
    return np.float32(2.0 - q if x < _ZERO_F32 else q)


@elementary
def _table_erfc_f32(x: Any) -> Any:
    q = _erfc_piece(at_most(abs_f32(x), erfc_pieces.ERFC_LAST_F32))
    return _erfc_unless(x > erfc_pieces.ERFC_LAST_F32, _TWO_F32 - q if x < _ZERO_F32 else q, x)


_either_erfc_f32 = by_processor_f32(_table_erfc_f32, _plain_erfc_f32)


@elementary
def erfc_f32(x: Any) -> Any:
    """1 - erf(x), without the cancellation."""
    return _either_erfc_f32(x)


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
    near = fma_f64(x, _erf_excess(fma_f64(a, a, -_MIDDLE_F64)), x)
    far = copysign_f64(1.0 - exp_long(-_erf_exponent(a)), x)
    return near if a < _JOINT_F64 else far


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
