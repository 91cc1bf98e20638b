"""logsumexp, softmax and log_softmax: each one node, stable for any finite numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lucid import kernels
from lucid.autograd.function import Function
from lucid.autograd.variable import Array
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.ops.common import Axes, aliased, one_axis, operand, raw, shape_of, spread
from lucid.ops.reduce import Reduction, reduction, sum

__all__ = ["log_softmax", "logsumexp", "softmax"]


def shifted(x: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """Subtract the largest element, so that no exponential overflows; it is returned too.

    Where it is infinite nothing is subtracted: infinity less infinity is NaN.
    """
    largest = np.maximum.reduce(x, axis=axes, keepdims=True)
    if not (
        math.isfinite(np.maximum.reduce(largest, axis=None))
        and math.isfinite(np.minimum.reduce(largest, axis=None))
    ):
        largest = np.where(np.isinf(largest), x.dtype.type(0), largest)
    return np.subtract(x, largest), largest


class LogSumExp(Reduction):
    """``log(sum(exp(x)))`` over axes."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,), outputs=(0,))
        self.shape = x.shape
        rest, largest = shifted(x, self.axes)
        total = np.add.reduce(np.exp(rest), axis=self.axes, keepdims=True)
        result = np.log(total) + largest
        return result if self.keepdims else np.squeeze(result, self.axes)

    def backward(self, gradient: Any) -> Any:
        x, result = self.saved
        # Where every element is -inf, so is the result, and no element moves it.
        steady = kernels.where(np.isneginf(raw(result)), 0.0, result)
        share = kernels.exp(x - spread(steady, self.axes, self.shape))
        return share * spread(gradient, self.axes, self.shape)


class Softmax(Function):
    """``exp(x) / sum(exp(x))`` along an axis."""

    __slots__ = ("axis",)

    fresh = True

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def forward(self, x: Any) -> Any:
        self.save(outputs=(0,))
        result, _ = shifted(x, (self.axis,))
        np.exp(result, out=result)
        total = np.add.reduce(result, axis=self.axis, keepdims=True)
        return np.divide(result, total, out=result)

    def backward(self, gradient: Any) -> Any:
        (result,) = self.saved
        return result * (gradient - sum(gradient * result, self.axis, True))


class LogSoftmax(Function):
    """``x - log(sum(exp(x)))`` along an axis."""

    __slots__ = ("axis",)

    fresh = True

    def __init__(self, axis: int) -> None:
        self.axis = axis

    @property
    def name(self) -> str:
        return "log_softmax"

    def forward(self, x: Any) -> Any:
        self.save(outputs=(0,))
        rest, _ = shifted(x, (self.axis,))
        total = np.add.reduce(np.exp(rest), axis=self.axis, keepdims=True)
        return np.subtract(rest, np.log(total), out=rest)

    def backward(self, gradient: Any) -> Any:
        (result,) = self.saved
        return gradient - kernels.exp(result) * sum(gradient, self.axis, True)


def _floating(x: Any, name: str) -> Any:
    x = operand(x, name)
    if raw(x).dtype.kind != "f":
        raise DtypeError(
            f"{name}: expected floating-point numbers, got {raw(x).dtype}. Convert first: "
            "x.to('float32')."
        )
    return x


def logsumexp(
    x: Any, axis: Axes = None, keepdims: bool = False, *, dim: Axes = None, keepdim: bool = False
) -> Any:
    """``log(sum(exp(x)))`` over axes, without overflow.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If an axis is out of range, named twice, or has no elements.

    Notes
    -----
    NaN goes through; infinity gives infinity, with NaN as its gradient; -infinity everywhere gives
    -infinity, with gradient 0.

    Examples
    --------
    >>> import lucid
    >>> lucid.logsumexp(lucid.tensor([1000.0, 1000.0]))
    Tensor(1000.6932)
    """
    x, axes = reduction(_floating(x, "logsumexp"), axis, dim, "logsumexp")
    _check_elements(shape_of(x), axes, "logsumexp")
    return LogSumExp.apply(x, axes=axes, keepdims=keepdims or keepdim)


def _check_elements(shape: tuple[int, ...], axes: tuple[int, ...], name: str) -> None:
    for axis in axes:
        if shape[axis] == 0:
            raise ShapeError(
                f"{name}: axis {axis} of shape {shape} has no elements. Check for x.size == 0 "
                "first."
            )


def _along(x: Any, axis: int, dim: int | None, name: str) -> tuple[Any, int]:
    x = _floating(x, name)
    axis = aliased(axis, dim, -1, ("axis", "dim"), name)
    place = one_axis(axis, len(shape_of(x)), name)
    _check_elements(shape_of(x), (place,), name)
    return x, place


def softmax(x: Any, axis: int = -1, *, dim: int | None = None) -> Any:
    """``exp(x) / sum(exp(x))`` along an axis.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    axis : int, optional
        Which axis; the last one where none is given. ``dim`` is the same.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If the axis is out of range or has no elements.

    Notes
    -----
    NaN goes through to the whole axis. -infinity gives 0; where all elements are -infinity, or one
    is infinity, the result is NaN.

    Examples
    --------
    >>> import lucid
    >>> lucid.softmax(lucid.tensor([0.0, 0.0, -1000.0]))
    Tensor([0.5, 0.5, 0.0])
    """
    x, place = _along(x, axis, dim, "softmax")
    return Softmax.apply(x, axis=place)


def log_softmax(x: Any, axis: int = -1, *, dim: int | None = None) -> Any:
    """``x - log(sum(exp(x)))`` along an axis: the logarithm of `softmax`, also where that is 0.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    axis : int, optional
        Which axis; the last one where none is given. ``dim`` is the same.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If the axis is out of range or has no elements.

    Notes
    -----
    NaN and infinities as for `softmax`.

    Examples
    --------
    >>> import lucid
    >>> lucid.log_softmax(lucid.tensor([0.0, -1000.0]))
    Tensor([0.0, -1000.0])
    """
    x, place = _along(x, axis, dim, "log_softmax")
    return LogSoftmax.apply(x, axis=place)
