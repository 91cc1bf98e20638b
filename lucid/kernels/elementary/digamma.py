"""digamma, the logarithmic derivative of Gamma.

b is x, or 1 + x below 1 (digamma(x) = digamma(1 + x) - 1 / x), or 1 + |x| for negative x
(digamma(x) = digamma(1 - x) - pi / tan(pi x)). On [1, 2) digamma(b) = (b - root) p(b - 3/2), so
that the positive zero keeps its relative accuracy; from 2 on it is log b - 1 / (2 b) - ..., where
a fit takes the place of the asymptotic series.

Float32 works in float64 and rounds once. Float64 keeps b, its logarithm, the reciprocals and the
cotangent as pairs. Near the zeros on the negative axis the terms cancel: there the error is below
an ulp of the larger term.

Source: M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 1964, 6.3.5, 6.3.7
and 6.3.18.
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import abs_f64, elementary, fma_f64, rint_f64
from lucid.kernels.elementary._narrow import log_narrow
from lucid.kernels.elementary._pairs import (
    divide,
    fast_two_sum,
    log_pair,
    multiply,
    two_sum,
)
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary._reflection import (
    cosine_narrow,
    cosine_pair,
    sine_narrow,
    sine_pair,
)
from lucid.kernels.elementary.coefficients import gamma as c

__all__ = [
    "digamma_f32",
    "digamma_f64",
]

_centre_narrow = polynomial_f64(c.DIGAMMA_NARROW)
_tail_narrow = polynomial_f64(c.DIGAMMA_TAIL_NARROW)
_centre = polynomial_f64(c.DIGAMMA_CENTRE)
_tail = polynomial_f64(c.DIGAMMA_TAIL)


@elementary
def digamma_f32(x: Any) -> Any:
    """Logarithmic derivative of Gamma; -+infinity at +-0, NaN at the negative integers."""
    wide = np.float64(x)
    a = abs_f64(wide)
    left = wide < 0.0
    shift = left or a < 1.0
    b = a + 1.0 if shift else a
    t = b - c.DIGAMMA_ROOT_HI_F64
    near = (t - c.DIGAMMA_ROOT_LO_F64) * _centre_narrow(b - 1.5)
    r = 1.0 / b
    z = r * r
    far = (log_narrow(b) - 0.5 * r) + z * _tail_narrow(z)
    f = a - rint_f64(a)
    top = cosine_narrow(f) if left else (-1.0 if shift else 0.0)
    bottom = sine_narrow(f) if left else wide
    y = (near if b < 2.0 else far) + top / bottom
    y = np.nan if left and f == 0.0 else y
    return np.float32(np.inf if wide == np.inf else y)


@elementary
def digamma_f64(x: Any) -> Any:
    """Logarithmic derivative of Gamma; -+infinity at +-0, NaN at the negative integers."""
    a = abs_f64(x)
    left = x < 0.0
    shift = left or a < 1.0
    b, b_lo = two_sum(a, 1.0 if shift else 0.0)

    # b - root, exact but for its last part.
    t, t_lo = two_sum(b - c.DIGAMMA_ROOT_HI_F64, b_lo - c.DIGAMMA_ROOT_LO_F64)
    v = (b - 1.5) + b_lo
    h, h_lo = fast_two_sum(c.DIGAMMA_FIRST_HI_F64, v * _centre(v))
    near, near_lo = multiply(t, t_lo, h, h_lo + c.DIGAMMA_FIRST_LO_F64)

    r, r_lo = divide(0.5, 0.0, b, b_lo)
    log, log_lo = log_pair(b, b_lo)
    z = 1.0 / fma_f64(b, b, 1.0)
    far, far_lo = two_sum(log, -r)
    far_lo = far_lo + ((log_lo - r_lo) + z * _tail(z))

    y, y_lo = (near, near_lo) if b < 2.0 else (far, far_lo)
    f = a - rint_f64(a)
    s, s_lo = sine_pair(f)
    k, k_lo = cosine_pair(f)
    top, top_lo = (k, k_lo) if left else (-1.0 if shift else 0.0, 0.0)
    bottom, bottom_lo = (s, s_lo) if left else (x, 0.0)
    q, q_lo = divide(top, top_lo, bottom, bottom_lo)
    # At a pole, and where the reciprocal overflows, the second part is a NaN.
    q_lo = q_lo if abs_f64(q) < np.inf else 0.0
    w, w_lo = two_sum(y, q)
    w = w + (w_lo + (y_lo + q_lo)) if abs_f64(q) < 1e300 else q
    w = np.nan if left and f == 0.0 else w
    return x if x == np.inf else w
