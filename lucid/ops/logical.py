"""Reductions to booleans and counts, without a gradient: all, any, count_nonzero."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.devices import as_data
from lucid.autograd.variable import Variable, wrap
from lucid.ops.common import Axes, raw
from lucid.ops.reduce import Span, reduction

__all__ = ["all", "any", "count_nonzero"]


def _plain(function: Any, x: Any, span: Span) -> Any:
    """Apply a NumPy function that has no gradient."""
    result = as_data(function(raw(x), axis=span.axes)).reshape(span.final)
    return wrap(result) if isinstance(x, Variable) else result


def all(
    x: Any, axis: Axes = None, keepdims: bool = False, *, dim: Axes = None, keepdim: bool = False
) -> Any:
    """Whether all elements along axes are true (not zero; NaN is true). No elements: true.

    Examples
    --------
    >>> import lucid
    >>> lucid.all(lucid.tensor([True, False]))
    Tensor(False)
    """
    x, span = reduction(x, axis, dim, keepdims or keepdim, "all")
    return _plain(np.all, x, span)


def any(
    x: Any, axis: Axes = None, keepdims: bool = False, *, dim: Axes = None, keepdim: bool = False
) -> Any:
    """Whether some element along axes is true (not zero; NaN is true). No elements: false.

    Examples
    --------
    >>> import lucid
    >>> lucid.any(lucid.tensor([True, False]))
    Tensor(True)
    """
    x, span = reduction(x, axis, dim, keepdims or keepdim, "any")
    return _plain(np.any, x, span)


def count_nonzero(
    x: Any, axis: Axes = None, keepdims: bool = False, *, dim: Axes = None, keepdim: bool = False
) -> Any:
    """How many elements along axes are not zero (NaN is not).

    Examples
    --------
    >>> import lucid
    >>> lucid.count_nonzero(lucid.tensor([0, 3, 4]))
    Tensor(2)
    """
    x, span = reduction(x, axis, dim, keepdims or keepdim, "count_nonzero")
    return _plain(_count, x, span)


def _count(array: Any, axis: tuple[int, ...]) -> Any:
    if type(array) is np.ndarray:
        return np.count_nonzero(array, axis=axis)
    return (array != 0).sum(axis=axis)
