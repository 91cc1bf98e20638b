"""Spread and length: var, std, norm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lucid import kernels
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.ops.common import Axes, raw, shape_of, spread
from lucid.ops.extreme import max, min
from lucid.ops.logical import count_nonzero
from lucid.ops.reduce import Reduction, mean, reduction, sum

__all__ = ["norm", "std", "var"]


class Var(Reduction):
    """The mean squared distance from the mean."""

    __slots__ = ("correction",)

    fresh = True

    def __init__(self, axes: tuple[int, ...], keepdims: bool, correction: float) -> None:
        super().__init__(axes, keepdims)
        self.correction = correction

    def divisor(self) -> float:
        """Return the number of elements less the correction."""
        return self.count() - self.correction

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,))
        self.shape = x.shape
        return np.var(x, axis=self.axes, keepdims=self.keepdims, ddof=self.correction)

    def backward(self, gradient: Any) -> Any:
        (x,) = self.saved
        centred = x - mean(x, self.axes, True)
        return centred * spread(gradient * (2.0 / self.divisor()), self.axes, self.shape)


class Std(Var):
    """The square root of the variance, with gradient 0 where all elements are the same."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,), outputs=(0,))
        self.shape = x.shape
        return np.std(x, axis=self.axes, keepdims=self.keepdims, ddof=self.correction)

    def backward(self, gradient: Any) -> Any:
        x, result = self.saved
        centred = x - mean(x, self.axes, True)
        share = gradient / (_nonzero(result) * self.divisor())
        return centred * spread(share, self.axes, self.shape)


class Norm(Reduction):
    """The Euclidean length, with gradient 0 at 0."""

    __slots__ = ()

    fresh = True

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,), outputs=(0,))
        self.shape = x.shape
        return np.sqrt(self.fold(np.add, np.square(x)))

    def backward(self, gradient: Any) -> Any:
        x, result = self.saved
        return x * spread(gradient / _nonzero(result), self.axes, self.shape)


def _nonzero(x: Any) -> Any:
    """Put ones where `x` is zero, so that what is divided by it stays zero there."""
    return kernels.where(raw(x) == 0, 1.0, x)


def _float_operand(x: Any, name: str) -> Any:
    if raw(x).dtype.kind != "f":
        raise DtypeError(
            f"{name}: expected floating-point numbers, got {raw(x).dtype}. Convert first: "
            "x.to('float32')."
        )
    return x


def var(
    x: Any,
    axis: Axes = None,
    keepdims: bool = False,
    *,
    correction: float = 0.0,
    dim: Axes = None,
    keepdim: bool = False,
) -> Any:
    """Variance over axes: ``sum((x - mean(x))**2) / (n - correction)``.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.
    correction : float, optional
        0 for the variance of these numbers (NumPy's default), 1 for the estimate from a sample
        (PyTorch's default).

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If an axis is out of range or named twice, or there are no more elements than `correction`.

    Examples
    --------
    >>> import lucid
    >>> lucid.var(lucid.tensor([1.0, 3.0]))
    Tensor(1.0)
    """
    x, axes = reduction(x, axis, dim, "var")
    _check_count(x, axes, correction, "var")
    return Var.apply(x, axes=axes, keepdims=keepdims or keepdim, correction=correction)


def _check_count(x: Any, axes: tuple[int, ...], correction: float, name: str) -> None:
    _float_operand(x, name)
    count = math.prod([shape_of(x)[a] for a in axes])
    if count <= correction:
        raise ShapeError(
            f"{name}: {count} elements along axes {axes} of shape {shape_of(x)}, but more than "
            f"correction={correction} are needed."
        )


def std(
    x: Any,
    axis: Axes = None,
    keepdims: bool = False,
    *,
    correction: float = 0.0,
    dim: Axes = None,
    keepdim: bool = False,
) -> Any:
    """Take the standard deviation: the square root of `var`, with the same arguments.

    The gradient is 0 where all elements are the same.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If an axis is out of range or named twice, or there are no more elements than `correction`.

    Examples
    --------
    >>> import lucid
    >>> lucid.std(lucid.tensor([1.0, 5.0]))
    Tensor(2.0)
    """
    x, axes = reduction(x, axis, dim, "std")
    _check_count(x, axes, correction, "std")
    return Std.apply(x, axes=axes, keepdims=keepdims or keepdim, correction=correction)


def norm(
    x: Any,
    ord: float = 2,
    axis: Axes = None,
    keepdims: bool = False,
    *,
    dim: Axes = None,
    keepdim: bool = False,
) -> Any:
    """Length of vectors: ``sum(abs(x)**ord)**(1/ord)`` over axes.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    ord : float, optional
        The order: 2 is the Euclidean length, ``inf`` the largest and ``-inf`` the smallest absolute
        value, 0 the number of elements that are not zero.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If an axis is out of range or named twice.

    Notes
    -----
    The gradient of the Euclidean length is 0 at the zero vector. The array API's
    ``linalg.vector_norm``.

    Examples
    --------
    >>> import lucid
    >>> lucid.norm(lucid.tensor([3.0, 4.0]))
    Tensor(5.0)
    """
    x, axes = reduction(x, axis, dim, "norm")
    _float_operand(x, "norm")
    keep = keepdims or keepdim
    if ord == 2:
        return Norm.apply(x, axes=axes, keepdims=keep)
    if ord == 0:
        return count_nonzero(x, axes, keep).astype(raw(x).dtype)
    sizes = kernels.abs(x)
    if ord == 1:
        return sum(sizes, axes, keep)
    if math.isinf(ord):
        return max(sizes, axes, keep) if ord > 0 else min(sizes, axes, keep)
    return kernels.pow(sum(kernels.pow(sizes, float(ord)), axes, keep), 1.0 / ord)
