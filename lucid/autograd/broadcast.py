"""Broadcasting and its reverse: every operand's gradient has the operand's own shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.function import Function
from lucid.autograd.variable import Array
from lucid.kernels.errors import ShapeError
from lucid.kernels.launch.fold_array import fold_array

__all__ = ["BroadcastTo", "SumTo", "fit", "fit_array", "sum_to_array"]


def sum_to_array(array: Array, shape: tuple[int, ...]) -> Array:
    """Sum `array` over the axes along which an operand of shape `shape` was broadcast."""
    return fold_array(array, shape, dtype=array.dtype)


def fit_array(array: Array, full: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """Bring a gradient to `shape`, that of the operand; always a new array.

    `full` is the shape of the call's result. A gradient that reads no array (that of ``floor`` is
    zero everywhere) arrives smaller than that.
    """
    if array.shape != full:
        array = np.broadcast_to(array, full)
    return array.copy() if full == shape else sum_to_array(array, shape)


def fit(gradient: Any, full: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """`fit_array` on a tensor, recorded."""
    if gradient._data.shape == shape:
        return gradient
    if gradient._data.shape != full:
        gradient = BroadcastTo.apply(gradient, shape=full)
    return gradient if full == shape else SumTo.apply(gradient, shape=shape)


class SumTo(Function):
    """Sum over the axes that broadcasting from `shape` repeats."""

    __slots__ = ("full", "shape")

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def forward(self, x: Any) -> Any:
        self.full = x.shape
        return sum_to_array(x, self.shape)

    def backward(self, gradient: Any) -> Any:
        return BroadcastTo.apply(gradient, shape=self.full)


class BroadcastTo(Function):
    """Repeat along new axes and axes of length one, without a copy; the result is read-only."""

    __slots__ = ("shape", "source")

    view = True
    warns = False
    fresh = True

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    @property
    def name(self) -> str:
        return "broadcast_to"

    def forward(self, x: Any) -> Any:
        self.source = np.shape(x)
        try:
            return np.broadcast_to(x, self.shape)
        except ValueError:
            raise ShapeError(
                f"broadcast_to: shape {self.source} can't be broadcast to {self.shape}. Compared "
                "from the right, each axis must have the same length or length 1."
            ) from None

    def backward(self, gradient: Any) -> Any:
        return SumTo.apply(gradient, shape=self.source)
