"""Sums and products over axes: sum, mean, prod, cumsum.

Accumulation is NumPy's: along the fastest axis pairwise in the dtype of the elements (float16 in
float32), along the others one after the other.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lucid import kernels
from lucid.autograd.function import Function
from lucid.autograd.variable import Array, Variable
from lucid.ops.axes import moveaxis
from lucid.ops.common import (
    Axes,
    aliased,
    one_axis,
    operand,
    reduced_axes,
    shape_of,
    spread,
)
from lucid.ops.rearrange import flip
from lucid.ops.shape import expand_dims, flatten, reshape
from lucid.tensors.convert import as_dtype

__all__ = ["Reduction", "cumsum", "mean", "prod", "reduction", "sum"]


class Reduction(Function):
    """Base: the axes, and whether they stay with length 1."""

    __slots__ = ("axes", "keepdims", "shape")

    axes: tuple[int, ...]
    keepdims: bool
    shape: tuple[int, ...]

    def __init__(self, axes: tuple[int, ...], keepdims: bool = False) -> None:
        self.axes = axes
        self.keepdims = keepdims

    def count(self) -> int:
        """Return how many elements go into each result."""
        return math.prod([self.shape[axis] for axis in self.axes])

    def fold(self, ufunc: Any, x: Array, dtype: Any = None) -> Any:
        """Reduce with a ufunc over the axes."""
        return ufunc.reduce(x, axis=self.axes, keepdims=self.keepdims, dtype=dtype)


class Sum(Reduction):
    """The sum over axes."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        self.shape = x.shape
        return self.fold(np.add, x)

    def backward(self, gradient: Any) -> Any:
        return spread(gradient, self.axes, self.shape)


class Mean(Reduction):
    """The mean over axes."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        self.shape = x.shape
        wide = {"f": np.float32 if x.dtype == np.float16 else x.dtype}.get(x.dtype.kind, np.float64)
        total = self.fold(np.add, x, wide)
        result = np.asarray(total / np.asarray(self.count(), wide))
        return result.astype(np.float16) if x.dtype == np.float16 else result

    def backward(self, gradient: Any) -> Any:
        return spread(gradient * (1.0 / self.count()), self.axes, self.shape)


class Prod(Function):
    """The product along the last axis."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,))
        return np.multiply.reduce(x, axis=-1)

    def backward(self, gradient: Any) -> Any:
        (x,) = self.saved
        return expand_dims(gradient, -1) * _others(x)


def _others(x: Any) -> Any:
    """For each element the product of the others along the last axis; zeros need no division."""
    if not isinstance(x, Variable):
        before = np.ones_like(x)
        after = np.ones_like(x)
        np.multiply.accumulate(x[..., :-1], axis=-1, out=before[..., 1:])
        np.multiply.accumulate(x[..., :0:-1], axis=-1, out=after[..., -2::-1])
        return before * after
    length = shape_of(x)[-1]
    return Prod.apply(kernels.where(np.eye(length, dtype=bool), 1.0, expand_dims(x, -2)))


class Cumsum(Function):
    """The running sum along an axis."""

    __slots__ = ("axis",)

    fresh = True

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def forward(self, x: Any) -> Any:
        return np.cumsum(x, self.axis)

    def backward(self, gradient: Any) -> Any:
        turned = flip(gradient, self.axis)
        return flip(Cumsum.apply(turned, axis=self.axis), self.axis)


def reduction(x: Any, axis: Axes, dim: Axes, name: str) -> tuple[Any, tuple[int, ...]]:
    """Read the operand and the axes of a reduction."""
    x = operand(x, name)
    if dim is not None:
        axis = aliased(axis, dim, None, ("axis", "dim"), name)
    return x, reduced_axes(axis, len(shape_of(x)), name)


