"""Order: argsort, sort, topk."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lucid.autograd.variable import Array, Variable, wrap
from lucid.kernels.errors import ShapeError
from lucid.ops.common import aliased, one_axis, operand, raw, shape_of
from lucid.ops.lookup import take_along_axis

__all__ = ["TopK", "argsort", "sort", "topk"]


class TopK(NamedTuple):
    """What `topk` returns."""

    values: Any
    indices: Any


def _order(x: Array, axis: int, descending: bool, stable: bool) -> Array:
    kind: Any = "stable" if stable else None
    if not descending:
        return np.argsort(x, axis, kind=kind)
    # Turned around twice, so that equal elements keep their order and NaN comes first.
    turned = np.argsort(np.flip(x, axis), axis, kind="stable")
    return np.flip(x.shape[axis] - 1 - turned, axis)


def _ordered(
    x: Any, axis: int, dim: int | None, descending: bool, stable: bool, name: str
) -> tuple[Any, int, Array]:
    x = operand(x, name)
    axis = aliased(axis, dim, -1, ("axis", "dim"), name)
    place = one_axis(axis, len(shape_of(x)), name)
    return x, place, _order(raw(x), place, descending, stable)


def argsort(
    x: Any,
    axis: int = -1,
    *,
    descending: bool = False,
    stable: bool = True,
    dim: int | None = None,
) -> Any:
    """Places that would sort a tensor along an axis.

    NaN counts as larger than every number. Equal elements keep their order where `stable` is set.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    axis : int, optional
        Which axis; the last one where none is given. ``dim`` is the same.
    descending : bool, optional
        From the largest to the smallest.
    stable : bool, optional
        Whether equal elements keep their order.

    Returns
    -------
    Tensor or array
        int64, without a gradient.

    Raises
    ------
    ShapeError
        If the axis is out of range.

    Examples
    --------
    >>> import lucid
    >>> lucid.argsort(lucid.tensor([3, 1, 2]))
    Tensor([1, 2, 0])
    """
    x, _, order = _ordered(x, axis, dim, descending, stable, "argsort")
    return wrap(order) if isinstance(x, Variable) else order


def sort(
    x: Any,
    axis: int = -1,
    *,
    descending: bool = False,
    stable: bool = True,
    dim: int | None = None,
) -> Any:
    """Sort along an axis (the values alone; `argsort` gives the places).

    The arguments are those of `argsort`, with the same rules for NaN and equal elements.

    Raises
    ------
    ShapeError
        If the axis is out of range.

    Examples
    --------
    >>> import lucid
    >>> lucid.sort(lucid.tensor([3, 1, 2]), descending=True)
    Tensor([3, 2, 1])
    """
    x, place, order = _ordered(x, axis, dim, descending, stable, "sort")
    return take_along_axis(x, order, place)


def topk(
    x: Any,
    k: int,
    axis: int = -1,
    *,
    largest: bool = True,
    sorted: bool = True,
    dim: int | None = None,
) -> TopK:
    """Give the `k` largest (or smallest) elements along an axis, and their places.

    NaN counts as larger than every number.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    k : int
        How many.
    axis : int, optional
        Which axis; the last one where none is given. ``dim`` is the same.
    largest : bool, optional
        The largest, or else the smallest.
    sorted : bool, optional
        Accepted for PyTorch's sake: the result is always sorted.

    Returns
    -------
    TopK
        ``values``, with a gradient, and ``indices``, int64.

    Raises
    ------
    ShapeError
        If the axis is out of range or has fewer than `k` elements.

    Examples
    --------
    >>> import lucid
    >>> lucid.topk(lucid.tensor([1.0, 5.0, 3.0]), 2)
    TopK(values=Tensor([5.0, 3.0]), indices=Tensor([1, 2]))
    """
    x, place, order = _ordered(x, axis, dim, largest, True, "topk")
    length = shape_of(x)[place]
    if not 0 <= k <= length:
        raise ShapeError(
            f"topk: k={k} elements of an axis of length {length} (shape {shape_of(x)}, axis "
            f"{place}). k must be between 0 and {length}."
        )
    best = order[(slice(None),) * place + (slice(k),)]
    values = take_along_axis(x, best, place)
    return TopK(values, wrap(best.copy()) if isinstance(x, Variable) else best.copy())
