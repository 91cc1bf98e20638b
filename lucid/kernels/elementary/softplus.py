"""softplus, log_sigmoid, logaddexp, logaddexp2, mish and its derivative.

All but mish are max(...) + log(1 + e) with e = e^-|...| in (0, 1].

Float32: softplus and log_sigmoid up to 12 by tables in registers, where there are any, 0.9 ulp
(`lucid.kernels.elementary._logistic`). Else in float64, from the short exponential and logarithm;
one rounding, 0.57 ulp.

Float64: e as a pair, log(1 + e) = 2 atanh(e / (2 + e)) as a pair, then a two-sum with the
maximum, so that just the last addition rounds: below 0.6 ulp. e is raised by 2^128, so that
subnormal results round once.

logaddexp and logaddexp2 can cancel (log(e^a + e^b) = 0 on a curve). Float32 uses the long
exponential and logarithm, which keep it below an ulp while |result| > 2^-20; in float64 the error
stays below an ulp of the larger argument.

mish: tanh(log(1 + w)) = n / (n + 2) with w = e^x and n = w (w + 2).
"""

from typing import Any

import numpy as np

from lucid.kernels.elementary._bits import abs_f32, abs_f64, copysign_f64, elementary, fma_f64
from lucid.kernels.elementary._logistic import by_table, log_sigmoid_near, softplus_near
from lucid.kernels.elementary._narrow import (
    at_least,
    at_most,
    exp_long,
    exp_narrow,
    log1p_long,
    log1p_narrow,
)
from lucid.kernels.elementary._pairs import (
    DOWN,
    UP,
    divide,
    multiply,
    raised_exp,
    raised_log1p,
    two_product,
    two_sum,
)
from lucid.kernels.elementary.coefficients import pairs as c

__all__ = [
    "log_sigmoid_f32",
    "log_sigmoid_f64",
    "logaddexp2_f32",
    "logaddexp2_f64",
    "logaddexp_f32",
    "logaddexp_f64",
    "mish_f32",
    "mish_f64",
    "mish_grad_f32",
    "mish_grad_f64",
    "softplus_f32",
    "softplus_f64",
]

_ZERO_F32 = np.float32(0.0)
_LOWEST_F32 = np.float32(-112.0)
_HIGHEST_F32 = np.float32(112.0)
_LOWEST_F64 = -760.0
# From here on softplus(x) and mish(x) are x in float64.
_HIGHEST_F64 = 50.0


@elementary
def _bend_f32(x: Any) -> Any:
    """log(1 + e^-|x|) in float64."""
    return log1p_narrow(exp_narrow(-np.float64(at_most(abs_f32(x), _HIGHEST_F32))))


@elementary
def _plain_softplus_f32(x: Any) -> Any:
    """log(1 + e^x)."""
    return np.float32(np.float64(at_least(x, _ZERO_F32)) + _bend_f32(x))


@elementary
def _plain_log_sigmoid_f32(x: Any) -> Any:
    """-log(1 + e^-x)."""
    return np.float32(np.float64(at_most(x, _ZERO_F32)) - _bend_f32(x))


_either_softplus = by_table(softplus_near, _plain_softplus_f32)
_either_log_sigmoid = by_table(log_sigmoid_near, _plain_log_sigmoid_f32)


@elementary
def softplus_f32(x: Any) -> Any:
    """log(1 + e^x)."""
    return _either_softplus(x)


@elementary
def log_sigmoid_f32(x: Any) -> Any:
    """-log(1 + e^-x)."""
    return _either_log_sigmoid(x)


@elementary
def logaddexp_f32(x: Any, y: Any) -> Any:
    """log(e^x + e^y); NaN if either is, infinities as in the limit."""
    u, v = np.float64(x), np.float64(y)
    # Equal infinities would make a NaN.
    d = 0.0 if u == v else -abs_f64(u - v)
    top = u if u > v else v
    return np.float32(top + log1p_long(exp_long(at_least(d, -690.0))))


@elementary
def logaddexp2_f32(x: Any, y: Any) -> Any:
    """log2(2^x + 2^y); NaN if either is, infinities as in the limit."""
    u, v = np.float64(x), np.float64(y)
    top = u if u > v else v
    e = exp_long(c.LN2_F64 * at_least(-abs_f64(u - v), -990.0))
    # Exact for equal arguments, and no NaN from equal infinities.
    return np.float32(top + (1.0 if u == v else c.LOG2_E_F64 * log1p_long(e)))


@elementary
def mish_f32(x: Any) -> Any:
    """Return x tanh(softplus(x)); -0 at -infinity."""
    inner = np.float64(at_least(x, _LOWEST_F32))
    w = exp_narrow(at_most(inner, 112.0))
    n = w * (w + 2.0)
    return np.float32(inner * (n / (n + 2.0)))


