"""Operations that change the shape: views where NumPy gives views."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lucid.autograd.broadcast import BroadcastTo
from lucid.autograd.function import call
from lucid.kernels.errors import ShapeError
from lucid.ops.common import Axes, Rekeep, one_axis, operand, reduced_axes, shape_of
from lucid.tensors.create import shape_of as read_shape

__all__ = [
    "broadcast_to",
    "expand",
    "expand_dims",
    "flatten",
    "ravel",
    "reshape",
    "squeeze",
    "unsqueeze",
    "view",
]


def reshape(x: Any, *shape: int | Sequence[int]) -> Any:
    """Give the elements, in C order, another shape; a view where that is possible.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    *shape : int or tuple of int
        The new shape; one length may be -1 and is computed.

    Raises
    ------
    ShapeError
        If the number of elements is another.

    Examples
    --------
    >>> import lucid
    >>> lucid.reshape(lucid.arange(6), (2, -1))
    Tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        return call(Rekeep(tuple(shape[0])), (operand(x, "reshape"),))
    return call(Rekeep(shape), (operand(x, "reshape"),))


def view(x: Any, *shape: int | Sequence[int]) -> Any:
    """Give the elements another shape without a copy.

    Parameters
    ----------
    x : Tensor or array
        The operand; it must be contiguous.
    *shape : int or tuple of int
        The new shape; one length may be -1 and is computed.

    Raises
    ------
    ShapeError
        If the number of elements is another, or a copy would be needed.

    Examples
    --------
    >>> import lucid
    >>> lucid.view(lucid.arange(4), 2, 2).shape
    (2, 2)
    """
    x = operand(x, "view")
    array = getattr(x, "_data", x)
    if not array.flags.c_contiguous:
        raise ShapeError(
            f"view: the elements of this tensor of shape {array.shape} do not lie in C order, so a "
            "new shape needs a copy. Use x.reshape(...), or x.contiguous().view(...)."
        )
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        return call(Rekeep(tuple(shape[0]), "view"), (x,))
    return call(Rekeep(shape, "view"), (x,))


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Merge the axes from `start_dim` to `end_dim`, both included, into one.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    start_dim, end_dim : int, optional
        The first and the last axis; all of them by default.

    Raises
    ------
    ShapeError
        If an axis is out of range or the last comes before the first.

    Examples
    --------
    >>> import lucid
    >>> lucid.flatten(lucid.zeros(2, 3, 4), 1).shape
    (2, 12)
    """
    x = operand(x, "flatten")
    shape = shape_of(x)
    if not shape:
        return Rekeep.apply(x, shape=(1,))
    first = one_axis(start_dim, len(shape), "flatten")
    last = one_axis(end_dim, len(shape), "flatten")
    if first > last:
        raise ShapeError(
            f"flatten: start_dim={start_dim} lies behind end_dim={end_dim} in shape {shape}."
        )
    merged = math.prod(shape[first : last + 1])
    return Rekeep.apply(x, shape=(*shape[:first], merged, *shape[last + 1 :]))


def ravel(x: Any) -> Any:
    """Give the elements as one axis; a view where that is possible.

    Examples
    --------
    >>> import lucid
    >>> lucid.ravel(lucid.zeros(2, 3)).shape
    (6,)
    """
    return flatten(x)


def squeeze(x: Any, axis: Axes = None, *, dim: Axes = None) -> Any:
    """Take out axes of length 1; a view.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    axis : int or tuple of int, optional
        Which axes; all that have length 1 where none is given. ``dim`` is the same.

    Raises
    ------
    ShapeError
        If an axis is out of range, or its length is not 1.

    Examples
    --------
    >>> import lucid
    >>> lucid.squeeze(lucid.zeros(1, 3, 1)).shape
    (3,)
    """
    x = operand(x, "squeeze")
    shape = shape_of(x)
    axis = dim if axis is None else axis
    if axis is None:
        return Rekeep.apply(x, shape=tuple([n for n in shape if n != 1]))
    axes = reduced_axes(axis, len(shape), "squeeze")
    for a in axes:
        if shape[a] != 1:
            raise ShapeError(
                f"squeeze: axis {a} of shape {shape} has length {shape[a]}, only axes of length 1 "
                "can be taken out."
            )
    return Rekeep.apply(x, shape=tuple([n for a, n in enumerate(shape) if a not in axes]))


def expand_dims(x: Any, axis: Axes = 0) -> Any:
    """Put in axes of length 1; a view.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    axis : int or tuple of int, optional
        The places of the new axes in the result.

    Raises
    ------
    ShapeError
        If a place is out of range.

    Examples
    --------
    >>> import lucid
    >>> lucid.expand_dims(lucid.zeros(3), 1).shape
    (3, 1)
    """
    x = operand(x, "expand_dims")
    shape = shape_of(x)
    count = len(axis) if isinstance(axis, (tuple, list)) else 1
    axes = reduced_axes(axis, len(shape) + count, "expand_dims")
    lengths = iter(shape)
    wanted = tuple([1 if a in axes else next(lengths) for a in range(len(shape) + count)])
    return Rekeep.apply(x, shape=wanted)


def unsqueeze(x: Any, dim: int) -> Any:
    """Put in an axis of length 1; `expand_dims` with PyTorch's name.

    Examples
    --------
    >>> import lucid
    >>> lucid.unsqueeze(lucid.zeros(3), 0).shape
    (1, 3)
    """
    return expand_dims(x, dim)


def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """Repeat along new axes and axes of length 1, without a copy.

    The result is read-only; its gradient is summed back.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    shape : tuple of int
        The shape of the result.

    Raises
    ------
    ShapeError
        If the shapes do not fit.

    Examples
    --------
    >>> import lucid
    >>> lucid.broadcast_to(lucid.tensor([1.0, 2.0]), (2, 2))
    Tensor([[1.0, 2.0],
            [1.0, 2.0]])
    """
    return BroadcastTo.apply(
        operand(x, "broadcast_to"), shape=read_shape((tuple(shape),), "broadcast_to")
    )


def expand(x: Any, *shape: int | Sequence[int]) -> Any:
    """Repeat along axes of length 1, without a copy; -1 keeps an axis as it is.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    *shape : int or tuple of int
        The shape of the result.

    Raises
    ------
    ShapeError
        If the shapes do not fit.

    Examples
    --------
    >>> import lucid
    >>> lucid.expand(lucid.zeros(2, 1), -1, 3).shape
    (2, 3)
    """
    x = operand(x, "expand")
    wanted: list[Any] = list(
        shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    )
    source = shape_of(x)
    new = len(wanted) - len(source)
    for position, length in enumerate(wanted):
        if length == -1 and position >= new >= 0:
            wanted[position] = source[position - new]
    return BroadcastTo.apply(x, shape=read_shape((tuple(wanted),), "expand"))
