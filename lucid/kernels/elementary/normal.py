"""ndtr (the normal distribution function), log_ndtr, and the derivatives of both.

With a = |x|, the tail is ndtr(-a) = e^(-a^2 / 2) g(a), see ``_tails``; ndtr(a) = 1 - ndtr(-a).

Float32: where tables lie in registers, ndtr comes by pieces (see ``_pieces``) down to -6.5, and a
vector with a number below is computed again, from the density; 0.86 ulp, neighbours not always in
order. Elsewhere, and log_ndtr everywhere, in float64, g to 2^-30 over the whole line; one rounding,
below 0.56 ulp. The density (``_density``) is float32 throughout, 0.79 ulp.

Float64: a^2 is split exactly, exponential, g and their product are pairs. Inside |x| < 1, where
the tail would need more terms, ndtr(x) = 1/2 + x p(x^2), again as a pair. Both are computed and
one is selected. log_ndtr takes the logarithm of a pair: of g below -1 (then - x^2 / 2 is added),
of 1 - q above 1, whose second part keeps a q that is far below an ulp of 1.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import abs_f32, abs_f64, elementary
from lucid.kernels.elementary._density import density_f32, ndtr_tail_f32
from lucid.kernels.elementary._narrow import at_least, at_most, exp_narrow, log_narrow
from lucid.kernels.elementary._pairs import (
    DOWN,
    UP,
    divide,
    fast_two_sum,
    log_pair,
    multiply,
    raised_exp,
    two_product,
    two_sum,
)
from lucid.kernels.elementary._pieces import sextic_pieces
from lucid.kernels.elementary._tails import normal_centre, normal_narrow, normal_tail
from lucid.kernels.elementary._variants import by_processor_f32, rescue_f32
from lucid.kernels.elementary.coefficients import ndtr_pieces
from lucid.kernels.elementary.coefficients.error import (
    NORMAL_DENSITY_HI_F64,
    NORMAL_DENSITY_LO_F64,
)

__all__ = [
    "log_ndtr_f32",
    "log_ndtr_f64",
    "log_ndtr_grad_f32",
    "log_ndtr_grad_f64",
    "ndtr_f32",
    "ndtr_f64",
    "ndtr_grad_f32",
    "ndtr_grad_f64",
]

_ndtr_piece, _ndtr_unless = (
    sextic_pieces(ndtr_pieces, "NDTR"),
    rescue_f32(ndtr_tail_f32, short=True),
)

_ZERO_F32, _ONE_F32 = np.float32(0.0), np.float32(1.0)
# From here on the tail is zero, also times x.
_FAR_F32 = np.float32(15.0)
_FAR_F64 = 39.0


@elementary
def _plain_ndtr_f32(x: Any) -> Any:
    a = np.float64(at_most(abs_f32(x), _FAR_F32))
    q = exp_narrow(-0.5 * a * a) * normal_narrow(a)
    return np.float32(q if x < _ZERO_F32 else 1.0 - q)


@elementary
def _table_ndtr_f32(x: Any) -> Any:
    q = _ndtr_piece(at_most(abs_f32(x), ndtr_pieces.NDTR_LAST_F32))
    return _ndtr_unless(x < -ndtr_pieces.NDTR_LAST_F32, q if x < _ZERO_F32 else _ONE_F32 - q, x)


_either_ndtr_f32 = by_processor_f32(_table_ndtr_f32, _plain_ndtr_f32)


@elementary
def ndtr_f32(x: Any) -> Any:
    """Area under the normal density left of x."""
    return _either_ndtr_f32(x)


@elementary
def ndtr_grad_f32(x: Any) -> Any:
    """Give the derivative of ndtr: the normal density."""
    return density_f32(x)


@elementary
def log_ndtr_f32(x: Any) -> Any:
    """Logarithm of ndtr, finite as far as -x^2 / 2 is."""
    a = np.float64(abs_f32(x))
    square = -0.5 * a * a
    g = normal_narrow(a)
    q = exp_narrow(at_least(square, -690.0)) * g
    p = 1.0 - q
    left = x < _ZERO_F32
    # What 1 - q has lost of q.
    rest = square if left else (1.0 - p) - q
    # A logarithm of at most 1: -0.0 at infinity, as its neighbours.
    return np.float32(-abs_f64(rest + log_narrow(g if left else p)))


@elementary
def log_ndtr_grad_f32(x: Any) -> Any:
    """Give the derivative of log_ndtr: density over distribution function."""
    a = np.float64(abs_f32(at_most(x, _FAR_F32)))
    e = exp_narrow(at_least(-0.5 * a * a, -690.0))
    g = normal_narrow(a)
    left = x < _ZERO_F32
    return np.float32(NORMAL_DENSITY_HI_F64 * ((1.0 if left else e) / (g if left else 1.0 - e * g)))


@elementary
def raised_normal_tail(a: Any) -> Any:
    """2^128 ndtr(-a) as a pair, 1 <= a <= 39."""
    square, square_lo = two_product(a, a)
    e, e_lo = raised_exp(-0.5 * square, -0.5 * square_lo)
    g, g_lo = normal_tail(a)
    return multiply(e, e_lo, g, g_lo)


@elementary
def normal_pair(x: Any) -> Any:
    """Return (h, l, factor): ndtr(x) = (h + l) factor."""
    a = at_most(abs_f64(x), _FAR_F64)
    q, q_lo = raised_normal_tail(a)
    left = x < -1.0
    p, p_lo = fast_two_sum(1.0, -q * DOWN)
    h = q if left else p
    low = q_lo if left else p_lo - q_lo * DOWN
    # Far out the centre overflows; it is not selected there.
    m, m_lo = normal_centre(at_most(at_least(x, -1.0), 1.0))
    m, rest = fast_two_sum(0.5, m)
    inside = a <= 1.0
    return m if inside else h, rest + m_lo if inside else low, DOWN if left else 1.0


@elementary
def ndtr_f64(x: Any) -> Any:
    """Area under the normal density left of x."""
    h, low, factor = normal_pair(x)
    return (h + low) * factor


@elementary
def ndtr_grad_f64(x: Any) -> Any:
    """Give the derivative of ndtr: the normal density."""
    a = at_most(abs_f64(x), _FAR_F64)
    square, square_lo = two_product(a, a)
    e, e_lo = raised_exp(-0.5 * square, -0.5 * square_lo)
    y, y_lo = multiply(e, e_lo, NORMAL_DENSITY_HI_F64, NORMAL_DENSITY_LO_F64)
    return (y + y_lo) * DOWN


@elementary
def log_ndtr_f64(x: Any) -> Any:
    """Logarithm of ndtr, finite as far as -x^2 / 2 is."""
    left = x < -1.0
    # Beyond 1e160 the square overflows anyway; an infinity would turn into a NaN.
    a = at_most(abs_f64(x), 1e160)
    near = at_most(a, _FAR_F64)
    square, square_lo = two_product(near, near)
    e, e_lo = raised_exp(-0.5 * square, -0.5 * square_lo)
    g, g_lo = normal_tail(a)
    q, q_lo = multiply(e, e_lo, g, g_lo)
    p, p_lo = fast_two_sum(1.0, -q * DOWN)
    m, m_lo = normal_centre(at_most(at_least(x, -1.0), 1.0))
    m, rest = fast_two_sum(0.5, m)
    inside = a <= 1.0
    h = m if inside else (g if left else p)
    low = rest + m_lo if inside else (g_lo if left else p_lo - q_lo * DOWN)
    y, y_lo = log_pair(h, low)
    square, square_lo = two_product(a, a)
    square_lo = square_lo if square < 1e300 else 0.0
    s, s_lo = two_sum(-0.5 * square, y)
    whole = s + (s_lo + (y_lo - 0.5 * square_lo)) if s > -1e300 else s
    # log(1 - q) = -q, rounded once also where it is subnormal.
    right = (-q - q_lo) * DOWN if x > 10.0 else y + y_lo
    return whole if left else right


@elementary
def log_ndtr_grad_f64(x: Any) -> Any:
    """Give the derivative of log_ndtr: density over distribution function."""
    left = x < -1.0
    a = abs_f64(x)
    near = at_most(a, _FAR_F64)
    square, square_lo = two_product(near, near)
    e, e_lo = raised_exp(-0.5 * square, -0.5 * square_lo)
    g, g_lo = normal_tail(at_most(a, 1e100))
    q, q_lo = multiply(e, e_lo, g, g_lo)
    p, p_lo = fast_two_sum(1.0, -q * DOWN)
    m, m_lo = normal_centre(at_most(at_least(x, -1.0), 1.0))
    m, rest = fast_two_sum(0.5, m)
    inside = a <= 1.0
    below = m if inside else (g if left else p)
    below_lo = rest + m_lo if inside else (g_lo if left else p_lo - q_lo * DOWN)
    above, above_lo = multiply(
        UP if left else e,
        0.0 if left else e_lo,
        NORMAL_DENSITY_HI_F64,
        NORMAL_DENSITY_LO_F64,
    )
    y, y_lo = divide(above, above_lo, below, below_lo)
    return -x if x < -1e100 else (y + y_lo) * DOWN
