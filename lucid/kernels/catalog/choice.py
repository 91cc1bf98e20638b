"""Choice between values: ``where``, extrema, clipping, replacement."""

from __future__ import annotations

from math import inf
from typing import Any

from lucid.kernels.catalog.comparison import isnan
from lucid.kernels.expression import apply
from lucid.kernels.pointwise import pointwise

__all__ = [
    "clip",
    "fmax",
    "fmin",
    "heaviside",
    "maximum",
    "minimum",
    "nan_to_num",
    "where",
]


@pointwise
def where(condition: Any, x: Any, y: Any) -> Any:
    """Choice: ``x`` where the condition holds, else ``y``.

    All real dtypes; the condition is bool, or any number that is not 0. Gradients go to the value
    that was chosen alone: what the other one would give, even an infinity, never shows.
    Source: array API standard.

    >>> lucid.where(np.array([True, False]), 1.0, np.array([2.0, 3.0]))
    array([1., 3.])
    """
    return apply("where", condition, x, y)


@pointwise
def maximum(x: Any, y: Any) -> Any:
    """Larger one of two numbers.

    All real dtypes. NaN in either gives NaN. The gradient at a tie is half each.
    Source: NumPy, numpy.maximum; array API standard.

    >>> lucid.maximum(np.array([-1.0, 2.0]), 0.0)
    array([0., 2.])
    """
    return apply("maximum", x, y)


@pointwise
def minimum(x: Any, y: Any) -> Any:
    """Smaller one of two numbers.

    All real dtypes. NaN in either gives NaN. The gradient at a tie is half each.
    Source: NumPy, numpy.minimum; array API standard.

    >>> lucid.minimum(np.array([-1.0, 2.0]), 0.0)
    array([-1.,  0.])
    """
    return apply("minimum", x, y)


@pointwise
def fmax(x: Any, y: Any) -> Any:
    """Larger one of two numbers, NaN left out of account.

    All real dtypes. NaN beside a number gives the number, beside NaN NaN. The gradient at a tie
    is half each.
    Source: C17, 7.12.12.2; NumPy, numpy.fmax.

    >>> lucid.fmax(np.array([-1.0, np.nan]), 0.0)
    array([0., 0.])
    """
    return apply("fmax", x, y)


@pointwise
def fmin(x: Any, y: Any) -> Any:
    """Smaller one of two numbers, NaN left out of account.

    All real dtypes. NaN beside a number gives the number, beside NaN NaN. The gradient at a tie
    is half each.
    Source: C17, 7.12.12.3; NumPy, numpy.fmin.

    >>> lucid.fmin(np.array([-1.0, np.nan]), 0.0)
    array([-1.,  0.])
    """
    return apply("fmin", x, y)


@pointwise
def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """Nearest number within bounds: ``min(max(x, min), max)``; a bound of None is no bound.

    All real dtypes. The bounds are included: at a bound the gradient goes to ``x``. Where they
    cross, the upper one wins. NaN in ``x`` or in a bound gives NaN.
    Source: NumPy, numpy.clip; array API standard.

    >>> lucid.clip(np.array([-1.0, 0.5, 2.0]), 0.0, 1.0)
    array([0. , 0.5, 1. ])
    >>> lucid.clip(np.array([-1.0, 0.5, 2.0]), max=1.0)
    array([-1. ,  0.5,  1. ])
    """
    if min is not None and max is not None:
        return apply("clip", x, min, max)
    if min is not None:
        return where((x < min) | isnan(min), min, x)
    if max is not None:
        return where((x > max) | isnan(max), max, x)
    return apply("where", True, x, x)


@pointwise(kinks=(0.0,))
def heaviside(x: Any, y: Any) -> Any:
    """Step: 0 for negative ``x``, 1 for positive, ``y`` for 0.

    Floating dtypes. NaN in ``x`` gives NaN. The derivative with respect to ``x`` is 0, to ``y``
    1 where ``x`` is 0.
    Source: NumPy, numpy.heaviside.

    >>> lucid.heaviside(np.array([-2.0, 0.0, 2.0]), 0.5)
    array([0. , 0.5, 1. ])
    """
    return where(x == 0, y, where(isnan(x), x * 1.0, where(x < 0, 0.0, 1.0)))


@pointwise
def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Replace what is not finite: NaN by ``nan``, inf by ``posinf``, -inf by ``neginf``.

    Floating dtypes; integers become floats. An infinity without a number given becomes the
    largest finite number of the dtype (in half types, which are computed in float32, it stays
    infinite). The derivative is 1 where ``x`` stays, else 0.
    Source: NumPy, numpy.nan_to_num.

    >>> lucid.nan_to_num(np.array([np.nan, 1.5, -np.inf]), nan=-1.0, neginf=-9.0)
    array([-1. ,  1.5, -9. ])
    """
    # What is next to an infinity is the largest finite number of whatever dtype this is.
    largest = apply("nextafter", x, 0.0) if posinf is None else posinf
    smallest = apply("nextafter", x, 0.0) if neginf is None else neginf
    return where(isnan(x), nan, where(x == inf, largest, where(x == -inf, smallest, x)))
