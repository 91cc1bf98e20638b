"""trigamma, the derivative of digamma.

b is x, or 1 + x below 1 (trigamma(x) = trigamma(1 + x) + 1 / x^2), or 1 + |x| for negative x
(trigamma(x) = (pi / sin(pi x))^2 - trigamma(1 - x)). On [1, 2) trigamma(b) is a polynomial; from 2
on it is (1 + 1 / (2 b) + ...) / b, where a fit takes the place of the asymptotic series. There
are no zeros; nothing cancels.

Float32 works in float64 and rounds once. Float64 keeps every term as a pair.

Source: M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 1964, 6.4.6, 6.4.7
and 6.4.12.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import abs_f64, elementary, fma_f64, rint_f64
from lucid.kernels.elementary._pairs import divide, fast_two_sum, multiply, two_sum
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary._reflection import sine_narrow, sine_pair
from lucid.kernels.elementary.coefficients import gamma as c

__all__ = ["trigamma_f32", "trigamma_f64"]

_centre_narrow = polynomial_f64(c.TRIGAMMA_NARROW)
_tail_narrow = polynomial_f64(c.TRIGAMMA_TAIL_NARROW)
_centre = polynomial_f64(c.TRIGAMMA_CENTRE)
_tail = polynomial_f64(c.TRIGAMMA_TAIL)


@elementary
def trigamma_f32(x: Any) -> Any:
    """Second derivative of lgamma; infinity at 0 and the negative integers, NaN at -infinity."""
    wide = np.float64(x)
    a = abs_f64(wide)
    left = wide < 0.0
    shift = left or a < 1.0
    b = a + 1.0 if shift else a
    r = 1.0 / b
    z = r * r
    y = _centre_narrow(b - 1.5) if b < 2.0 else r * (1.0 + (0.5 * r + z * _tail_narrow(z)))
    q = 1.0 / (sine_narrow(a - rint_f64(a)) if left else a)
    y = (q * q if shift else 0.0) + (-y if left else y)
    return np.float32(y)


@elementary
def trigamma_f64(x: Any) -> Any:
    """Second derivative of lgamma; infinity at 0 and the negative integers, NaN at -infinity."""
    a = abs_f64(x)
    left = x < 0.0
    shift = left or a < 1.0
    b, b_lo = two_sum(a, 1.0 if shift else 0.0)

    v = (b - 1.5) + b_lo
    near, near_lo = fast_two_sum(c.TRIGAMMA_FIRST_HI_F64, v * _centre(v))
    near_lo = near_lo + c.TRIGAMMA_FIRST_LO_F64

    r, r_lo = divide(1.0, 0.0, b, b_lo)
    z = 1.0 / fma_f64(b, b, 1.0)
    h, h_lo = fast_two_sum(1.0, fma_f64(0.5, r, z * _tail(z)))
    far, far_lo = multiply(h, h_lo, r, r_lo)

    y, y_lo = (near, near_lo) if b < 2.0 else (far, far_lo)
    s, s_lo = sine_pair(a - rint_f64(a))
    # A large argument has no such term; 1 keeps its infinities out.
    q, q_lo = divide(
        1.0, 0.0, s if left else (a if shift else 1.0), s_lo if left and a > 1e-280 else 0.0
    )
    q, q_lo = multiply(q, q_lo, q, q_lo)
    w, w_lo = two_sum(q, -y if left else y)
    w = w + (w_lo + (q_lo + (-y_lo if left else y_lo))) if q < 1e300 or q != q else q
    w = w if shift else y + y_lo
    return 0.0 if x == np.inf else w
