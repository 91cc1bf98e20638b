"""Trigonometric functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

from lucid.kernels.catalog.choice import where
from lucid.kernels.expression import apply
from lucid.kernels.pointwise import pointwise

__all__ = ["acos", "asin", "atan", "atan2", "cos", "sin", "sinc", "tan"]


@pointwise
def sin(x: Any) -> Any:
    """Sine of an angle in radians.

    Floating dtypes; integers become floats. Zeros keep their sign; infinities give NaN; NaN stays
    NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.sin(np.array([0.0, 1.0]))
    array([0.        , 0.84147098])
    """
    return apply("sin", x)


@pointwise
def cos(x: Any) -> Any:
    """Cosine of an angle in radians.

    Floating dtypes; integers become floats. Infinities give NaN; NaN stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.cos(np.array([0.0, 1.0]))
    array([1.        , 0.54030231])
    """
    return apply("cos", x)


@pointwise
def tan(x: Any) -> Any:
    """Tangent of an angle in radians.

    Floating dtypes; integers become floats. Zeros keep their sign; infinities give NaN; NaN stays
    NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.tan(np.array([0.0, 1.0]))
    array([0.        , 1.55740772])
    """
    return apply("tan", x)


@pointwise(domain=(-1.0, 1.0))
def asin(x: Any) -> Any:
    """Inverse sine, in ``[-pi/2, pi/2]``.

    Floating dtypes; integers become floats. Zeros keep their sign; numbers beyond -1 and 1 give
    NaN; NaN stays NaN. The derivative at -1 and 1 is inf.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.asin(np.array([0.0, 1.0]))
    array([0.        , 1.57079633])
    """
    return apply("asin", x)


@pointwise(domain=(-1.0, 1.0))
def acos(x: Any) -> Any:
    """Inverse cosine, in ``[0, pi]``.

    Floating dtypes; integers become floats. Numbers beyond -1 and 1 give NaN; NaN stays NaN. The
    derivative at -1 and 1 is -inf.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.acos(np.array([-1.0, 1.0]))
    array([3.14159265, 0.        ])
    """
    return apply("acos", x)


@pointwise
def atan(x: Any) -> Any:
    """Inverse tangent, in ``[-pi/2, pi/2]``.

    Floating dtypes; integers become floats. Zeros keep their sign; infinities give ``-pi/2`` and
    ``pi/2``; NaN stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.atan(np.array([0.0, 1.0, np.inf]))
    array([0.        , 0.78539816, 1.57079633])
    """
    return apply("atan", x)


@pointwise
def atan2(y: Any, x: Any) -> Any:
    """Angle of the vector ``(x, y)``, in ``[-pi, pi]``.

    Floating dtypes; integers become floats. The signs of zeros count: ``atan2(0.0, -0.0)`` is
    ``pi``; infinities give multiples of ``pi/4``; NaN stays NaN. The gradient at the
    origin, where the angle jumps, is 0.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.atan2(np.array([1.0, 0.0]), np.array([1.0, -1.0]))
    array([0.78539816, 3.14159265])
    """
    return apply("atan2", y, x)


def _sinc_derivative(g: Any, out: Any, x: Any) -> Any:
    """``(cos(pi x) - sinc(x)) / x`` far from 0; its power series near 0, where that cancels."""
    z = (math.pi * x) * (math.pi * x)
    # sinc is the sum of (-z)^k / (2 k + 1)!, so its derivative that of 2 k (-1)^k z^(k-1) pi^2 x
    # over the same factorial; 12 terms are good to float64 up to abs(x) = 1/2.
    series: Any = 0.0
    for k in range(12, 0, -1):
        series = series * z + (-1) ** k * 2 * k / math.factorial(2 * k + 1)
    sign, rest = _half_turns(x)
    far = (sign * apply("cos", math.pi * rest) - out) / x
    return g * where(abs(x) < 0.5, math.pi * math.pi * x * series, far)


def _half_turns(x: Any) -> tuple[Any, Any]:
    """Return the sign of the half turn nearest to ``pi * x``, and the exact rest of ``x``."""
    whole = apply("round", x)
    return 1.0 - 2.0 * (whole - 2.0 * apply("floor", 0.5 * whole)), x - whole


@pointwise(derivative=_sinc_derivative)
def sinc(x: Any) -> Any:
    """Cardinal sine: ``sin(pi * x) / (pi * x)``, and 1 at 0.

    Floating dtypes; integers become floats. A zero of either sign at every other integer.
    Infinities give NaN; NaN stays NaN.
    Source: NumPy, numpy.sinc.

    >>> lucid.sinc(np.array([0.0, 0.5, 2.0]))
    array([1.        , 0.63661977, 0.        ])
    """
    sign, rest = _half_turns(x)
    return where(x == 0, 1.0, sign * apply("sin", math.pi * rest) / (math.pi * x))
