"""Sums and products over axes: sum, mean, prod.

Sums and means are folds of a kernel (`lucid.kernels.launch.fold_array`): float32 is added up in
float32 by the thousand and in float64 beyond that, float16 in float32.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from lucid import kernels
from lucid.autograd.broadcast import BroadcastTo
from lucid.autograd.function import Function, call
from lucid.autograd.joined_fold import wait_for_fold
from lucid.autograd.taped import taped
from lucid.autograd.variable import Array, Variable
from lucid.kernels.launch.fold_array import fold_array
from lucid.kernels.launch.taping import run_flat
from lucid.ops.axes import moveaxis
from lucid.ops.common import (
    Axes,
    Rekeep,
    aliased,
    operand,
    reduced_axes,
    shape_of,
    spread_array,
)
from lucid.ops.shape import expand_dims, reshape
from lucid.tensors import WaitingTensor
from lucid.tensors.convert import as_dtype

__all__ = ["Reduction", "Span", "mean", "mean_dtype", "prod", "reduction", "sum"]


class Span(NamedTuple):
    """The shapes of a reduction.

    Attributes
    ----------
    axes
        The axes that are folded, counted from 0.
    full, kept, final
        The operand's shape, that shape with 1 in the place of the folded axes, and the result's.
    elements
        How many go into each result.
    """

    axes: tuple[int, ...]
    full: tuple[int, ...]
    kept: tuple[int, ...]
    final: tuple[int, ...]
    elements: int


@lru_cache(maxsize=1024, typed=True)
def _span(full: tuple[int, ...], axis: Any, keepdims: bool, name: str) -> Span:
    axes = reduced_axes(axis, len(full), name)
    kept = tuple([1 if axis in axes else n for axis, n in enumerate(full)])
    rest = tuple([n for axis, n in enumerate(full) if axis not in axes])
    count = math.prod([full[axis] for axis in axes])
    return Span(axes, full, kept, kept if keepdims else rest, count)


def reduction(x: Any, axis: Axes, dim: Axes, keepdims: bool, name: str) -> tuple[Any, Span]:
    """Read the operand and the axes of a reduction."""
    x = operand(x, name)
    if dim is not None:
        axis = aliased(axis, dim, None, ("axis", "dim"), name)
    # A list can't be looked up.
    return x, _span(shape_of(x), tuple(axis) if type(axis) is list else axis, keepdims, name)


class Reduction(Function):
    """Base of what folds over axes."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        self.span = span

    def fold(self, fold: str, x: Array, dtype: Any = None) -> Array:
        """Fold over the axes; see `lucid.kernels.launch.fold_array`."""
        return fold_array(x, self.span.kept, fold, dtype).reshape(self.span.final)

    def spread(self, gradient: Any) -> Any:
        """Repeat a gradient along the folded axes, without a copy."""
        kept, full = self.span.kept, self.span.full
        if isinstance(gradient, Variable):
            return BroadcastTo.apply(Rekeep.apply(gradient, shape=kept), shape=full)
        return spread_array(gradient, kept, full)


class Sum(Reduction):
    """The sum over axes."""

    __slots__ = ()

    warns = False

    def forward(self, x: Any) -> Any:
        return self.fold("add", x)

    def backward(self, gradient: Any) -> Any:
        return self.spread(gradient)


class Mean(Reduction):
    """The mean over axes."""

    __slots__ = ()

    warns = False

    def forward(self, x: Any) -> Any:
        wide = mean_dtype(x.dtype)
        half = x.dtype if x.dtype == np.float16 else None
        return run_flat(
            kernels.divide, (self.fold("add", x, wide), float(self.span.elements)), half
        )

    def backward(self, gradient: Any) -> Any:
        return self.spread(gradient * (1.0 / self.span.elements))


def mean_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype in which a mean is computed: integers in float64, float16 in float32."""
    if dtype.kind != "f":
        return np.dtype(np.float64)
    return np.dtype(np.float32) if dtype == np.float16 else dtype


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


@taped
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
    NaN and infinities go through. float32 is added up in float32 by the thousand and in float64
    beyond that (along the first axis in float32), float64 with the rests of its roundings, float16
    in float32: as exact as NumPy's pairwise sum, or more so.

    Examples
    --------
    >>> import lucid
    >>> lucid.sum(lucid.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4.0, 6.0])
    """
    if type(x) is WaitingTensor and dtype is None:
        axes = axis if dim is None else dim
        return wait_for_fold(x, axes, keepdims or keepdim, False, sum)
    x, span = reduction(x, axis, dim, keepdims or keepdim, "sum")
    return call(Sum(span), (_converted(x, dtype, "sum"),))


def _converted(x: Any, dtype: Any, name: str) -> Any:
    if dtype is None:
        return x
    return x.astype(as_dtype(dtype, name))


@taped
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
    if type(x) is WaitingTensor and dtype is None:
        axes = axis if dim is None else dim
        return wait_for_fold(x, axes, keepdims or keepdim, True, mean)
    x, span = reduction(x, axis, dim, keepdims or keepdim, "mean")
    return call(Mean(span), (_converted(x, dtype, "mean"),))


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
    x, span = reduction(x, axis, dim, keepdims or keepdim, "prod")
    axes, rank = span.axes, len(span.full)
    rest = tuple([n for a, n in enumerate(span.full) if a not in axes])
    moved = moveaxis(x, axes, tuple(range(len(rest), rank))) if axes else x
    return reshape(Prod.apply(reshape(moved, (*rest, span.elements))), span.final)
