"""Taking and adding by index arrays along one axis: gather, scatter_add, embedding, one_hot."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid import kernels
from lucid.autograd.devices import beside, device_of, moved, namespace_of
from lucid.autograd.function import Function
from lucid.autograd.variable import Array, Variable, wrap
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.ops.common import aliased, one_axis, operand, raw, shape_of
from lucid.ops.index import GetItem, getitem
from lucid.ops.scatter import add_at, along_axis
from lucid.tensors.convert import as_dtype

__all__ = [
    "embedding",
    "gather",
    "index_select",
    "masked_fill",
    "masked_select",
    "one_hot",
    "scatter_add",
    "take",
    "take_along_axis",
]


class ScatterAdd(Function):
    """The first operand with the second added at places along an axis."""

    __slots__ = ("axis", "indices")

    def __init__(self, indices: Array, axis: int) -> None:
        self.indices = indices
        self.axis = axis

    @property
    def name(self) -> str:
        return "scatter_add"

    def forward(self, x: Any, source: Any) -> Any:
        result = x.astype(np.result_type(x, source))
        add_at(result, along_axis(self.indices, self.axis), source)
        return result

    def backward(self, gradient: Any) -> Any:
        for_source = None
        if self.needs[1]:
            for_source = GetItem.apply(gradient, key=along_axis(self.indices, self.axis))
        return gradient, for_source


def indices_of(indices: Any, length: int, what: str, name: str) -> Array:
    """Check index values against the length of the axis they index.

    Raises
    ------
    DtypeError
        If they are no integers.
    ShapeError
        If one is out of range.
    """
    array: Array = raw(indices)
    if array.dtype.kind not in "iu":
        raise DtypeError(
            f"{name}: {what} must be integers, got {array.dtype}. Convert them: indices.long()."
        )
    if array.size and not (array.min() >= -length and array.max() < length):
        wrong = array[(array < -length) | (array >= length)]
        raise ShapeError(
            f"{name}: {what} {wrong.ravel()[0]} is out of range. Use integers from 0 to "
            f"{length - 1}."
        )
    return array


def _indices_for(x: Any, place: int, indices: Any, what: str, name: str) -> Array:
    """Check index values for an axis of `x`, beside which they must lie."""
    array = raw(operand(indices, name))
    if hasattr(indices, "dtype"):
        array = beside(array, raw(x), name)
    else:
        array = moved(array, device_of(raw(x)))
    return indices_of(array, shape_of(x)[place], what, name)


def take_along_axis(x: Any, indices: Any, axis: int = -1) -> Any:
    """Take elements along an axis, one for each entry of `indices`, as NumPy's.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    indices : Tensor or array
        Integers, with as many axes as `x`; the other axes are broadcast.
    axis : int, optional
        Which axis.

    Raises
    ------
    ShapeError
        If the shapes do not fit or an index is out of range.
    DtypeError
        If the indices are no integers.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([[1, 5], [7, 2]])
    >>> lucid.take_along_axis(x, lucid.argmax(x, axis=1, keepdims=True), 1)
    Tensor([[5],
            [7]])
    """
    x = operand(x, "take_along_axis")
    shape = shape_of(x)
    place = one_axis(axis, len(shape), "take_along_axis")
    array = _indices_for(x, place, indices, "indices", "take_along_axis")
    others = [n for a, n in enumerate(shape) if a != place]
    given = [n for a, n in enumerate(array.shape) if a != place]
    if array.ndim != len(shape) or any(m not in (n, 1) for n, m in zip(others, given, strict=True)):
        raise ShapeError(
            f"take_along_axis: indices of shape {array.shape} do not fit shape {shape} along axis "
            f"{place}. They need as many axes, with the same lengths (or 1) beside that axis."
        )
    full = tuple([array.shape[a] if a == place else n for a, n in enumerate(shape)])
    return GetItem.apply(x, key=along_axis(np.broadcast_to(array, full), place))


def gather(x: Any, dim: int, index: Any) -> Any:
    """Take elements along an axis, as PyTorch's ``gather``.

    ``result[i, j] = x[index[i, j], j]`` for ``dim=0``, ``x[i, index[i, j]]`` for ``dim=1``. Beside
    that axis, `index` may be shorter than `x`.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    dim : int
        Which axis.
    index : Tensor or array
        Integers, with as many axes as `x`.

    Raises
    ------
    ShapeError
        If the shapes do not fit or an index is out of range.
    DtypeError
        If the indices are no integers.

    Examples
    --------
    >>> import lucid
    >>> lucid.gather(lucid.tensor([[1, 2], [3, 4]]), 1, lucid.tensor([[0], [1]]))
    Tensor([[1],
            [4]])
    """
    x = operand(x, "gather")
    place, array = _places(x, dim, index, "gather")
    return GetItem.apply(x, key=along_axis(array, place))


def _places(x: Any, dim: int, index: Any, name: str) -> tuple[int, Array]:
    shape = shape_of(x)
    place = one_axis(dim, len(shape), name)
    array = _indices_for(x, place, index, "index", name)
    if array.ndim != len(shape) or any(
        m > n for a, (n, m) in enumerate(zip(shape, array.shape, strict=True)) if a != place
    ):
        raise ShapeError(
            f"{name}: index of shape {array.shape} does not fit shape {shape} along axis {place}. "
            "It needs as many axes, none longer than that of the tensor beside that axis."
        )
    return place, array


def scatter_add(x: Any, dim: int, index: Any, src: Any) -> Any:
    """Add elements at places along an axis, as PyTorch's ``scatter_add``; the reverse of `gather`.

    ``result[index[i, j], j] += src[i, j]`` for ``dim=0``, starting from a copy of `x`.

    Parameters
    ----------
    x : Tensor or array
        What is added to.
    dim : int
        Which axis.
    index : Tensor or array
        Integers; a place may be named several times.
    src : Tensor or array
        What is added, of the shape of `index`.

    Raises
    ------
    ShapeError
        If the shapes do not fit or an index is out of range.
    DtypeError
        If the indices are no integers.

    Examples
    --------
    >>> import lucid
    >>> lucid.scatter_add(lucid.zeros(3), 0, lucid.tensor([0, 0, 2]), lucid.ones(3))
    Tensor([2.0, 0.0, 1.0])
    """
    x, src = operand(x, "scatter_add"), operand(src, "scatter_add")
    place, array = _places(x, dim, index, "scatter_add")
    if shape_of(src) != array.shape:
        raise ShapeError(
            f"scatter_add: src of shape {shape_of(src)} with an index of shape {array.shape}. Both "
            "must be the same."
        )
    return ScatterAdd.apply(x, src, indices=array, axis=place)


def take(x: Any, indices: Any, axis: int | None = None, *, dim: int | None = None) -> Any:
    """Take whole slices along an axis: ``x[:, indices]`` for ``axis=1``; also ``index_select``.

    Parameters
    ----------
    x : Tensor or array
        The operand.
    indices : Tensor, array or int
        Integers.
    axis : int, optional
        Which axis; where none is given, the elements are taken as one. ``dim`` is the same.

    Raises
    ------
    ShapeError
        If the axis or an index is out of range.
    DtypeError
        If the indices are no integers.

    Examples
    --------
    >>> import lucid
    >>> lucid.take(lucid.tensor([[1, 2, 3]]), lucid.tensor([2, 0]), axis=1)
    Tensor([[3, 1]])
    """
    x = operand(x, "take")
    axis = aliased(axis, dim, None, ("axis", "dim"), "take")
    if axis is None:
        x, axis = x.reshape(-1), 0
    place = one_axis(axis, len(shape_of(x)), "take")
    array = _indices_for(x, place, indices, "indices", "take")
    return getitem(x, (slice(None),) * place + (array,) if place else array)


def index_select(x: Any, dim: int, index: Any) -> Any:
    """Take whole slices along an axis; `take` with PyTorch's name and order.

    Examples
    --------
    >>> import lucid
    >>> lucid.index_select(lucid.tensor([[1, 2, 3]]), 1, lucid.tensor([2, 0]))
    Tensor([[3, 1]])
    """
    return take(x, index, dim)


def embedding(indices: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """Look rows of a table up: ``weight[indices]``.

    Parameters
    ----------
    indices : Tensor or array
        Integers of any shape.
    weight : Tensor or array
        The table, of shape ``(number of rows, length of a row)``.
    padding_idx : int, optional
        A row that gets no gradient.

    Returns
    -------
    Tensor or array
        Of the shape of `indices`, with one more axis.

    Raises
    ------
    ShapeError
        If the table has not two axes, or an index is out of range.
    DtypeError
        If the indices are no integers.

    Examples
    --------
    >>> import lucid
    >>> lucid.embedding(lucid.tensor([1, 1]), lucid.tensor([[0.0, 1.0], [2.0, 3.0]]))
    Tensor([[2.0, 3.0],
            [2.0, 3.0]])
    """
    weight = operand(weight, "embedding")
    if len(shape_of(weight)) != 2:
        raise ShapeError(
            f"embedding: weight of shape {shape_of(weight)}; expected (number of rows, length)."
        )
    rows = shape_of(weight)[0]
    array = _indices_for(weight, 0, indices, "index", "embedding")
    if array.size and array.min() < 0:
        raise ShapeError(
            f"embedding: index {array.min()} is out of range. Use integers from 0 to {rows - 1}."
        )
    taken = getitem(weight, int(array)) if array.ndim == 0 else GetItem.apply(weight, key=array)
    if padding_idx is None or not isinstance(weight, Variable):
        return taken
    padding = (array == padding_idx % rows)[..., None]
    return kernels.where(padding, taken.detach(), taken)


def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """Put `value` where `mask` is true: ``where(mask, value, x)``.

    Examples
    --------
    >>> import lucid
    >>> lucid.masked_fill(lucid.tensor([1.0, 2.0]), lucid.tensor([True, False]), 0.0)
    Tensor([0.0, 2.0])
    """
    return kernels.where(operand(mask, "masked_fill"), value, operand(x, "masked_fill"))


def masked_select(x: Any, mask: Any) -> Any:
    """Take the elements where `mask` is true, as one axis: ``x[mask]``.

    Examples
    --------
    >>> import lucid
    >>> lucid.masked_select(lucid.tensor([1.0, 2.0]), lucid.tensor([False, True]))
    Tensor([2.0])
    """
    return getitem(operand(x, "masked_select"), raw(operand(mask, "masked_select")))


def one_hot(indices: Any, num_classes: int | None = None, dtype: Any = None) -> Any:
    """Ones at the places that `indices` name along a new last axis, zeros elsewhere.

    Parameters
    ----------
    indices : Tensor or array
        Integers from 0.
    num_classes : int, optional
        The length of the new axis; one more than the largest index where none is given.
    dtype : dtype, optional
        int64 where none is given.

    Raises
    ------
    ShapeError
        If an index is negative or not below `num_classes`.
    DtypeError
        If the indices are no integers.

    Examples
    --------
    >>> import lucid
    >>> lucid.one_hot(lucid.tensor([0, 2]))
    Tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    array = raw(operand(indices, "one_hot"))
    if num_classes is None or num_classes == -1:
        num_classes = int(array.max()) + 1 if array.size else 0
    array = indices_of(array, num_classes, "index", "one_hot")
    if array.size and array.min() < 0:
        raise ShapeError(
            f"one_hot: index {array.min()} is out of range. Use integers from 0 to "
            f"{num_classes - 1}."
        )
    found = as_dtype(np.int64 if dtype is None else dtype, "one_hot")
    result = (array[..., None] == namespace_of(array).arange(num_classes)).astype(found)
    return wrap(result) if isinstance(indices, Variable) else result
