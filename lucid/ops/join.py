"""Putting tensors together and taking them apart: concatenate, stack, split, chunk, unbind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.function import Function
from lucid.kernels.errors import ShapeError
from lucid.ops.common import aliased, one_axis, operand, shape_of
from lucid.ops.shape import expand_dims, flatten, squeeze

__all__ = ["cat", "chunk", "concat", "concatenate", "split", "stack", "unbind", "unstack"]


class Concatenate(Function):
    """Arrays one after the other along an axis."""

    __slots__ = ("axis", "sizes")

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def forward(self, *parts: Any) -> Any:
        self.sizes = tuple([part.shape[self.axis] for part in parts])
        return np.concatenate(parts, self.axis)

    def backward(self, gradient: Any) -> Any:
        return Split.apply(gradient, sizes=self.sizes, axis=self.axis)


class Split(Function):
    """Neighbouring pieces of given sizes along an axis; views."""

    __slots__ = ("axis", "sizes")

    view = True
    fresh = True

    def __init__(self, sizes: tuple[int, ...], axis: int) -> None:
        self.sizes = sizes
        self.axis = axis

    def forward(self, x: Any) -> Any:
        before = (slice(None),) * self.axis
        pieces = []
        start = 0
        for size in self.sizes:
            pieces.append(x[(*before, slice(start, start + size))])
            start += size
        return tuple(pieces)

    def backward(self, *gradients: Any) -> Any:
        return Concatenate.apply(*gradients, axis=self.axis)


def concatenate(arrays: Sequence[Any], axis: int | None = 0, *, dim: int | None = None) -> Any:
    """Put tensors one after the other along an axis they have; also ``concat`` and ``cat``.

    Parameters
    ----------
    arrays : sequence of Tensor or array
        At least one; their shapes differ along `axis` at most.
    axis : int, optional
        Which axis; with None, the elements of each are taken as one axis. ``dim`` is the same.

    Raises
    ------
    ShapeError
        If there is nothing to put together, or the shapes do not fit.

    Examples
    --------
    >>> import lucid
    >>> lucid.concatenate([lucid.tensor([1, 2]), lucid.tensor([3])])
    Tensor([1, 2, 3])
    """
    parts = [operand(part, "concatenate") for part in arrays]
    axis = aliased(axis, dim, 0, ("axis", "dim"), "concatenate")
    if not parts:
        raise ShapeError("concatenate: no tensors to put together. Pass at least one.")
    if axis is None:
        parts, axis = [flatten(part) for part in parts], 0
    first = shape_of(parts[0])
    place = one_axis(axis, len(first), "concatenate")
    for number, part in enumerate(parts):
        shape = shape_of(part)
        same = len(shape) == len(first) and all(
            n == m for a, (n, m) in enumerate(zip(shape, first, strict=True)) if a != place
        )
        if not same:
            raise ShapeError(
                f"concatenate: tensor {number} has shape {shape}, the first {first}. They may "
                f"differ along axis {place} alone."
            )
    return Concatenate.apply(*parts, axis=place)


concat = concatenate
cat = concatenate


def stack(arrays: Sequence[Any], axis: int = 0, *, dim: int | None = None) -> Any:
    """Put tensors of one shape together along a new axis.

    Parameters
    ----------
    arrays : sequence of Tensor or array
        At least one, all of the same shape.
    axis : int, optional
        Where the new axis is in the result. ``dim`` is the same.

    Raises
    ------
    ShapeError
        If there is nothing to put together, or the shapes differ.

    Examples
    --------
    >>> import lucid
    >>> lucid.stack([lucid.tensor([1, 2]), lucid.tensor([3, 4])], axis=1)
    Tensor([[1, 3],
            [2, 4]])
    """
    parts = [operand(part, "stack") for part in arrays]
    axis = aliased(axis, dim, 0, ("axis", "dim"), "stack")
    if not parts:
        raise ShapeError("stack: no tensors to put together. Pass at least one.")
    first = shape_of(parts[0])
    place = one_axis(axis, len(first) + 1, "stack")
    for number, part in enumerate(parts):
        if shape_of(part) != first:
            raise ShapeError(
                f"stack: tensor {number} has shape {shape_of(part)}, the first {first}. All must "
                "have the same."
            )
    return Concatenate.apply(*[expand_dims(part, place) for part in parts], axis=place)


def split(
    x: Any, split_size: int | Sequence[int], axis: int = 0, *, dim: int | None = None
) -> tuple[Any, ...]:
    """Cut a tensor into pieces along an axis; views. As PyTorch's ``split``.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    split_size : int or sequence of int
        The size of each piece (the last may be smaller), or the sizes of all.
    axis : int, optional
        Which axis. ``dim`` is the same.

    Raises
    ------
    ShapeError
        If the sizes do not add up to the length of the axis.

    Examples
    --------
    >>> import lucid
    >>> lucid.split(lucid.arange(5), 2)
    (Tensor([0, 1]), Tensor([2, 3]), Tensor([4]))
    """
    x = operand(x, "split")
    shape = shape_of(x)
    place = one_axis(aliased(axis, dim, 0, ("axis", "dim"), "split"), len(shape), "split")
    length = shape[place]
    if isinstance(split_size, (tuple, list)):
        sizes = tuple(split_size)
    else:
        size: Any = split_size
        if size <= 0:
            raise ShapeError(f"split: a size of {size} cuts nothing. Pass a positive size.")
        sizes = tuple([min(size, length - start) for start in range(0, length, size)]) or (0,)
    if sum(sizes) != length or any(size < 0 for size in sizes):
        raise ShapeError(
            f"split: sizes {sizes} add up to {sum(sizes)}, but axis {place} of shape {shape} has "
            f"length {length}."
        )
    pieces: tuple[Any, ...] = Split.apply(x, sizes=sizes, axis=place)
    return pieces


def chunk(x: Any, chunks: int, axis: int = 0, *, dim: int | None = None) -> tuple[Any, ...]:
    """Cut a tensor into a number of pieces of equal size, the last may be smaller; views.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    chunks : int
        How many; there are fewer where the axis is too short for that.
    axis : int, optional
        Which axis. ``dim`` is the same.

    Raises
    ------
    ShapeError
        If `chunks` is not positive or the axis is out of range.

    Examples
    --------
    >>> import lucid
    >>> lucid.chunk(lucid.arange(5), 2)
    (Tensor([0, 1, 2]), Tensor([3, 4]))
    """
    x = operand(x, "chunk")
    if chunks <= 0:
        raise ShapeError(f"chunk: {chunks} pieces can't be made. Pass a positive number.")
    place = one_axis(aliased(axis, dim, 0, ("axis", "dim"), "chunk"), len(shape_of(x)), "chunk")
    return split(x, max(-(-shape_of(x)[place] // chunks), 1), place)


def unbind(x: Any, axis: int = 0, *, dim: int | None = None) -> tuple[Any, ...]:
    """Take a tensor apart along an axis, which is gone in the pieces; views.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    axis : int, optional
        Which axis. ``dim`` is the same.

    Raises
    ------
    ShapeError
        If the axis is out of range.

    Examples
    --------
    >>> import lucid
    >>> lucid.unbind(lucid.tensor([[1, 2], [3, 4]]), axis=1)
    (Tensor([1, 3]), Tensor([2, 4]))
    """
    x = operand(x, "unbind")
    shape = shape_of(x)
    place = one_axis(aliased(axis, dim, 0, ("axis", "dim"), "unbind"), len(shape), "unbind")
    if shape[place] == 0:
        return ()
    pieces = Split.apply(x, sizes=(1,) * shape[place], axis=place)
    return tuple([squeeze(piece, place) for piece in pieces])


unstack = unbind
