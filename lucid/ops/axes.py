"""Operations that change the order of the axes: views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.function import Function, call
from lucid.kernels.errors import ShapeError
from lucid.ops.common import Axes, one_axis, operand, reduced_axes, shape_of

__all__ = [
    "matrix_transpose",
    "moveaxis",
    "permute",
    "permute_dims",
    "swapaxes",
    "transpose",
]


class Permute(Function):
    """The axes in another order; the opposite one where none is given."""

    __slots__ = ("axes",)

    view = True
    warns = False

    def __init__(self, axes: tuple[int, ...] | None) -> None:
        self.axes = axes

    def forward(self, x: Any) -> Any:
        if self.axes is None:
            return x.transpose()
        try:
            return x.transpose(self.axes)
        except (TypeError, ValueError):
            raise _wrong_order(self.axes, x.ndim) from None

    def backward(self, gradient: Any) -> Any:
        if self.axes is None:
            return call(Permute(None), (gradient,))
        inverse = [0] * len(self.axes)
        for position, axis in enumerate(self.axes):
            inverse[axis] = position
        if type(gradient) is np.ndarray:
            return gradient.transpose(inverse)
        return call(Permute(tuple(inverse)), (gradient,))


def _wrong_order(axes: Sequence[Any], ndim: int) -> Exception:
    for axis in axes:
        one_axis(axis, ndim, "permute_dims")
    return ShapeError(
        f"permute_dims: {tuple(axes)} is no permutation of the {ndim} axes. Name each once."
    )


def permute_dims(x: Any, axes: Sequence[int]) -> Any:
    """Put the axes into another order; a view.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    axes : tuple of int
        A permutation of its axes.

    Raises
    ------
    ShapeError
        If `axes` is no permutation.

    Examples
    --------
    >>> import lucid
    >>> lucid.permute_dims(lucid.zeros(2, 3, 4), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return call(Permute(tuple(axes)), (operand(x, "permute_dims"),))


def permute(x: Any, *dims: int | Sequence[int]) -> Any:
    """Put the axes into another order; `permute_dims` with PyTorch's name and ``permute(x, 1, 0)``.

    Examples
    --------
    >>> import lucid
    >>> lucid.permute(lucid.zeros(2, 3), 1, 0).shape
    (3, 2)
    """
    order: Any = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    return permute_dims(x, order)


def transpose(x: Any, *axes: Any) -> Any:
    """Swap two axes, or put all of them into another order; a view.

    ``transpose(x)`` reverses the axes, ``transpose(x, (2, 0, 1))`` is `permute_dims` (both as in
    NumPy), ``transpose(x, 0, 1)`` swaps two (as in PyTorch).

    Raises
    ------
    ShapeError
        If an axis is out of range.

    Examples
    --------
    >>> import lucid
    >>> lucid.transpose(lucid.zeros(2, 3, 4)).shape
    (4, 3, 2)
    >>> lucid.transpose(lucid.zeros(2, 3, 4), -1, -2).shape
    (2, 4, 3)
    """
    x = operand(x, "transpose")
    if not axes or axes == (None,):
        return call(Permute(None), (x,))
    if len(axes) == 1:
        return permute_dims(x, axes[0])
    if len(axes) != 2:
        raise ShapeError(
            f"transpose: got {len(axes)} axes. Pass two to swap, a tuple with all of them, or none."
        )
    return swapaxes(x, axes[0], axes[1])


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Swap two axes; a view.

    Examples
    --------
    >>> import lucid
    >>> lucid.swapaxes(lucid.zeros(2, 3, 4), 0, 2).shape
    (4, 3, 2)
    """
    x = operand(x, "swapaxes")
    ndim = len(shape_of(x))
    first, second = one_axis(axis1, ndim, "swapaxes"), one_axis(axis2, ndim, "swapaxes")
    order = list(range(ndim))
    order[first], order[second] = second, first
    return Permute.apply(x, axes=tuple(order))


def matrix_transpose(x: Any) -> Any:
    """Swap the last two axes; a view.

    Raises
    ------
    ShapeError
        If there are fewer than two axes.

    Examples
    --------
    >>> import lucid
    >>> lucid.matrix_transpose(lucid.zeros(5, 2, 3)).shape
    (5, 3, 2)
    """
    x = operand(x, "matrix_transpose")
    if len(shape_of(x)) < 2:
        raise ShapeError(
            f"matrix_transpose: shape {shape_of(x)} has no two axes to swap. Use x.reshape(1, -1) "
            "for a row."
        )
    return swapaxes(x, -2, -1)


def moveaxis(x: Any, source: Axes, destination: Axes) -> Any:
    """Move axes to other places; the others keep their order. A view.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    source, destination : int or tuple of int
        Where the axes are, and where they go.

    Raises
    ------
    ShapeError
        If an axis is out of range or named twice, or the numbers of axes differ.

    Examples
    --------
    >>> import lucid
    >>> lucid.moveaxis(lucid.zeros(2, 3, 4), 0, -1).shape
    (3, 4, 2)
    """
    x = operand(x, "moveaxis")
    ndim = len(shape_of(x))
    origins = reduced_axes(source, ndim, "moveaxis")
    goals = reduced_axes(destination, ndim, "moveaxis")
    if len(origins) != len(goals):
        raise ShapeError(f"moveaxis: {len(origins)} axes can't go to {len(goals)} places.")
    order = [axis for axis in range(ndim) if axis not in origins]
    for goal, origin in sorted(zip(goals, origins, strict=True)):
        order.insert(goal, origin)
    return Permute.apply(x, axes=tuple(order))
