"""Operations that put elements elsewhere: flip, roll, repeat, tile, triangles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.function import Function
from lucid.kernels.errors import ShapeError
from lucid.ops.common import Axes, one_axis, operand, reduced_axes, shape_of
from lucid.ops.shape import broadcast_to, flatten, reshape

__all__ = ["flip", "repeat", "repeat_interleave", "roll", "tile", "tril", "triu"]


class Flip(Function):
    """The order along some axes reversed."""

    __slots__ = ("axes",)

    view = True
    warns = False

    def __init__(self, axes: tuple[int, ...]) -> None:
        self.axes = axes

    def forward(self, x: Any) -> Any:
        return np.flip(x, self.axes)

    def backward(self, gradient: Any) -> Any:
        return Flip.apply(gradient, axes=self.axes)


class Roll(Function):
    """Elements moved along axes, those that leave at one end coming in at the other."""

    __slots__ = ("axes", "shifts")

    fresh = True

    def __init__(self, shifts: tuple[int, ...], axes: tuple[int, ...]) -> None:
        self.shifts = shifts
        self.axes = axes

    def forward(self, x: Any) -> Any:
        return np.roll(x, self.shifts, self.axes)

    def backward(self, gradient: Any) -> Any:
        return Roll.apply(gradient, shifts=tuple([-s for s in self.shifts]), axes=self.axes)


class Triangle(Function):
    """The lower or the upper triangle; zeros in the other one."""

    __slots__ = ("k", "lower")

    fresh = True

    def __init__(self, k: int, lower: bool) -> None:
        self.k = k
        self.lower = lower

    @property
    def name(self) -> str:
        return "tril" if self.lower else "triu"

    def forward(self, x: Any) -> Any:
        if x.ndim < 2:
            raise ShapeError(
                f"{self.name}: shape {x.shape} has no rows and columns. Pass two or more axes."
            )
        return np.tril(x, self.k) if self.lower else np.triu(x, self.k)

    def backward(self, gradient: Any) -> Any:
        return Triangle.apply(gradient, k=self.k, lower=self.lower)


def flip(x: Any, axis: Axes = None) -> Any:
    """Reverse the order along axes; a view.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    axis : int or tuple of int, optional
        Which axes; all where none is given.

    Raises
    ------
    ShapeError
        If an axis is out of range.

    Examples
    --------
    >>> import lucid
    >>> lucid.flip(lucid.arange(3))
    Tensor([2, 1, 0])
    """
    x = operand(x, "flip")
    return Flip.apply(x, axes=reduced_axes(axis, len(shape_of(x)), "flip"))


def roll(x: Any, shift: int | Sequence[int], axis: Axes = None) -> Any:
    """Move elements along axes; those that leave at one end come in at the other.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    shift : int or tuple of int
        How far, one number for each axis.
    axis : int or tuple of int, optional
        Which axes; where none is given, the elements are taken as one axis.

    Raises
    ------
    ShapeError
        If an axis is out of range, or the numbers of shifts and axes differ.

    Examples
    --------
    >>> import lucid
    >>> lucid.roll(lucid.arange(4), 1)
    Tensor([3, 0, 1, 2])
    """
    x = operand(x, "roll")
    shape = shape_of(x)
    if axis is None:
        return reshape(roll(flatten(x), shift, 0), shape)
    axes = reduced_axes(axis, len(shape), "roll")
    shifts = tuple(shift) if isinstance(shift, (tuple, list)) else (shift,) * len(axes)
    if len(shifts) != len(axes):
        raise ShapeError(f"roll: {len(shifts)} shifts for {len(axes)} axes. Give one for each.")
    return Roll.apply(x, shifts=shifts, axes=axes)


def tile(x: Any, *reps: int | Sequence[int]) -> Any:
    """Lay copies of the whole tensor side by side.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    *reps : int or tuple of int
        How many copies along each axis; counted from the last one, as in NumPy.

    Raises
    ------
    ShapeError
        If a number is negative.

    Examples
    --------
    >>> import lucid
    >>> lucid.tile(lucid.tensor([1, 2]), 2)
    Tensor([1, 2, 1, 2])
    """
    x = operand(x, "tile")
    counts: tuple[Any, ...] = tuple(
        reps[0] if len(reps) == 1 and isinstance(reps[0], (tuple, list)) else reps
    )
    if any(count < 0 for count in counts):
        raise ShapeError(f"tile: a number of copies can't be negative, got {counts}.")
    shape = shape_of(x)
    ndim = max(len(shape), len(counts))
    lengths = (1,) * (ndim - len(shape)) + shape
    counts = (1,) * (ndim - len(counts)) + counts
    # One new axis before each: repeating along it is a broadcast, and the gradient its sum.
    apart = [n for length in lengths for n in (1, length)]
    wide = [n for pair in zip(counts, lengths, strict=True) for n in pair]
    whole = tuple([count * n for count, n in zip(counts, lengths, strict=True)])
    return reshape(broadcast_to(reshape(x, apart), wide), whole)


def repeat(x: Any, repeats: int, axis: int | None = None, *, dim: int | None = None) -> Any:
    """Repeat each element, as NumPy and the array API do; copies of the whole are `tile`.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    repeats : int
        How often.
    axis : int, optional
        Along which axis; where none is given, the elements are taken as one axis. ``dim`` is the
        same.

    Raises
    ------
    ShapeError
        If the axis is out of range or the number is negative.

    Examples
    --------
    >>> import lucid
    >>> lucid.repeat(lucid.tensor([1, 2]), 2)
    Tensor([1, 1, 2, 2])
    """
    x = operand(x, "repeat")
    axis = dim if axis is None else axis
    if axis is None:
        x, axis = flatten(x), 0
    if repeats < 0:
        raise ShapeError(f"repeat: the number of repeats can't be negative, got {repeats}.")
    shape = shape_of(x)
    place = one_axis(axis, len(shape), "repeat")
    before, length, after = shape[:place], shape[place], shape[place + 1 :]
    wide = broadcast_to(
        reshape(x, (*before, length, 1, *after)), (*before, length, repeats, *after)
    )
    return reshape(wide, (*before, length * repeats, *after))


def repeat_interleave(x: Any, repeats: int, dim: int | None = None) -> Any:
    """Repeat each element; `repeat` with PyTorch's name.

    Examples
    --------
    >>> import lucid
    >>> lucid.repeat_interleave(lucid.tensor([1, 2]), 2)
    Tensor([1, 1, 2, 2])
    """
    return repeat(x, repeats, dim)


def tril(x: Any, k: int = 0) -> Any:
    """Keep the lower triangle of the last two axes, zeros above.

    Parameters
    ----------
    x : Tensor or array
        The operand, of two or more axes.
    k : int, optional
        The highest diagonal that is kept: 0 the main one, positive above it.

    Raises
    ------
    ShapeError
        If there are fewer than two axes.

    Examples
    --------
    >>> import lucid
    >>> lucid.tril(lucid.ones(2, 2))
    Tensor([[1.0, 0.0],
            [1.0, 1.0]])
    """
    return Triangle.apply(operand(x, "tril"), k=k, lower=True)


def triu(x: Any, k: int = 0) -> Any:
    """Keep the upper triangle of the last two axes, zeros below.

    Parameters
    ----------
    x : Tensor or array
        The operand, of two or more axes.
    k : int, optional
        The lowest diagonal that is kept: 0 the main one, positive above it.

    Raises
    ------
    ShapeError
        If there are fewer than two axes.

    Examples
    --------
    >>> import lucid
    >>> lucid.triu(lucid.ones(2, 2), 1)
    Tensor([[0.0, 1.0],
            [0.0, 0.0]])
    """
    return Triangle.apply(operand(x, "triu"), k=k, lower=False)
