from typing import Any
import numpy as np
from lucid.kernels.elementary._bits import abs_f64, elementary, rint_f64
from lucid.kernels.elementary._narrow import log_narrow
from lucid.kernels.elementary._polynomial import polynomial_f64
from lucid.kernels.elementary.coefficients.gamma import *

_lgamma = polynomial_f64(LGAMMA_NARROW)
_stirling = polynomial_f64(STIRLING_NARROW)
_sinpi = polynomial_f64(SINPI_NARROW)
_cospi = polynomial_f64(COSPI_NARROW)
_digamma = polynomial_f64(DIGAMMA_NARROW)
_digamma_tail = polynomial_f64(DIGAMMA_TAIL_NARROW)
_PI = np.pi


@elementary
def lgamma_f32(x: Any) -> Any:
    wide = np.float64(x)
    a = abs_f64(wide)
    low = a < 0.5
    below = a < 1.5
    large = a >= 2.5
    t = a if low else (a - 1.0 if below else a - 2.0)
    argument = a * (1.0 + a) if low else (1.0 if a >= 1.5 else a)
    log = log_narrow(a if large else argument)
    r = 1.0 / a
    big = ((a - 0.5) * log - a) + (HALF_LOG_2PI_HI_F64 + r * _stirling(r * r))
    y = big if large else t * _lgamma(t) - log
    f = a - rint_f64(a)
    sine = abs_f64(f) * _sinpi(f * f)
    y = -y - log_narrow(a * sine) if wide < 0.0 else y
    pole = ((f == 0.0) and wide <= 0.0) or a == np.inf
    return np.float32(np.inf if pole else y)


@elementary
def digamma_f32(x: Any) -> Any:
    wide = np.float64(x)
    a = abs_f64(wide)
    left = wide < 0.0
    shift = left or a < 1.0
    b = a + 1.0 if shift else a
    t = b - DIGAMMA_ROOT_HI_F64
    near = (t - DIGAMMA_ROOT_LO_F64) * _digamma(b - 1.5)
    r = 1.0 / b
    z = r * r
    far = (log_narrow(b) - 0.5 * r) + z * _digamma_tail(z)
    f = a - rint_f64(a)
    z2 = f * f
    top = _cospi(z2) if left else (-1.0 if shift else 0.0)
    bottom = f * _sinpi(z2) if left else wide
    y = (near if b < 2.0 else far) + top / bottom
    y = np.nan if left and f == 0.0 else y
    return np.float32(np.inf if wide == np.inf else y)
