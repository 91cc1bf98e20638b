"""lgamma, the logarithm of |Gamma|.

Positive x. From 2.5 on, lgamma(x) = (x - 1/2) (log x - 1) + (log(2 pi) - 1) / 2 + s(x) / x; a fit
s(x) takes the place of Stirling's series. Below, lgamma(2 + t) = t p(t) with |t| <= 1/2 after at
most two steps of Gamma(x + 1) = x Gamma(x): the zeros at 1 and 2 are then zeros of that t and of
the logarithm, and keep their relative accuracy. t is exact in each of the three cases.

Negative x, a = -x: lgamma(-a) = -log(a |sin(pi a)| / pi) - lgamma(a), the sine of the exact
distance to the nearest integer. In float64 the factor a is left to lgamma(1 + a) below 1.5, where
it would cancel a logarithm of a. Near the zeros on the negative axis the two terms cancel: there
the error is below an ulp of the larger term.

Float32 works in float64 and rounds once. Float64 keeps logarithms, the product with x - 1/2 and
the first two coefficients of p as pairs.

Source: M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 1964, 6.1.17 and
6.1.40.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import abs_f64, elementary, fma_f64, rint_f64
from lucid.kernels.elementary._narrow import log_narrow
from lucid.kernels.elementary._pairs import (
    fast_two_sum,
    log_pair,
    multiply,
    two_product,
    two_sum,
)
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary._reflection import sine_narrow, sine_pair
from lucid.kernels.elementary.coefficients import gamma as c

__all__ = [
    "lgamma_f32",
    "lgamma_f64",
]

_centre_narrow = polynomial_f64(c.LGAMMA_NARROW)
_stirling_narrow = polynomial_f64(c.STIRLING_NARROW)
_centre = polynomial_f64(c.LGAMMA_CENTRE)
_stirling = polynomial_f64(c.STIRLING)


@elementary
def lgamma_f32(x: Any) -> Any:
    """Logarithm of |Gamma(x)|; infinity at 0, the negative integers and both infinities."""
    wide = np.float64(x)
    a = abs_f64(wide)
    low = a < 0.5
    large = a >= 2.5
    t = a if low else (a - 1.0 if a < 1.5 else a - 2.0)
    small = a * (1.0 + a) if low else (1.0 if a >= 1.5 else a)
    log = log_narrow(a if large else small)
    r = 1.0 / a
    far = (a - 0.5) * (log - 1.0) + (c.STIRLING_END_HI_F64 + r * _stirling_narrow(r * r))
    y = far if large else t * _centre_narrow(t) - log
    f = abs_f64(a - rint_f64(a))
    y = -y - log_narrow(a * sine_narrow(f)) if wide < 0.0 else y
    pole = (f == 0.0 and wide <= 0.0) or a == np.inf
    return np.float32(np.inf if pole else y)


@elementary
def lgamma_f64(x: Any) -> Any:
    """Logarithm of |Gamma(x)|; infinity at 0, the negative integers and both infinities."""
    a = abs_f64(x)
    left = x < 0.0
    low = a < 0.5
    middle = a < 1.5
    large = a >= 2.5
    t = a if low else (a - 1.0 if middle else a - 2.0)
    # Gamma(2 + t) over Gamma(a), or over Gamma(1 + a) for the reflection.
    sum_hi, sum_lo = fast_two_sum(1.0, a)
    product_hi, product_lo = multiply(sum_hi, sum_lo, a, 0.0)
    near_hi = (sum_hi if left else product_hi) if low else (a if middle and not left else 1.0)
    near_lo = (sum_lo if left else product_lo) if low else 0.0
    # A subnormal argument has no second part.
    near_lo = near_lo if a > 1e-280 else 0.0
    log_hi, log_lo = log_pair(a if large else near_hi, 0.0 if large else near_lo)

    z = 1.0 / fma_f64(a, a, 1.0)
    s = (z * a + z / a) * _stirling(z)
    # Less 1 before the product: so it overflows only where the result does.
    l_hi, l_lo = two_sum(log_hi, -1.0)
    u_hi, u_lo = multiply(l_hi, l_lo + log_lo, a - 0.5, 0.0)
    w_hi, w_lo = two_sum(u_hi, c.STIRLING_END_HI_F64)
    w_lo = w_lo + (u_lo + (s + c.STIRLING_END_LO_F64))

    g, g_lo = two_product(t, c.LGAMMA_SECOND_HI_F64)
    h, h_lo = fast_two_sum(c.LGAMMA_FIRST_HI_F64, g)
    h_lo = h_lo + fma_f64(t * t, _centre(t), fma_f64(t, c.LGAMMA_SECOND_LO_F64, g_lo))
    p_hi, p_lo = multiply(h, h_lo + c.LGAMMA_FIRST_LO_F64, t, 0.0)
    n_hi, n_lo = two_sum(-log_hi, p_hi)
    n_lo = n_lo + (p_lo - log_lo)

    y_hi, y_lo = (w_hi, w_lo) if large else (n_hi, n_lo)
    f = abs_f64(a - rint_f64(a))
    q_hi, q_lo = sine_pair(f)
    q_lo = q_lo if f > 1e-280 else 0.0
    # Up to 1.5 the factor a is inside of lgamma(1 + a); below 1/2 it is a itself that cancels.
    q_hi, q_lo = multiply(q_hi, q_lo, 1.0 if middle else a, 0.0)
    r_hi, r_lo = log_pair(q_hi, q_lo)
    k_hi, k_lo = two_sum(-r_hi, -y_hi)
    reflected = k_hi + (k_lo - (r_lo + y_lo))
    y = reflected if left else y_hi + y_lo
    pole = (f == 0.0 and x <= 0.0) or u_hi == np.inf
    return np.inf if pole else y
