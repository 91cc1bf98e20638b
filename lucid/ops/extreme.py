"""Largest and smallest elements: max, min, argmax, argmin."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid import kernels
from lucid.autograd.devices import as_data
from lucid.autograd.function import call
from lucid.autograd.taped import taped
from lucid.autograd.variable import Variable, wrap
from lucid.kernels.errors import ShapeError
from lucid.ops.common import Axes, aliased, one_axis, operand, raw, shape_of
from lucid.ops.reduce import Reduction, Span, reduction

__all__ = ["amax", "amin", "argmax", "argmin", "max", "min"]


class Extreme(Reduction):
    """The largest or the smallest element; ties share the gradient evenly."""

    __slots__ = ("largest",)

    fresh = True
    warns = False

    def __init__(self, span: Span, largest: bool) -> None:
        super().__init__(span)
        self.largest = largest

    @property
    def name(self) -> str:
        return "max" if self.largest else "min"

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,), outputs=(0,))
        return self.fold("maximum" if self.largest else "minimum", x)

    def backward(self, gradient: Any) -> Any:
        x, result = (raw(value) for value in self.saved)
        kept = self.span.kept
        found = result.reshape(kept)
        program, values = _taken.bind((x, found), {})
        (count,) = program.fold(values, (kept,), None, None, (x.dtype,))
        return _shared(gradient.reshape(kept) / count, x, found)


@kernels.pointwise
def _taken(x: Any, found: Any) -> Any:
    """Whether an element is the one that was found; NaN is no number's equal."""
    return kernels.where((x == found) | ((x != x) & (found != found)), 1.0, 0.0)


@kernels.pointwise
def _shared(share: Any, x: Any, found: Any) -> Any:
    return share * _taken(x, found)


def _extreme(x: Any, axis: Axes, keepdims: bool, dim: Axes, largest: bool, name: str) -> Any:
    x, span = reduction(x, axis, dim, keepdims, name)
    if span.elements == 0:
        empty = next(axis for axis in span.axes if span.full[axis] == 0)
        raise ShapeError(
            f"{name}: axis {empty} of shape {span.full} has no elements, and the {name} of nothing "
            "is not defined. Check for x.size == 0 first."
        )
    return call(Extreme(span, largest), (x,))


@taped
def max(
    x: Any, axis: Axes = None, keepdims: bool = False, *, dim: Axes = None, keepdim: bool = False
) -> Any:
    """Largest element over axes (the values alone; `argmax` gives the places).

    Parameters
    ----------
    x : Tensor or array
        The operand.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.

    Raises
    ------
    ShapeError
        If an axis is out of range, named twice, or has no elements.

    Notes
    -----
    NaN goes through. Where several elements are the largest, they share the gradient evenly.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([3.0, 1.0, 3.0], requires_grad=True)
    >>> lucid.max(x).backward()
    >>> print(x.grad)
    [0.5, 0.0, 0.5]
    """
    return _extreme(x, axis, keepdims or keepdim, dim, True, "max")


@taped
def min(
    x: Any, axis: Axes = None, keepdims: bool = False, *, dim: Axes = None, keepdim: bool = False
) -> Any:
    """Smallest element over axes (the values alone; `argmin` gives the places).

    Parameters
    ----------
    x : Tensor or array
        The operand.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.

    Raises
    ------
    ShapeError
        If an axis is out of range, named twice, or has no elements.

    Notes
    -----
    NaN goes through. Where several elements are the smallest, they share the gradient evenly.

    Examples
    --------
    >>> import lucid
    >>> lucid.min(lucid.tensor([[3, 1], [2, 5]]), axis=1)
    Tensor([1, 2])
    """
    return _extreme(x, axis, keepdims or keepdim, dim, False, "min")


@taped
def amax(
    x: Any, axis: Axes = None, keepdims: bool = False, *, dim: Axes = None, keepdim: bool = False
) -> Any:
    """Largest element over axes; another name of `max`.

    Examples
    --------
    >>> import lucid
    >>> lucid.amax(lucid.tensor([3, 1]))
    Tensor(3)
    """
    return _extreme(x, axis, keepdims or keepdim, dim, True, "amax")


@taped
def amin(
    x: Any, axis: Axes = None, keepdims: bool = False, *, dim: Axes = None, keepdim: bool = False
) -> Any:
    """Smallest element over axes; another name of `min`.

    Examples
    --------
    >>> import lucid
    >>> lucid.amin(lucid.tensor([3, 1]))
    Tensor(1)
    """
    return _extreme(x, axis, keepdims or keepdim, dim, False, "amin")


def _place(function: Any, x: Any, axis: Any, keepdims: bool, name: str) -> Any:
    x = operand(x, name)
    shape = shape_of(x)
    if axis is not None:
        axis = one_axis(axis, len(shape), name)
    if (raw(x).size if axis is None else shape[axis]) == 0:
        raise ShapeError(
            f"{name}: shape {shape} has no element to choose from. Check for x.size == 0 first."
        )
    result = as_data(function(raw(x), axis=axis, keepdims=keepdims))
    return wrap(result) if isinstance(x, Variable) else result


def argmax(
    x: Any,
    axis: int | None = None,
    keepdims: bool = False,
    *,
    dim: int | None = None,
    keepdim: bool = False,
) -> Any:
    """Place of the largest element: the first of equals; the first NaN if there is one.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    axis : int, optional
        Along which axis; where none is given, the place in the elements as one axis. ``dim`` is the
        same.
    keepdims : bool, optional
        Keep the axis with length 1. ``keepdim`` is the same.

    Returns
    -------
    Tensor or array
        int64, without a gradient.

    Raises
    ------
    ShapeError
        If the axis is out of range or has no elements.

    Examples
    --------
    >>> import lucid
    >>> lucid.argmax(lucid.tensor([[1, 5], [7, 2]]), axis=1)
    Tensor([1, 0])
    """
    axis = aliased(axis, dim, None, ("axis", "dim"), "argmax")
    return _place(np.argmax, x, axis, keepdims or keepdim, "argmax")


def argmin(
    x: Any,
    axis: int | None = None,
    keepdims: bool = False,
    *,
    dim: int | None = None,
    keepdim: bool = False,
) -> Any:
    """Place of the smallest element: the first of equals; the first NaN if there is one.

    The arguments are those of `argmax`.

    Examples
    --------
    >>> import lucid
    >>> lucid.argmin(lucid.tensor([4, 1, 9]))
    Tensor(1)
    """
    axis = aliased(axis, dim, None, ("axis", "dim"), "argmin")
    return _place(np.argmin, x, axis, keepdims or keepdim, "argmin")
