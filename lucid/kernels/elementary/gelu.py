"""gelu in both forms, and their derivatives.

gelu(x) = x ndtr(x); gelu_tanh(x) = x sigmoid(v) with v = sqrt(8 / pi) (x + 0.044715 x^3), which is
0.5 x (1 + tanh(v / 2)) without the cancellation for negative x (D. Hendrycks and K. Gimpel,
"Gaussian error linear units", 2016). Both keep their relative accuracy in the left tail.

gelu in float32 is max(x, 0) - a ndtr(-a), a = |x|. Where tables lie in registers, a ndtr(-a) comes
by pieces (see ``_pieces``) as far as 6, and a vector with a number below -6 is computed again from
the density; 0.99 ulp. Its derivative likewise: ndtr(-a) - a density(a) on the left, and 1 less that
on the right; 0.92 ulp, and up to 1.7 between -0.55 and -1, about its zero, where it is small.

Elsewhere ndtr(-a) = e^(-a^2 / 2) m(a) / 2 is a pair, and the difference too, so that little but the
last rounding counts; all scaled by 2^64, so that a subnormal result rounds once. The exponent
-a^2 / 2 is a pair: in the tail its rounding error would be multiplied. log m, which falls like the
logarithm of a reciprocal, joins the exponent: a polynomial of degree 6 for each of 16 pieces, with
all coefficients in registers, and m at the nodes, which is a number exactly. 0.96 ulp.

The others in float32: in float64, one rounding. Float64: ndtr as a pair; v as a pair, since the
exponential multiplies an error of v by v. The float64 derivatives are accurate relative to the
larger of their terms.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import (
    abs_f32,
    abs_f64,
    bits_f32,
    copysign_f64,
    elementary,
    float_f32,
    fma_f32,
    fma_f64,
    product_f32,
)
from lucid.kernels.elementary._density import gelu_grad_tail_f32, gelu_tail_f32
from lucid.kernels.elementary._narrow import at_least, at_most, exp_long, exp_narrow
from lucid.kernels.elementary._pairs import (
    DOWN,
    divide,
    fast_two_sum,
    multiply,
    raised_exp,
    two_product,
    two_sum,
)
from lucid.kernels.elementary._pieces import sextic_pieces
from lucid.kernels.elementary._polynomial import polynomial_f32
from lucid.kernels.elementary._tails import normal_centre, normal_narrow, normal_tail
from lucid.kernels.elementary._variants import by_processor_f32, rescue_f32, table_f32
from lucid.kernels.elementary.coefficients import error as c
from lucid.kernels.elementary.coefficients import gelu as g
from lucid.kernels.elementary.coefficients import gelu_grad_pieces, gelu_pieces
from lucid.kernels.elementary.normal import normal_pair
from lucid.kernels.elementary.sigmoid import raised_logistic

__all__ = [
    "gelu_f32",
    "gelu_f64",
    "gelu_grad_f32",
    "gelu_grad_f64",
    "gelu_tanh_f32",
    "gelu_tanh_f64",
    "gelu_tanh_grad_f32",
    "gelu_tanh_grad_f64",
]

_exp_rest_f32 = polynomial_f32(g.EXP_F32, plain=0)
_node, _start = table_f32(g.TAIL_F32_NODE), table_f32(g.TAIL_F32_0)
_first, _second = table_f32(g.TAIL_F32_1), table_f32(g.TAIL_F32_2)
_third, _fourth = table_f32(g.TAIL_F32_3), table_f32(g.TAIL_F32_4)
_fifth, _sixth = table_f32(g.TAIL_F32_5), table_f32(g.TAIL_F32_6)

_gelu_piece = sextic_pieces(gelu_pieces, "GELU")
_gelu_unless = rescue_f32(gelu_tail_f32, short=True)
_gelu_grad_piece = sextic_pieces(gelu_grad_pieces, "GELU_GRAD")
_gelu_grad_unless = rescue_f32(gelu_grad_tail_f32, short=True)

_ZERO_F32, _MINUS_ZERO_F32 = np.float32(0.0), np.float32(-0.0)
_HALF_F32, _ONE_F32 = np.float32(0.5), np.float32(1.0)
#: Beyond, gelu is x on the right, and rounds to 0 on the left.
_RIGHT_F32, _LEFT_F32 = np.float32(12.0), np.float32(14.9)
_UP_F32, _DOWN_F32 = np.float32(2.0**64), np.float32(2.0**-64)
#: Adding it rounds to an integer n and leaves the exponent of 2^64 2^n / 2 in the low bits.
_MAGIC_F32 = np.float32(1.5 * 2**23 + 126 + 64)
_FAR_F32 = np.float32(15.0)
_FAR_F64 = 39.0
# Where gelu_tanh is 0 on the left and x on the right.
_END_F32 = np.float32(12.0)
_END_F64 = 22.0
_LARGE_F64 = 8.5


@elementary
def _tail_f32(a: Any) -> Any:
    """Return (p, r, rest): 2^64 ndtr(-a) = p (1 + r + rest), r and p without errors."""
    half = a * _HALF_F32
    square = product_f32(half, a)
    square_lo = fma_f32(half, a, -square)
    t = fma_f32(square, -g.LOG2_E_F32, _MAGIC_F32)
    n = t - _MAGIC_F32
    r = fma_f32(n, -g.LN2_HI_F32, -square)
    low = fma_f32(n, -g.LN2_LO_F32, -square_lo)
    piece = np.int32(bits_f32(a + _ONE_F32) >> np.int32(21))
    z = a - _node(piece)
    z2 = z * z
    upper = fma_f32(z2, _sixth(piece), fma_f32(_fifth(piece), z, _fourth(piece)))
    upper = fma_f32(z2, upper, fma_f32(_third(piece), z, _second(piece)))
    # The largest term by itself: its rounding, and not that of a sum with it, counts.
    low = fma_f32(z2, upper, fma_f32(_first(piece), z, low))
    s = r + low
    power = float_f32(np.int32(bits_f32(t) << np.int32(23)))
    return power * _start(piece), r, fma_f32(product_f32(s, s), _exp_rest_f32(s), low)


@elementary
def _plain_gelu_f32(x: Any) -> Any:
    a = at_most(abs_f32(x), _LEFT_F32)
    p, r, rest = _tail_f32(a)
    q = fma_f32(p, r, p)
    q_lo = fma_f32(p, rest, fma_f32(p, r, p - q))
    relu = at_least(x, _MINUS_ZERO_F32) * _UP_F32
    y = fma_f32(-a, q, relu)
    # The low part with its sign turned: so the difference of two zeros keeps the sign of x.
    excess = fma_f32(a, q_lo, fma_f32(a, q, y - relu))
    return x if x > _RIGHT_F32 else (y - excess) * _DOWN_F32


@elementary
def _table_gelu_f32(x: Any) -> Any:
    a = at_most(abs_f32(x), gelu_pieces.GELU_LAST_F32)
    # Next to 0 the pieces are less a / 2, which is added without a rounding error.
    near = x * _HALF_F32 if a <= gelu_pieces.GELU_CENTRE_F32 else at_least(x, _ZERO_F32)
    return _gelu_unless(x < -gelu_pieces.GELU_LAST_F32, near - _gelu_piece(a), x)


_either_gelu_f32 = by_processor_f32(_table_gelu_f32, _plain_gelu_f32)


@elementary
def gelu_f32(x: Any) -> Any:
    """Return x ndtr(x); -0 at -infinity."""
    return _either_gelu_f32(x)


@elementary
def _plain_gelu_grad_f32(x: Any) -> Any:
    a = np.float64(at_most(abs_f32(x), _FAR_F32))
    q = exp_narrow(-0.5 * a * a) * (normal_narrow(a) - c.NORMAL_DENSITY_HI_F64 * a)
    return np.float32(q if x < _ZERO_F32 else 1.0 - q)


@elementary
def _table_gelu_grad_f32(x: Any) -> Any:
    q = _gelu_grad_piece(at_most(abs_f32(x), gelu_grad_pieces.GELU_GRAD_LAST_F32))
    y = q if x < _ZERO_F32 else _ONE_F32 - q
    return _gelu_grad_unless(x < -gelu_grad_pieces.GELU_GRAD_LAST_F32, y, x)


_either_gelu_grad_f32 = by_processor_f32(_table_gelu_grad_f32, _plain_gelu_grad_f32)


@elementary
def gelu_grad_f32(x: Any) -> Any:
    """Give the derivative of gelu: ndtr(x) + x density(x)."""
    return _either_gelu_grad_f32(x)


@elementary
def _argument(x: Any) -> Any:
    return x * (c.GELU_SLOPE_HI_F64 + c.GELU_CUBIC_HI_F64 * (x * x))


@elementary
def gelu_tanh_f32(x: Any) -> Any:
    """Return x sigmoid(v), the tanh form of gelu; -0 at -infinity."""
    inner = np.float64(at_least(x, -_END_F32))
    return np.float32(inner / (1.0 + exp_narrow(-_argument(at_most(inner, 12.0)))))


@elementary
def gelu_tanh_grad_f32(x: Any) -> Any:
    """Give the derivative of gelu_tanh: s + x s (1 - s) v' with s = sigmoid(v)."""
    near = np.float64(at_most(at_least(x, -_END_F32), _END_F32))
    e = exp_long(-_argument(near))
    d = 1.0 + e
    slope = near * (c.GELU_SLOPE_HI_F64 + 3.0 * c.GELU_CUBIC_HI_F64 * near * near)
    return np.float32((d + e * slope) / (d * d))


