"""Exponentials and logarithms."""

from __future__ import annotations

from math import inf
from typing import Any

from lucid.kernels.catalog.choice import where
from lucid.kernels.expression import apply
from lucid.kernels.pointwise import pointwise

__all__ = [
    "exp",
    "exp2",
    "exp10",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "xlog1py",
    "xlogy",
]


@pointwise
def exp(x: Any) -> Any:
    """Exponential: ``e ** x``.

    Floating dtypes; integers become floats. -inf gives 0, inf inf; NaN stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.exp(np.array([-np.inf, 0.0, 1.0]))
    array([0.        , 1.        , 2.71828183])
    """
    return apply("exp", x)


@pointwise
def exp2(x: Any) -> Any:
    """Power of two: ``2 ** x``, exact for integral ``x``.

    Floating dtypes; integers become floats. -inf gives 0, inf inf; NaN stays NaN.
    Source: IEEE 754-2019, 9.2.

    >>> lucid.exp2(np.array([-1.0, 0.5, 3.0]))
    array([0.5       , 1.41421356, 8.        ])
    """
    return apply("exp2", x)


@pointwise
def exp10(x: Any) -> Any:
    """Power of ten: ``10 ** x``.

    Floating dtypes; integers become floats. -inf gives 0, inf inf; NaN stays NaN.
    Source: IEEE 754-2019, 9.2.

    >>> lucid.exp10(np.array([0.0, 0.5, 2.0]))
    array([  1.        ,   3.16227766, 100.        ])
    """
    return apply("exp10", x)


@pointwise
def expm1(x: Any) -> Any:
    """Exponential minus one: ``e ** x - 1``, with no cancellation near 0.

    Floating dtypes; integers become floats. Zeros keep their sign; -inf gives -1, inf inf; NaN
    stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.expm1(np.array([-np.inf, 1e-20, 1.0]))
    array([-1.00000000e+00,  1.00000000e-20,  1.71828183e+00])
    """
    return apply("expm1", x)


@pointwise(domain=(0.0, inf))
def log(x: Any) -> Any:
    """Natural logarithm.

    Floating dtypes; integers become floats. Zeros give -inf, negative numbers NaN, inf inf; NaN
    stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.log(np.array([0.0, 1.0, 2.0]))
    array([      -inf, 0.        , 0.69314718])
    """
    return apply("log", x)


@pointwise(domain=(0.0, inf))
def log2(x: Any) -> Any:
    """Logarithm to the base 2, exact for powers of two.

    Floating dtypes; integers become floats. Zeros give -inf, negative numbers NaN, inf inf; NaN
    stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.log2(np.array([0.0, 1.0, 8.0]))
    array([-inf,   0.,   3.])
    """
    return apply("log2", x)


@pointwise(domain=(0.0, inf))
def log10(x: Any) -> Any:
    """Logarithm to the base 10.

    Floating dtypes; integers become floats. Zeros give -inf, negative numbers NaN, inf inf; NaN
    stays NaN.
    Source: IEEE 754-2019, 9.2; array API standard.

    >>> lucid.log10(np.array([0.0, 1.0, 100.0]))
    array([-inf,   0.,   2.])
    """
    return apply("log10", x)


@pointwise(domain=(-1.0, inf))
def log1p(x: Any) -> Any:
    """Logarithm of one plus a number: ``log(1 + x)``, with no cancellation near 0.

    Floating dtypes; integers become floats. Zeros keep their sign; -1 gives -inf, numbers below
    NaN, inf inf; NaN stays NaN.
    Source: IEEE 754-2019, 9.2 (logp1); array API standard.

    >>> lucid.log1p(np.array([-1.0, 1e-20, 1.0]))
    array([          -inf, 1.00000000e-20, 6.93147181e-01])
    """
    return apply("log1p", x)


@pointwise
def logaddexp(x: Any, y: Any) -> Any:
    """Logarithm of a sum of exponentials: ``log(exp(x) + exp(y))``, with no overflow.

    Floating dtypes; integers become floats. Two equal infinities give that infinity; NaN stays
    NaN. The gradient is half each where both are equal.
    Source: NumPy, numpy.logaddexp; array API standard.

    >>> lucid.logaddexp(np.array([0.0, 1e4]), np.array([0.0, 1e4]))
    array([6.93147181e-01, 1.00006931e+04])
    """
    return apply("logaddexp", x, y)


@pointwise
def logaddexp2(x: Any, y: Any) -> Any:
    """Logarithm of a sum of powers of two: ``log2(2 ** x + 2 ** y)``, with no overflow.

    Floating dtypes; integers become floats. Two equal infinities give that infinity; NaN stays
    NaN. The gradient is half each where both are equal.
    Source: NumPy, numpy.logaddexp2.

    >>> lucid.logaddexp2(np.array([0.0, 1e4]), np.array([0.0, 1e4]))
    array([1.0000e+00, 1.0001e+04])
    """
    return apply("logaddexp2", x, y)


# At x = 0 the value is constant in y, but not in x: what the rule at 0 cuts off must not cut off
# the derivative log(y). Only where that is no number either is it 0.


@pointwise(
    domain=(None, (0.0, inf)),
    derivative=lambda g, out, x, y: (
        g * where((x == 0) & (y <= 0), 0.0, apply("log", y)),
        g * where((x == 0) & (y == y), 0.0, x / y),
    ),
)
def xlogy(x: Any, y: Any) -> Any:
    """Product with a logarithm: ``x * log(y)``, and 0 where ``x`` is 0.

    Floating dtypes; integers become floats. NaN stays NaN, even in a ``y`` beside 0. The
    derivative at ``x = y = 0`` is 0.
    Source: SciPy, scipy.special.xlogy.

    >>> lucid.xlogy(np.array([0.0, 2.0]), np.array([0.0, 1.5]))
    array([0.        , 0.81093022])
    """
    return where((x == 0) & (y == y), 0.0, x * apply("log", y))


@pointwise(
    domain=(None, (-1.0, inf)),
    derivative=lambda g, out, x, y: (
        g * where((x == 0) & (y <= -1), 0.0, apply("log1p", y)),
        g * where((x == 0) & (y == y), 0.0, x / (1.0 + y)),
    ),
)
def xlog1py(x: Any, y: Any) -> Any:
    """Product with a logarithm: ``x * log(1 + y)``, and 0 where ``x`` is 0.

    Floating dtypes; integers become floats. NaN stays NaN, even in a ``y`` beside 0. The
    derivative at ``x = 0, y = -1`` is 0.
    Source: SciPy, scipy.special.xlog1py.

    >>> lucid.xlog1py(np.array([0.0, 2.0]), np.array([-1.0, 0.5]))
    array([0.        , 0.81093022])
    """
    return where((x == 0) & (y == y), 0.0, x * apply("log1p", y))
