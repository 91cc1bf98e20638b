"""Hyperbolic functions and their inverses."""

from __future__ import annotations

from math import inf
from typing import Any

from lucid.kernels.expression import apply
from lucid.kernels.pointwise import pointwise

__all__ = ["acosh", "asinh", "atanh", "cosh", "sinh", "tanh"]


@pointwise
def sinh(x: Any) -> Any:
    """Hyperbolic sine: ``(exp(x) - exp(-x)) / 2``.

    Floating dtypes; integers become floats. Zeros and infinities stay; NaN stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.sinh(np.array([0.0, 1.0]))
    array([0.        , 1.17520119])
    """
    return apply("sinh", x)


@pointwise
def cosh(x: Any) -> Any:
    """Hyperbolic cosine: ``(exp(x) + exp(-x)) / 2``.

    Floating dtypes; integers become floats. Infinities give inf; NaN stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.cosh(np.array([0.0, 1.0]))
    array([1.        , 1.54308063])
    """
    return apply("cosh", x)


@pointwise
def tanh(x: Any) -> Any:
    """Hyperbolic tangent: ``sinh(x) / cosh(x)``.

    Floating dtypes; integers become floats. Zeros keep their sign; infinities give -1 and 1; NaN
    stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.tanh(np.array([0.0, 1.0, np.inf]))
    array([0.        , 0.76159416, 1.        ])
    """
    return apply("tanh", x)


@pointwise
def asinh(x: Any) -> Any:
    """Inverse hyperbolic sine: ``log(x + sqrt(x * x + 1))``.

    Floating dtypes; integers become floats. Zeros and infinities stay; NaN stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.asinh(np.array([0.0, 1.0]))
    array([0.        , 0.88137359])
    """
    return apply("asinh", x)


@pointwise(domain=(1.0, inf))
def acosh(x: Any) -> Any:
    """Inverse hyperbolic cosine: ``log(x + sqrt(x * x - 1))``.

    Floating dtypes; integers become floats. Numbers below 1 give NaN, inf inf; NaN stays NaN.
    The derivative at 1 is inf.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.acosh(np.array([1.0, 2.0]))
    array([0.       , 1.3169579])
    """
    return apply("acosh", x)


@pointwise(domain=(-1.0, 1.0))
def atanh(x: Any) -> Any:
    """Inverse hyperbolic tangent: ``log((1 + x) / (1 - x)) / 2``.

    Floating dtypes; integers become floats. Zeros keep their sign; -1 and 1 give infinities,
    numbers beyond NaN; NaN stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.atanh(np.array([0.0, 0.5, 1.0]))
    array([0.        , 0.54930614,        inf])
    """
    return apply("atanh", x)