@elementary
def gelu_f64(x: Any) -> Any:
    """Return x ndtr(x); -0 at -infinity."""
    h, low, factor = normal_pair(x)
    near = at_most(at_least(x, -_FAR_F64), _FAR_F64)
    y = fma_f64(near, h, near * low) * factor
    # The sum of two zeros may have lost the sign.
    return x if x > _FAR_F64 else copysign_f64(y, x)


@elementary
def gelu_grad_f64(x: Any) -> Any:
    """Give the derivative of gelu: ndtr(x) + x density(x)."""
    near = at_most(at_least(x, -_FAR_F64), _FAR_F64)
    a = abs_f64(near)
    square, square_lo = two_product(a, a)
    e, e_lo = raised_exp(-0.5 * square, -0.5 * square_lo)
    g, g_lo = normal_tail(a)
    f, f_lo = multiply(a, 0.0, c.NORMAL_DENSITY_HI_F64, c.NORMAL_DENSITY_LO_F64)
    # q = ndtr(-a) - a density(a); the derivative is q on the left, 1 - q on the right.
    t, t_lo = two_sum(-f, g)
    q, q_lo = multiply(t, t_lo + (g_lo - f_lo), e, e_lo)
    left = x < -1.0
    p, p_lo = two_sum(1.0, -q * DOWN)
    tail = (q + q_lo) * DOWN if left else p + (p_lo - q_lo * DOWN)
    inner = at_most(at_least(near, -1.0), 1.0)
    m, m_lo = normal_centre(inner)
    m, rest = fast_two_sum(0.5, m)
    density, density_lo = multiply(e, e_lo, c.NORMAL_DENSITY_HI_F64, c.NORMAL_DENSITY_LO_F64)
    d, d_lo = multiply(inner, 0.0, density * DOWN, density_lo * DOWN)
    s, s_lo = two_sum(m, d)
    return s + (s_lo + (rest + m_lo + d_lo)) if a <= 1.0 else tail


