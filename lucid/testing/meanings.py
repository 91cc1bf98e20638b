"""What each primitive means on real numbers of any precision: the sharp reference.

A meaning takes mpmath numbers (or bool) and may raise ``ValueError`` or ``ZeroDivisionError``, or
give NaN, where the primitive has no finite real value: those points are left to the plain
evaluator. mpmath knows no negative zero, which is left to it as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
from mpmath import mp

__all__ = ["EXACT", "MEANINGS"]

#: Beyond this exponentials have left every float type; mpmath would go on for ever.
_FAR = 100_000


def _exp(x: Any) -> Any:
    if x > _FAR:
        return mp.inf
    return mp.exp(x) if x > -_FAR else mp.zero


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + _exp(-x))


def _sech_squared(x: Any) -> Any:
    e = _exp(-2 * abs(x))
    return 4 * e / (1 + e) ** 2


def _softplus(x: Any) -> Any:
    return max(x, mp.zero) + mp.log1p(_exp(-abs(x)))


def _tanh(x: Any) -> Any:
    return mp.tanh(x) if abs(x) < _FAR else mp.sign(x)


def _density(x: Any) -> Any:
    return _exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _ndtr(x: Any) -> Any:
    return _erfc(-x / mp.sqrt(2)) / 2


def _erfc(x: Any) -> Any:
    if abs(x) > 400:
        return mp.zero if x > 0 else mp.mpf(2)
    return mp.erfc(x)


def _log_ndtr(x: Any) -> Any:
    # log of a number next to 1 by its complement; the far tail by its leading terms.
    if x > 0:
        return mp.log1p(-_ndtr(-x))
    if x < -500:
        z = 1 / (x * x)
        return -x * x / 2 - mp.log(-x) - mp.log(2 * mp.pi) / 2 + mp.log1p(_tail_series(z))
    return mp.log(_ndtr(x))


def _tail_series(z: Any) -> Any:
    """Return the sum of (-1)^k (2 k - 1)!! z^k from k = 1: Mills' ratio times x, less 1."""
    total, term = mp.zero, mp.one
    for k in range(1, 12):
        term *= -(2 * k - 1) * z
        total += term
    return total


def _log_ndtr_grad(x: Any) -> Any:
    if x < -500:
        return -x / (1 + _tail_series(1 / (x * x)))
    return _density(x) / _ndtr(x)


def _gelu_tanh_argument(x: Any) -> Any:
    return 2 * mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)


def _gelu_tanh_grad(x: Any) -> Any:
    u = _gelu_tanh_argument(x)
    slope = 2 * mp.sqrt(2 / mp.pi) * (1 + 3 * mp.mpf("0.044715") * x * x)
    return _sigmoid(u) + x * slope * _sech_squared(u / 2) / 4


def _mish_grad(x: Any) -> Any:
    s = _softplus(x)
    return _tanh(s) + x * _sech_squared(s) * _sigmoid(x)


def _lgamma(x: Any) -> Any:
    if x <= 0 and x == mp.floor(x):
        return mp.inf
    return mp.re(mp.loggamma(x))


def _logaddexp(a: Any, b: Any) -> Any:
    return max(a, b) + mp.log1p(_exp(-abs(a - b)))


def _logaddexp2(a: Any, b: Any) -> Any:
    return max(a, b) + mp.log1p(_exp(-abs(a - b) * mp.ln2)) / mp.ln2


def _pow(a: Any, b: Any) -> Any:
    if a != 0 and abs(b * mp.log(abs(a))) > _FAR:
        raise ValueError
    return a**b


def _cbrt(x: Any) -> Any:
    return mp.sign(x) * mp.cbrt(abs(x))


def _erfinv(x: Any) -> Any:
    return mp.erfinv(x)


def _copysign(a: Any, b: Any) -> Any:
    if b == 0:
        raise ValueError
    return abs(a) if b > 0 else -abs(a)


def _bits(value: Any) -> Any:
    """Return bool as it is, and an integral number as an integer."""
    return value if isinstance(value, bool) else int(value)


