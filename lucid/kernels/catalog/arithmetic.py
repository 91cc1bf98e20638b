"""Arithmetic: sums, products, quotients and what is made of them."""

from __future__ import annotations

import math
from typing import Any

from lucid.kernels.catalog.choice import where
from lucid.kernels.expression import apply
from lucid.kernels.pointwise import pointwise

__all__ = [
    "abs",
    "add",
    "addcdiv",
    "addcmul",
    "copysign",
    "deg2rad",
    "divide",
    "floor_divide",
    "fmod",
    "lerp",
    "multiply",
    "negative",
    "nextafter",
    "positive",
    "rad2deg",
    "reciprocal",
    "remainder",
    "sign",
    "square",
    "subtract",
]


@pointwise
def add(x: Any, y: Any) -> Any:
    """Sum: ``x + y``.

    All real dtypes; integers wrap around, bool is "or". NaN stays NaN; infinities of opposite
    sign give NaN.
    Source: IEEE 754-2019, 5.4.1; array API standard.

    >>> lucid.add(np.array([1.0, 2.0]), 0.5)
    array([1.5, 2.5])
    """
    return apply("add", x, y)


@pointwise
def subtract(x: Any, y: Any) -> Any:
    """Difference: ``x - y``.

    All real dtypes but bool; integers wrap around. NaN stays NaN; equal infinities give NaN.
    Source: IEEE 754-2019, 5.4.1; array API standard.

    >>> lucid.subtract(np.array([1.0, 2.0]), 0.5)
    array([0.5, 1.5])
    """
    return apply("subtract", x, y)


@pointwise
def multiply(x: Any, y: Any) -> Any:
    """Product: ``x * y``.

    All real dtypes; integers wrap around, bool is "and". NaN stays NaN; 0 times an infinity
    gives NaN.
    Source: IEEE 754-2019, 5.4.1; array API standard.

    >>> lucid.multiply(np.array([1.0, 2.0]), 0.5)
    array([0.5, 1. ])
    """
    return apply("multiply", x, y)


@pointwise
def divide(x: Any, y: Any) -> Any:
    """Quotient: ``x / y``.

    Floating dtypes; integers and bool become float64. A number divided by 0 is an infinity,
    0 / 0 and the quotient of infinities NaN; NaN stays NaN.
    Source: IEEE 754-2019, 5.4.1; array API standard.

    >>> lucid.divide(np.array([1, 3]), 2)
    array([0.5, 1.5])
    """
    return apply("divide", x, y)


@pointwise
def floor_divide(x: Any, y: Any) -> Any:
    """Quotient rounded down: ``floor(x / y)``.

    All real dtypes but bool; an integer divided by 0 is 0. A float divided by 0 is an infinity or
    NaN, an infinity divided by anything NaN; NaN stays NaN. The derivative is 0.
    Source: NumPy, numpy.floor_divide.

    >>> lucid.floor_divide(np.array([7, -7]), 2)
    array([ 3, -4])
    """
    return apply("floor_divide", x, y)


@pointwise
def remainder(x: Any, y: Any) -> Any:
    """Rest of the division rounded down, with the sign of ``y``: ``x - y * floor(x / y)``.

    All real dtypes but bool; the rest of an integer by 0 is 0. An infinite ``x`` and a float
    ``y`` of 0 give NaN; NaN stays NaN. The derivatives are 1 and ``-floor(x / y)``.
    Source: NumPy, numpy.remainder; array API standard.

    >>> lucid.remainder(np.array([5.5, -5.5]), 2.0)
    array([1.5, 0.5])
    """
    return apply("remainder", x, y)


@pointwise
def fmod(x: Any, y: Any) -> Any:
    """Rest of the division rounded towards 0, with the sign of ``x``: ``x - y * trunc(x / y)``.

    All real dtypes but bool; the rest of an integer by 0 is 0. An infinite ``x`` and a float
    ``y`` of 0 give NaN; NaN stays NaN. The derivatives are 1 and ``-trunc(x / y)``.
    Source: C17, 7.12.10.1; NumPy, numpy.fmod.

    >>> lucid.fmod(np.array([5.5, -5.5]), 2.0)
    array([ 1.5, -1.5])
    """
    return apply("fmod", x, y)


@pointwise
def negative(x: Any) -> Any:
    """Opposite: ``-x``, with the sign bit flipped even of 0 and NaN.

    All real dtypes but bool; integers wrap around.
    Source: IEEE 754-2019, 5.5.1; array API standard.

    >>> lucid.negative(np.array([-1.0, 2.0]))
    array([ 1., -2.])
    """
    return apply("negative", x)


@pointwise
def positive(x: Any) -> Any:
    """Return the number itself: ``+x``.

    All real dtypes but bool. The result is an array of its own.
    Source: array API standard.

    >>> lucid.positive(np.array([-1.0, 2.0]))
    array([-1.,  2.])
    """
    return apply("positive", x)


