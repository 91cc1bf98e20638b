"""Plain definitions of the functions that NumPy does not have, in float64, one number at a time.

Slow and simple on purpose: kernels are held against these. Each is good to a few units in the
last place of float64; the sharper reference of the accuracy sweeps is mpmath.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

__all__ = [
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "gelu",
    "gelu_grad",
    "gelu_tanh",
    "gelu_tanh_grad",
    "in_float64",
    "lgamma",
    "log_ndtr",
    "log_ndtr_grad",
    "log_sigmoid",
    "mish",
    "mish_grad",
    "ndtr",
    "ndtr_grad",
    "power",
    "rsqrt",
    "sigmoid",
    "sigmoid_grad",
    "silu",
    "silu_grad",
    "softplus",
    "tanh_grad",
    "trigamma",
]

_SQRT_HALF = math.sqrt(0.5)
_SQRT_2_OVER_PI = math.sqrt(2.0 / math.pi)
_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


# Bernoulli numbers B(2k) / 2k, and B(2k): DLMF 5.11.2 and its derivative.
_DIGAMMA_TAIL = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760)
_TRIGAMMA_TAIL = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730)


def _horner(z: float, coefficients: tuple[float, ...]) -> float:
    """Return ``c0 z + c1 z^2 + ...``."""
    total = 0.0
    for coefficient in reversed(coefficients):
        total = z * (coefficient + total)
    return total


def in_float64(function: Callable[..., float]) -> Callable[..., np.floating]:
    """Evaluate in float64 and round once to the dtype of the first argument."""

    def evaluate(*values: np.floating) -> np.floating:
        with np.errstate(all="ignore"):
            result = function(*(np.float64(value) for value in values))
            return values[0].dtype.type(result)

    return evaluate


def power(a: np.number, b: np.number) -> np.number | int:
    """Return ``a ** b``; of integers the low bits, and rounded towards 0 below 1."""
    if a.dtype.kind == "f":
        # NumPy takes the square root, which is another number for -0.0 and -inf.
        root = b == 0.5 and (a == 0 or a == -np.inf)
        return np.abs(a) if root else in_float64(np.power)(a, b)
    base, exponent = int(a), int(b)
    if exponent < 0:
        return base**-exponent if abs(base) == 1 else 0
    bits = 8 * a.dtype.itemsize
    low = pow(base, exponent, 1 << bits)
    return low - (1 << bits) if a.dtype.kind == "i" and low >> (bits - 1) else low


def rsqrt(x: float) -> float:
    return 1.0 / np.sqrt(x)


def sigmoid(x: float) -> float:
    e = np.exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0 else e / (1.0 + e)


def sigmoid_grad(x: float) -> float:
    e = np.exp(-abs(x))
    return e / ((1.0 + e) * (1.0 + e))


def tanh_grad(x: float) -> float:
    e = np.exp(-2.0 * abs(x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def softplus(x: float) -> float:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-abs(x)))


def log_sigmoid(x: float) -> float:
    return -softplus(-x)


def silu(x: float) -> float:
    # sigmoid(-inf) is an exact 0, and the limit of x * sigmoid(x) there is 0, not NaN.
    return -0.0 if x == -np.inf else x * sigmoid(x)


def _from_below(slope: float, x: float) -> float:
    """Return a slope that comes up to 0 from below on the left: where it underflows, -0.0."""
    return -0.0 if slope == 0 and x < 0 else slope


def silu_grad(x: float) -> float:
    if np.isinf(x):
        return 1.0 if x > 0 else -0.0
    return _from_below(sigmoid(x) + x * sigmoid_grad(x), x)


def mish(x: float) -> float:
    if x == -np.inf:
        return -0.0
    return x * np.tanh(softplus(x))


def mish_grad(x: float) -> float:
    if np.isinf(x):
        return 1.0 if x > 0 else -0.0
    s = softplus(x)
    return _from_below(np.tanh(s) + x * tanh_grad(s) * sigmoid(x), x)


def erf(x: float) -> float:
    return math.erf(x)


def erfc(x: float) -> float:
    return math.erfc(x)


def ndtr(x: float) -> float:
    return 0.5 * math.erfc(-x * _SQRT_HALF)


def _mills(x: float) -> float:
    """Return ``ndtr(-x) / pdf(x)`` for x >= 5 by its continued fraction."""
    t = 0.0
    for k in range(200, 0, -1):
        t = k / (x + t)
    return 1.0 / (x + t)


def ndtr_grad(x: float) -> float:
    return float(np.exp(-0.5 * x * x - _LOG_SQRT_2PI))


def log_ndtr(x: float) -> float:
    if x == -np.inf or np.isnan(x):
        return x
    if x < -5.0:
        return -0.5 * x * x - _LOG_SQRT_2PI + math.log(_mills(-x))
    if x > 1.0:
        return np.log1p(-ndtr(-x))
    return math.log(ndtr(x))


def log_ndtr_grad(x: float) -> float:
    if np.isinf(x):
        return np.inf if x < 0 else 0.0
    if x < -5.0:
        return 1.0 / _mills(-x)
    return np.exp(-0.5 * x * x - _LOG_SQRT_2PI) / ndtr(x)


def gelu(x: float) -> float:
    return -0.0 if x == -np.inf else x * ndtr(x)


def gelu_grad(x: float) -> float:
    if np.isinf(x):
        return 1.0 if x > 0 else -0.0
    return _from_below(ndtr(x) + x * np.exp(-0.5 * x * x - _LOG_SQRT_2PI), x)


def gelu_tanh(x: float) -> float:
    # 0.5 (1 + tanh(u)) is sigmoid(2 u), without cancellation on the left.
    if x == -np.inf:
        return -0.0
    return x * sigmoid(2.0 * _SQRT_2_OVER_PI * (x + 0.044715 * x * x * x))


def gelu_tanh_grad(x: float) -> float:
    if np.isinf(x):
        return 1.0 if x > 0 else -0.0
    u = 2.0 * _SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)
    slope = 2.0 * _SQRT_2_OVER_PI * (1.0 + 3 * 0.044715 * x * x)
    tail = sigmoid_grad(u)
    return _from_below(sigmoid(u) + (x * slope * tail if tail > 0 else 0.0), x)


def erfinv(x: float) -> float:
    if abs(x) >= 1.0 or np.isnan(x):
        return np.copysign(np.inf, x) if abs(x) == 1.0 else np.nan
    a = abs(x)
    log = math.log1p(-a * a)
    # Winitzki's closed form is good to 0.2 %; each step below squares the error.
    half = 2.0 / (math.pi * 0.147) + 0.5 * log
    y = math.sqrt(math.sqrt(half * half - log / 0.147) - half)
    for _ in range(4):
        # The residual is taken on the side where it does not cancel.
        residual = math.erf(y) - a if a < 0.5 else (1.0 - a) - math.erfc(y)
        step = residual * 0.5 * math.sqrt(math.pi) * math.exp(y * y)
        y -= step / (1.0 + y * step)
    return math.copysign(y, x)


def lgamma(x: float) -> float:
    if np.isinf(x) or (x <= 0 and x == np.floor(x)):
        return np.inf
    try:
        return math.lgamma(x)
    except OverflowError:
        return np.inf


def digamma(x: float) -> float:
    if x == 0:
        return -np.copysign(np.inf, x)
    if np.isinf(x) or np.isnan(x):
        return x if x != -np.inf else np.nan
    if x < 0:
        whole = np.rint(x)
        if x == whole:
            return np.nan
        # Reflection, with the argument of tan reduced exactly, to the nearest pole.
        return digamma(1.0 - x) - math.pi / math.tan(math.pi * (x - whole))
    shift = 0.0
    while x < 10.0:
        shift -= 1.0 / x
        x += 1.0
    tail = _horner(1.0 / (x * x), _DIGAMMA_TAIL)
    return shift + math.log(x) - 0.5 / x - tail


def trigamma(x: float) -> float:
    if np.isnan(x) or np.isinf(x):
        return x if np.isnan(x) else (0.0 if x > 0 else np.nan)
    if x <= 0:
        whole = np.rint(x)
        if x == whole:
            return np.inf
        ratio = math.pi / math.sin(math.pi * (x - whole))
        return ratio * ratio - trigamma(1.0 - x)
    shift = 0.0
    while x < 10.0:
        shift += 1.0 / (x * x)
        x += 1.0
    z = 1.0 / (x * x)
    tail = _horner(z, _TRIGAMMA_TAIL)
    return shift + 1.0 / x + 0.5 * z + tail / x
