"""What the operations share: axes, operands, and helpers that take arrays and tensors alike.

Backward rules are written once, with functions of this package, which return an array for arrays
and a tensor for tensors. So the same rule gives a plain gradient, or one with a graph of its own.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from lucid.autograd.broadcast import SumTo
from lucid.autograd.function import Function, call
from lucid.autograd.variable import Array, Variable
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.tensors.convert import as_array

__all__ = [
    "Axes",
    "aliased",
    "one_axis",
    "operand",
    "raw",
    "reduced_axes",
    "shape_of",
    "spread_array",
    "sum_to",
]

Axes: TypeAlias = "int | Sequence[int] | None"


def operand(x: Any, name: str) -> Any:
    """Make an operand: tensors and arrays as they are, anything else as `lucid.tensor` reads it."""
    if type(x) is np.ndarray or isinstance(x, Variable):
        return x
    return as_array(x, copy=False, name=name)


def raw(x: Any) -> Any:
    """Return the array of a tensor; anything else as it is."""
    return x._data if isinstance(x, Variable) else x


def shape_of(x: Any) -> tuple[int, ...]:
    """Return the shape of a tensor or an array."""
    shape: tuple[int, ...] = x._data.shape if isinstance(x, Variable) else x.shape
    return shape


def one_axis(axis: Any, ndim: int, name: str) -> int:
    """Turn an axis, which may count from the end, into one that counts from 0."""
    try:
        number = operator.index(axis)
    except TypeError:
        raise DtypeError(f"{name}: axis {axis!r} is no integer.") from None
    if not -ndim <= number < ndim:
        where = f"-{ndim} to {ndim - 1}" if ndim else "none"
        raise ShapeError(
            f"{name}: axis {number} is out of range for {ndim} axes. Those that exist: {where}."
        )
    return number + ndim if number < 0 else number


def reduced_axes(axis: Axes, ndim: int, name: str) -> tuple[int, ...]:
    """Turn the axes of a reduction into a tuple that counts from 0; None means all of them."""
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, (tuple, list)):
        axes = tuple([one_axis(a, ndim, name) for a in axis])
        if len(set(axes)) != len(axes):
            raise ShapeError(f"{name}: an axis is named twice in {tuple(axis)}. Name it once.")
        return axes
    return (one_axis(axis, ndim, name),)


def aliased(given: Any, alias: Any, default: Any, names: tuple[str, str], function: str) -> Any:
    """Merge an argument with its PyTorch name (``dim`` for ``axis``)."""
    if alias is None:
        return given
    if given is not default:
        raise ShapeError(
            f"{function}: {names[0]}={given!r} and {names[1]}={alias!r} are the same argument. "
            f"Pass {names[0]} alone."
        )
    return alias


def sum_to(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient down to the shape of a broadcast operand."""
    return gradient if shape_of(gradient) == shape else SumTo.apply(gradient, shape=shape)


def spread_array(array: Array, kept: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """Repeat along the axes that have length 1 in `kept`: a read-only view."""
    array = array.reshape(kept)
    if type(array) is not np.ndarray or not array.flags.c_contiguous:
        return np.broadcast_to(array, shape)
    # np.broadcast_to takes three microseconds, which is much beside a small kernel.
    strides = [s if k == n else 0 for s, k, n in zip(array.strides, kept, shape, strict=True)]
    view: Array = np.ndarray(shape, array.dtype, array, 0, strides)
    view.flags.writeable = False
    return view


def _misfit(source: Sequence[int], shape: Sequence[Any], name: str) -> ShapeError:
    """Return the error of a shape that has another number of elements."""
    return ShapeError(
        f"{name}: a tensor of shape {tuple(source)} with {math.prod(source)} elements does not fit "
        f"into shape {tuple(shape)}. The product of the lengths must stay the same; one of them "
        "may be -1."
    )


class Rekeep(Function):
    """The elements in another shape, in C order."""

    __slots__ = ("shape", "source", "title")

    view = True
    warns = False

    def __init__(self, shape: tuple[Any, ...], title: str = "reshape") -> None:
        self.shape = shape
        self.title = title

    @property
    def name(self) -> str:
        return self.title

    def forward(self, x: Any) -> Any:
        self.source = x.shape
        shape = self.shape
        try:
            # NumPy takes any negative number for -1.
            if not shape or min(shape) >= -1:
                return x.reshape(shape)
        except ValueError:
            pass
        raise _misfit(x.shape, shape, self.title)

    def backward(self, gradient: Any) -> Any:
        if type(gradient) is np.ndarray:
            return gradient.reshape(self.source)
        return call(Rekeep(self.source), (gradient,))
