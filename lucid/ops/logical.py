"""Reductions to booleans and counts, without a gradient: all, any, count_nonzero."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.variable import Variable, wrap
from lucid.ops.common import Axes, raw
from lucid.ops.reduce import reduction

__all__ = ["all", "any", "count_nonzero"]


def _plain(function: Any, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """Apply a NumPy function that has no gradient."""
    result = np.asarray(function(raw(x), axis=axes, keepdims=keepdims))
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
    x, axes = reduction(x, axis, dim, "all")
    return _plain(np.all, x, axes, keepdims or keepdim)


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
    x, axes = reduction(x, axis, dim, "any")
    return _plain(np.any, x, axes, keepdims or keepdim)


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
    x, axes = reduction(x, axis, dim, "count_nonzero")
    return _plain(np.count_nonzero, x, axes, keepdims or keepdim)
