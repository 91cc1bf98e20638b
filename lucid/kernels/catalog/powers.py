"""Powers and roots."""

from __future__ import annotations

from math import inf
from typing import Any

from lucid.kernels.expression import apply, power
from lucid.kernels.pointwise import pointwise

__all__ = ["cbrt", "hypot", "pow", "rsqrt", "sqrt"]


@pointwise(domain=((0.0, inf), None))
def pow(x: Any, y: Any) -> Any:
    """Power: ``x ** y``.

    All real dtypes but bool; integers wrap around, and a negative exponent of integers gives the
    power rounded towards 0 (0 for a base of 0). ``x ** 0`` and ``1 ** y`` are 1 even with NaN; a
    negative base with an exponent that is not integral gives NaN. The derivative at ``y = 0`` is
    0 with respect to ``x``, at ``x = 0`` with ``y >= 0`` 0 with respect to ``y``.
    Source: IEEE 754-2019, 9.2.1; array API standard.

    >>> lucid.pow(np.array([4.0, 0.0]), np.array([0.5, 0.0]))
    array([2., 1.])
    """
    return power(x, y)


@pointwise(domain=(0.0, inf))
def sqrt(x: Any) -> Any:
    """Square root, correctly rounded.

    Floating dtypes; integers become floats. Negative numbers give NaN; -0.0 stays; NaN stays
    NaN. The derivative at 0 is inf.
    Source: IEEE 754-2019, 5.4.1; array API standard.

    >>> lucid.sqrt(np.array([0.0, 2.25]))
    array([0. , 1.5])
    """
    return apply("sqrt", x)


@pointwise(domain=(0.0, inf))
def rsqrt(x: Any) -> Any:
    """Reciprocal square root: ``1 / sqrt(x)``.

    Floating dtypes; integers become floats. Zeros give infinities of their sign, negative numbers
    NaN, inf gives 0; NaN stays NaN.
    Source: IEEE 754-2019, 9.2 (rSqrt).

    >>> lucid.rsqrt(np.array([0.25, 4.0]))
    array([2. , 0.5])
    """
    return apply("rsqrt", x)


@pointwise
def cbrt(x: Any) -> Any:
    """Cube root, of negative numbers too.

    Floating dtypes; integers become floats. Zeros and infinities stay; NaN stays NaN. The
    derivative at 0 is inf.
    Source: C17, 7.12.7.1; NumPy, numpy.cbrt.

    >>> lucid.cbrt(np.array([-8.0, 27.0]))
    array([-2.,  3.])
    """
    return apply("cbrt", x)


@pointwise
def hypot(x: Any, y: Any) -> Any:
    """Length of the vector ``(x, y)``: ``sqrt(x * x + y * y)``, with no overflow on the way.

    Floating dtypes; integers become floats. An infinity gives inf even beside NaN; NaN stays NaN
    otherwise. The gradient at the origin is 0.
    Source: IEEE 754-2019, 9.2 (hypot); array API standard.

    >>> lucid.hypot(np.array([3.0, 3e300]), np.array([4.0, 4e300]))
    array([5.e+000, 5.e+300])
    """
    return apply("hypot", x, y)