@pointwise(kinks=(0.0,))
def abs(x: Any) -> Any:
    """Absolute value: ``x`` without its sign.

    All real dtypes; the least integer of a signed dtype stays as it is. The derivative at 0 is 0;
    ``abs(-0.0)`` is 0.0; NaN stays NaN.
    Source: IEEE 754-2019, 5.5.1; array API standard.

    >>> lucid.abs(np.array([-1.5, 2.0]))
    array([1.5, 2. ])
    """
    return apply("abs", x)


@pointwise
def sign(x: Any) -> Any:
    """Sign: -1, 0 or 1.

    All real dtypes but bool. Zeros keep their sign or lose it as NumPy's do; NaN stays NaN. The
    derivative is 0, at 0 too.
    Source: NumPy, numpy.sign; array API standard.

    >>> lucid.sign(np.array([-1.5, 0.0, 2.0]))
    array([-1.,  0.,  1.])
    """
    return apply("sign", x)


@pointwise
def square(x: Any) -> Any:
    """Square: ``x * x``.

    All real dtypes; integers wrap around. NaN stays NaN.
    Source: array API standard.

    >>> lucid.square(np.array([-1.5, 2.0]))
    array([2.25, 4.  ])
    """
    return apply("square", x)


@pointwise
def reciprocal(x: Any) -> Any:
    """Reciprocal: ``1 / x``.

    Floating dtypes; integers become float64. Zeros give infinities of their sign and the other
    way round; NaN stays NaN.
    Source: IEEE 754-2019, 5.4.1; array API standard.

    >>> lucid.reciprocal(np.array([-0.5, 4.0]))
    array([-2.  ,  0.25])
    """
    return 1.0 / x


@pointwise
def copysign(x: Any, y: Any) -> Any:
    """Size of ``x`` with the sign of ``y``.

    Floating dtypes; integers become floats. The sign of zeros and NaN counts. The derivative
    with respect to ``x`` is 1 or -1, to ``y`` 0.
    Source: IEEE 754-2019, 5.5.1; array API standard.

    >>> lucid.copysign(np.array([1.5, 2.0]), np.array([-0.0, 1.0]))
    array([-1.5,  2. ])
    """
    return apply("copysign", x, y)


@pointwise
def nextafter(x: Any, y: Any) -> Any:
    """Neighbour of ``x`` in the direction of ``y``.

    Floating dtypes; half types step as float32. Equal arguments give ``y``; NaN stays NaN. The
    derivative with respect to ``x`` is 1, to ``y`` 0.
    Source: C17, 7.12.11.3; array API standard.

    >>> lucid.nextafter(np.array([1.0]), 2.0) - 1.0
    array([2.22044605e-16])
    """
    return apply("nextafter", x, y)


@pointwise
def lerp(start: Any, end: Any, weight: Any) -> Any:
    """Linear interpolation: ``start + weight * (end - start)``.

    Floating dtypes. Weights beyond 0 and 1 extrapolate. Exact at the weights 0 and 1 (the
    formula is written from the nearer end); NaN stays NaN.
    Source: PyTorch, torch.lerp.

    >>> lucid.lerp(np.array([1.0, 1.0]), np.array([3.0, 3.0]), np.array([0.25, 1.0]))
    array([1.5, 3. ])
    """
    distance = end - start
    near, far = start + weight * distance, end - (1.0 - weight) * distance
    return where(weight < 0.5, near, far)


@pointwise
def addcmul(x: Any, a: Any, b: Any, value: float = 1) -> Any:
    """Add a product: ``x + value * a * b``.

    All real dtypes. NaN stays NaN.
    Source: PyTorch, torch.addcmul.

    >>> lucid.addcmul(np.array([1.0]), np.array([2.0]), np.array([3.0]), value=0.5)
    array([4.])
    """
    return x + value * (a * b)


@pointwise
def addcdiv(x: Any, a: Any, b: Any, value: float = 1) -> Any:
    """Add a quotient: ``x + value * a / b``.

    Floating dtypes; integers become float64. Division by 0 is that of ``divide``; NaN stays NaN.
    Source: PyTorch, torch.addcdiv.

    >>> lucid.addcdiv(np.array([1.0]), np.array([3.0]), np.array([2.0]), value=0.5)
    array([1.75])
    """
    return x + value * (a / b)


@pointwise
def deg2rad(x: Any) -> Any:
    """Degrees to radians: ``x * pi / 180``.

    Floating dtypes; integers become floats. NaN and infinities stay.
    Source: NumPy, numpy.deg2rad.

    >>> lucid.deg2rad(np.array([180.0]))
    array([3.14159265])
    """
    return x * (math.pi / 180.0)


@pointwise
def rad2deg(x: Any) -> Any:
    """Radians to degrees: ``x * 180 / pi``.

    Floating dtypes; integers become floats. NaN and infinities stay.
    Source: NumPy, numpy.rad2deg.

    >>> lucid.rad2deg(np.array([np.pi / 2]))
    array([90.])
    """
    return x * (180.0 / math.pi)
