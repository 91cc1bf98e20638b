"""Comparison, classification and logic: the results are bool and have no gradient."""

from __future__ import annotations

from typing import Any

from lucid.kernels.expression import apply
from lucid.kernels.pointwise import pointwise

__all__ = [
    "equal",
    "greater",
    "greater_equal",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "signbit",
]


@pointwise
def equal(x: Any, y: Any) -> Any:
    """Whether ``x == y``.

    All real dtypes, compared in their common dtype. 0.0 equals -0.0; NaN equals nothing.
    Source: IEEE 754-2019, 5.11; array API standard.

    >>> lucid.equal(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
    array([ True, False])
    """
    return apply("equal", x, y)


@pointwise
def not_equal(x: Any, y: Any) -> Any:
    """Whether ``x != y``.

    All real dtypes, compared in their common dtype. 0.0 equals -0.0; NaN equals nothing.
    Source: IEEE 754-2019, 5.11; array API standard.

    >>> lucid.not_equal(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
    array([False,  True])
    """
    return apply("not_equal", x, y)


@pointwise
def less(x: Any, y: Any) -> Any:
    """Whether ``x < y``.

    All real dtypes, compared in their common dtype. False beside NaN.
    Source: IEEE 754-2019, 5.11; array API standard.

    >>> lucid.less(np.array([1.0, 2.0]), 2.0)
    array([ True, False])
    """
    return apply("less", x, y)


@pointwise
def less_equal(x: Any, y: Any) -> Any:
    """Whether ``x <= y``.

    All real dtypes, compared in their common dtype. False beside NaN.
    Source: IEEE 754-2019, 5.11; array API standard.

    >>> lucid.less_equal(np.array([1.0, 2.0, 3.0]), 2.0)
    array([ True,  True, False])
    """
    return apply("less_equal", x, y)


@pointwise
def greater(x: Any, y: Any) -> Any:
    """Whether ``x > y``.

    All real dtypes, compared in their common dtype. False beside NaN.
    Source: IEEE 754-2019, 5.11; array API standard.

    >>> lucid.greater(np.array([1.0, 2.0, 3.0]), 2.0)
    array([False, False,  True])
    """
    return apply("greater", x, y)


@pointwise
def greater_equal(x: Any, y: Any) -> Any:
    """Whether ``x >= y``.

    All real dtypes, compared in their common dtype. False beside NaN.
    Source: IEEE 754-2019, 5.11; array API standard.

    >>> lucid.greater_equal(np.array([1.0, 2.0]), 2.0)
    array([False,  True])
    """
    return apply("greater_equal", x, y)


@pointwise
def isnan(x: Any) -> Any:
    """Whether ``x`` is NaN.

    All real dtypes; False for integers and bool.
    Source: IEEE 754-2019, 5.7.2; array API standard.

    >>> lucid.isnan(np.array([1.0, np.nan]))
    array([False,  True])
    """
    return apply("isnan", x)


@pointwise
def isinf(x: Any) -> Any:
    """Whether ``x`` is an infinity of either sign.

    All real dtypes; False for integers and bool.
    Source: IEEE 754-2019, 5.7.2; array API standard.

    >>> lucid.isinf(np.array([1.0, -np.inf]))
    array([False,  True])
    """
    return apply("isinf", x)


@pointwise
def isfinite(x: Any) -> Any:
    """Whether ``x`` is neither NaN nor an infinity.

    All real dtypes; True for integers and bool.
    Source: IEEE 754-2019, 5.7.2; array API standard.

    >>> lucid.isfinite(np.array([1.0, np.nan, np.inf]))
    array([ True, False, False])
    """
    return apply("isfinite", x)


@pointwise
def signbit(x: Any) -> Any:
    """Whether the sign bit of ``x`` is set.

    All real dtypes. True for -0.0; that of NaN counts.
    Source: IEEE 754-2019, 5.7.2; array API standard.

    >>> lucid.signbit(np.array([1.0, -0.0]))
    array([False,  True])
    """
    return apply("signbit", x)


@pointwise
def isclose(x: Any, y: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether two numbers are close: ``abs(x - y) <= atol + rtol * abs(y)``.

    All real dtypes; integers are compared as floats. Equal infinities are close; NaN is close to
    NaN with ``equal_nan=True``, else to nothing.
    Source: NumPy, numpy.isclose.

    >>> lucid.isclose(np.array([1.0, 1.0, np.inf]), np.array([1.000001, 1.1, np.inf]))
    array([ True, False,  True])
    """
    # Unsigned integers have no difference below 0.
    a, b = 1.0 * x, 1.0 * y
    near = apply("isfinite", b) & (abs(a - b) <= atol + rtol * abs(b))
    close = (a == b) | near
    return close | (isnan(a) & isnan(b)) if equal_nan else close


@pointwise
def logical_and(x: Any, y: Any) -> Any:
    """Whether both are true.

    All real dtypes; what is not 0 is true, NaN too.
    Source: array API standard.

    >>> lucid.logical_and(np.array([True, True]), np.array([True, False]))
    array([ True, False])
    """
    return apply("logical_and", x, y)


@pointwise
def logical_or(x: Any, y: Any) -> Any:
    """Whether one or both are true.

    All real dtypes; what is not 0 is true, NaN too.
    Source: array API standard.

    >>> lucid.logical_or(np.array([False, True]), np.array([False, False]))
    array([False,  True])
    """
    return apply("logical_or", x, y)


@pointwise
def logical_xor(x: Any, y: Any) -> Any:
    """Whether exactly one is true.

    All real dtypes; what is not 0 is true, NaN too.
    Source: array API standard.

    >>> lucid.logical_xor(np.array([True, True]), np.array([True, False]))
    array([False,  True])
    """
    return apply("logical_xor", x, y)


@pointwise
def logical_not(x: Any) -> Any:
    """Whether ``x`` is false.

    All real dtypes; what is not 0 is true, NaN too.
    Source: array API standard.

    >>> lucid.logical_not(np.array([0.0, 2.0]))
    array([ True, False])
    """
    return apply("logical_not", x)