def _bounded(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Let a function that grows like exp leave early."""
    return lambda x: function(x) if abs(x) < _FAR else mp.nan


#: Primitives whose results need no rounding, or round a choice of their arguments.
EXACT = frozenset(
    [
        "abs",
        "bitwise_and",
        "bitwise_not",
        "bitwise_or",
        "bitwise_xor",
        "ceil",
        "clip",
        "copysign",
        "equal",
        "floor",
        "fmax",
        "fmin",
        "greater",
        "greater_equal",
        "isfinite",
        "isinf",
        "isnan",
        "left_shift",
        "less",
        "less_equal",
        "logical_and",
        "logical_not",
        "logical_or",
        "logical_xor",
        "maximum",
        "minimum",
        "negative",
        "not_equal",
        "positive",
        "right_shift",
        "round",
        "sign",
        "signbit",
        "trunc",
        "where",
    ]
)

MEANINGS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "acos": mpmath.acos,
    "acosh": mpmath.acosh,
    "add": lambda a, b: a + b,
    "asin": mpmath.asin,
    "asinh": mpmath.asinh,
    "atan": mpmath.atan,
    "atan2": lambda y, x: mpmath.atan2(y, x),
    "atanh": mpmath.atanh,
    "cbrt": _cbrt,
    "bitwise_and": lambda a, b: _bits(a) & _bits(b),
    "bitwise_not": lambda a: (not a) if isinstance(a, bool) else mp.mpf(~_bits(a)),
    "bitwise_or": lambda a, b: _bits(a) | _bits(b),
    "bitwise_xor": lambda a, b: _bits(a) ^ _bits(b),
    "ceil": mpmath.ceil,
    "clip": lambda x, low, high: min(max(x, low), high),
    "copysign": _copysign,
    "cos": mpmath.cos,
    "cosh": _bounded(mpmath.cosh),
    "digamma": mpmath.digamma,
    "divide": lambda a, b: a / b,
    "equal": lambda a, b: a == b,
    "erf": lambda x: mpmath.erf(x) if abs(x) < 400 else mp.sign(x),
    "erfc": _erfc,
    "erfinv": _erfinv,
    "exp": _exp,
    "exp10": lambda x: _exp(x * mp.ln10),
    "exp2": lambda x: _exp(x * mp.ln2),
    "expm1": lambda x: mpmath.expm1(x) if abs(x) < _FAR else _exp(x) - 1,
    "floor": mpmath.floor,
    "floor_divide": lambda a, b: mpmath.floor(a / b),
    "fmax": max,
    "fmin": min,
    "fmod": lambda a, b: a - b * mp.sign(a / b) * mpmath.floor(abs(a / b)),
    "gelu": lambda x: x * _ndtr(x),
    "gelu_grad": lambda x: _ndtr(x) + x * _density(x),
    "gelu_tanh": lambda x: x * _sigmoid(_gelu_tanh_argument(x)),
    "gelu_tanh_grad": _gelu_tanh_grad,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
    "hypot": lambda a, b: mpmath.sqrt(a * a + b * b),
    "isfinite": lambda x: True,
    "isinf": lambda x: False,
    "isnan": lambda x: False,
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "lgamma": _lgamma,
    "log": mpmath.log,
    "log10": lambda x: mpmath.log(x) / mp.ln10,
    "log1p": mpmath.log1p,
    "log2": lambda x: mpmath.log(x) / mp.ln2,
    "log_ndtr": _log_ndtr,
    "log_ndtr_grad": _log_ndtr_grad,
    "log_sigmoid": lambda x: -_softplus(-x),
    "logaddexp": _logaddexp,
    "logaddexp2": _logaddexp2,
    "logical_and": lambda a, b: bool(a) and bool(b),
    "logical_not": lambda a: not a,
    "logical_or": lambda a, b: bool(a) or bool(b),
    "logical_xor": lambda a, b: bool(a) != bool(b),
    "maximum": max,
    "minimum": min,
    "mish": lambda x: x * _tanh(_softplus(x)),
    "mish_grad": _mish_grad,
    "multiply": lambda a, b: a * b,
    "ndtr": _ndtr,
    "ndtr_grad": _density,
    "negative": lambda a: -a,
    "not_equal": lambda a, b: a != b,
    "positive": lambda a: a,
    "pow": _pow,
    "remainder": lambda a, b: a - b * mpmath.floor(a / b),
    "round": mpmath.nint,
    "rsqrt": lambda x: 1 / mpmath.sqrt(x),
    "sigmoid": _sigmoid,
    "sigmoid_grad": lambda x: _sech_squared(x / 2) / 4,
    "sign": mpmath.sign,
    "signbit": lambda x: x < 0,
    "silu": lambda x: x * _sigmoid(x),
    "silu_grad": lambda x: _sigmoid(x) + x * _sech_squared(x / 2) / 4,
    "sin": mpmath.sin,
    "sinh": _bounded(mpmath.sinh),
    "softplus": _softplus,
    "sqrt": mpmath.sqrt,
    "square": lambda a: a * a,
    "subtract": lambda a, b: a - b,
    "tan": mpmath.tan,
    "tanh": _tanh,
    "tanh_grad": _sech_squared,
    "trigamma": lambda x: mpmath.psi(1, x),
    "trunc": lambda x: mp.sign(x) * mpmath.floor(abs(x)),
    "where": lambda condition, a, b: a if condition else b,
}