@elementary
def mish_grad_f32(x: Any) -> Any:
    """Give the derivative of mish: t + x (1 - t^2) sigmoid(x) with t = tanh(softplus(x))."""
    near = np.float64(at_most(at_least(x, _LOWEST_F32), _HIGHEST_F32))
    w = exp_long(near)
    d = w * (w + 2.0) + 2.0
    return np.float32(w * ((w + 2.0) * d + 4.0 * near * (w + 1.0)) / (d * d))


@elementary
def softplus_f64(x: Any) -> Any:
    """log(1 + e^x)."""
    h, low = raised_exp(at_least(-abs_f64(x), _LOWEST_F64), 0.0)
    bend, bend_lo = raised_log1p(h, low)
    y, rest = two_sum(at_most(at_least(x, 0.0), _HIGHEST_F64) * UP, bend)
    return x if x > _HIGHEST_F64 else (y + (rest + bend_lo)) * DOWN


@elementary
def log_sigmoid_f64(x: Any) -> Any:
    """-log(1 + e^-x)."""
    return -softplus_f64(-x)


@elementary
def logaddexp_f64(x: Any, y: Any) -> Any:
    """log(e^x + e^y); NaN if either is, infinities as in the limit."""
    top, bottom = (x, y) if x > y else (y, x)
    d, d_lo = two_sum(bottom, -top)
    near = d > _LOWEST_F64
    # Equal infinities, and those of different signs, make NaNs in the difference.
    d = 0.0 if x == y else at_least(d, _LOWEST_F64)
    h, low = raised_exp(d, d_lo if near else 0.0)
    bend, bend_lo = raised_log1p(h, low)
    s, rest = two_sum(top, bend * DOWN)
    y = s + fma_f64(bend_lo, DOWN, rest)
    return y if abs_f64(s) < np.inf else s


@elementary
def logaddexp2_f64(x: Any, y: Any) -> Any:
    """log2(2^x + 2^y); NaN if either is, infinities as in the limit."""
    top, bottom = (x, y) if x > y else (y, x)
    d, d_lo = two_sum(bottom, -top)
    near = d > -1100.0
    d = at_least(d, -1100.0)
    z, z_lo = two_product(d, c.LN2_NEAREST_HI_F64)
    z_lo = z_lo + (d * c.LN2_NEAREST_LO_F64 + (d_lo * c.LN2_NEAREST_HI_F64 if near else 0.0))
    h, low = raised_exp(z, z_lo)
    bend, bend_lo = raised_log1p(h, low)
    bend, bend_lo = multiply(bend, bend_lo, c.LOG2_E_F64, c.LOG2_E_REST_F64)
    # Exact for equal arguments, and no NaN from equal infinities.
    same = x == y
    s, rest = two_sum(top, 1.0 if same else bend * DOWN)
    y = s + fma_f64(0.0 if same else bend_lo, DOWN, rest)
    return y if abs_f64(s) < np.inf else s


@elementary
def mish_f64(x: Any) -> Any:
    """Return x tanh(softplus(x)); -0 at -infinity."""
    near = at_most(at_least(x, _LOWEST_F64), _HIGHEST_F64)
    h, low = raised_exp(near, 0.0)
    sh, sl = two_sum(2.0, h * DOWN)
    nh, nl = multiply(h, low, sh, fma_f64(low, DOWN, sl))
    dh, dl = two_sum(2.0, nh * DOWN)
    q, q_lo = divide(nh, nl, dh, fma_f64(nl, DOWN, dl))
    y = fma_f64(near, q, near * q_lo) * DOWN
    # The sum of two zeros may have lost the sign.
    return x if x > _HIGHEST_F64 else copysign_f64(y, x)


@elementary
def mish_grad_f64(x: Any) -> Any:
    """Give the derivative of mish: t + x (1 - t^2) sigmoid(x) with t = tanh(softplus(x))."""
    near = at_most(at_least(x, _LOWEST_F64), _HIGHEST_F64)
    h, low = raised_exp(near, 0.0)
    w, w_lo = h * DOWN, low * DOWN
    sh, sl = two_sum(2.0, w)
    sl = sl + w_lo
    nh, nl = multiply(w, w_lo, sh, sl)
    dh, dl = two_sum(2.0, nh)
    dl = dl + nl
    # w ((w + 2) d + 4 x (w + 1)) / d^2
    ph, pl = multiply(sh, sl, dh, dl)
    oh, ol = two_sum(1.0, w)
    mh, ml = multiply(oh, ol + w_lo, 4.0 * near, 0.0)
    th, tl = two_sum(ph, mh)
    th, tl = multiply(th, tl + (pl + ml), h, low)
    qh, ql = multiply(dh, dl, dh, dl)
    q, q_lo = divide(th, tl, qh, ql)
    return (q + q_lo) * DOWN