def sum(
    x: Any,
    axis: Axes = None,
    keepdims: bool = False,
    *,
    dtype: Any = None,
    dim: Axes = None,
    keepdim: bool = False,
) -> Any:
    """Sum over axes; an empty sum is 0.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.
    dtype : dtype, optional
        Convert to this dtype first. Integers and booleans are summed in 64 bits.

    Raises
    ------
    ShapeError
        If an axis is out of range or named twice.

    Notes
    -----
    NaN and infinities go through. Pairwise along the fastest axis, as NumPy's ``sum``.

    Examples
    --------
    >>> import lucid
    >>> lucid.sum(lucid.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4.0, 6.0])
    """
    x, axes = reduction(x, axis, dim, "sum")
    return Sum.apply(_converted(x, dtype, "sum"), axes=axes, keepdims=keepdims or keepdim)


def _converted(x: Any, dtype: Any, name: str) -> Any:
    if dtype is None:
        return x
    return x.astype(as_dtype(dtype, name))


def mean(
    x: Any,
    axis: Axes = None,
    keepdims: bool = False,
    *,
    dtype: Any = None,
    dim: Axes = None,
    keepdim: bool = False,
) -> Any:
    """Mean over axes; NaN where there is no element.

    Parameters
    ----------
    x : Tensor or array
        The operand. Integers and booleans give float64.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.
    dtype : dtype, optional
        Convert to this dtype first.

    Raises
    ------
    ShapeError
        If an axis is out of range or named twice.

    Examples
    --------
    >>> import lucid
    >>> lucid.mean(lucid.tensor([1.0, 2.0, 6.0]))
    Tensor(3.0)
    """
    x, axes = reduction(x, axis, dim, "mean")
    return Mean.apply(_converted(x, dtype, "mean"), axes=axes, keepdims=keepdims or keepdim)


def prod(
    x: Any, axis: Axes = None, keepdims: bool = False, *, dim: Axes = None, keepdim: bool = False
) -> Any:
    """Product over axes; an empty product is 1.

    Parameters
    ----------
    x : Tensor or array
        The operand. Integers and booleans are multiplied in 64 bits.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.

    Raises
    ------
    ShapeError
        If an axis is out of range or named twice.

    Notes
    -----
    The gradient of an element is the product of the others, also where elements are zero.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([2.0, 0.0, 3.0], requires_grad=True)
    >>> lucid.prod(x).backward()
    >>> print(x.grad)
    [0.0, 6.0, 0.0]
    """
    x, axes = reduction(x, axis, dim, "prod")
    shape = shape_of(x)
    rest = tuple([n for a, n in enumerate(shape) if a not in axes])
    moved = moveaxis(x, axes, tuple(range(len(rest), len(shape)))) if axes else x
    count = math.prod([shape[a] for a in axes])
    result = Prod.apply(reshape(moved, (*rest, count)))
    if not (keepdims or keepdim):
        return result
    return reshape(result, tuple([1 if a in axes else n for a, n in enumerate(shape)]))


def cumsum(x: Any, axis: int | None = None, *, dtype: Any = None, dim: int | None = None) -> Any:
    """Sum along an axis step by step.

    Parameters
    ----------
    x : Tensor or array
        The operand. Integers and booleans are summed in 64 bits.
    axis : int, optional
        Which axis; where none is given, the elements are taken as one. ``dim`` is the same.
    dtype : dtype, optional
        Convert to this dtype first.

    Raises
    ------
    ShapeError
        If the axis is out of range.

    Examples
    --------
    >>> import lucid
    >>> lucid.cumsum(lucid.tensor([1, 2, 3]))
    Tensor([1, 3, 6])
    """
    x = _converted(operand(x, "cumsum"), dtype, "cumsum")
    axis = aliased(axis, dim, None, ("axis", "dim"), "cumsum")
    if axis is None:
        x, axis = flatten(x), 0
    return Cumsum.apply(x, axis=one_axis(axis, len(shape_of(x)), "cumsum"))