@elementary
def _argument_pair(x: Any) -> Any:
    """Return v as a pair."""
    square, square_lo = two_product(x, x)
    t, t_lo = multiply(square, square_lo, c.GELU_CUBIC_HI_F64, c.GELU_CUBIC_LO_F64)
    s, s_lo = two_sum(c.GELU_SLOPE_HI_F64, t)
    return multiply(x, 0.0, s, s_lo + (t_lo + c.GELU_SLOPE_LO_F64))


@elementary
def gelu_tanh_f64(x: Any) -> Any:
    """Return x sigmoid(v), the tanh form of gelu; -0 at -infinity."""
    near = at_most(at_least(x, -_END_F64), _LARGE_F64)
    v, v_lo = _argument_pair(near)
    h, low = raised_logistic(-v, -v_lo)
    y = fma_f64(near, h, near * low) * DOWN
    return x if x > _LARGE_F64 else copysign_f64(y, x)


@elementary
def gelu_tanh_grad_f64(x: Any) -> Any:
    """Give the derivative of gelu_tanh: s + x s (1 - s) v' with s = sigmoid(v)."""
    near = at_most(at_least(x, -_END_F64), _END_F64)
    a = abs_f64(near)
    v, v_lo = _argument_pair(a)
    h, low = raised_exp(at_least(-v, -780.0), -v_lo)
    e, e_lo = h * DOWN, low * DOWN
    dh, dl = fast_two_sum(1.0, e)
    dl = dl + e_lo
    square, square_lo = two_product(near, near)
    t, t_lo = multiply(square, square_lo, 3.0 * c.GELU_CUBIC_HI_F64, 3.0 * c.GELU_CUBIC_LO_F64)
    s, s_lo = two_sum(c.GELU_SLOPE_HI_F64, t)
    k, k_lo = multiply(near, 0.0, s, s_lo + (t_lo + c.GELU_SLOPE_LO_F64))
    # With e = e^-|v| the numerator is 1 + e + k e, or for negative x (1 + e + k) e.
    left = near < 0.0
    kh, kl = multiply(k, k_lo, e, e_lo)
    sh, sl = two_sum(dh, k if left else kh)
    sl = sl + (dl + (k_lo if left else kl))
    nh, nl = multiply(sh, sl, h if left else 1.0, low if left else 0.0)
    bottom, bottom_lo = multiply(dh, dl, dh, dl)
    q, q_lo = divide(nh, nl, bottom, bottom_lo)
    return (q + q_lo) * (DOWN if left else 1.0)
