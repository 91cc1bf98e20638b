"""Creation functions: ``tensor``, ``zeros``, ``arange`` and their like."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.variable import Array, Variable, wrap
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.tensors.convert import as_array, as_dtype, check_differentiable
from lucid.tensors.core import Tensor

__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "ones",
    "ones_like",
    "tensor",
    "zeros",
    "zeros_like",
]


def shape_of(shape: Sequence[Any], name: str) -> tuple[int, ...]:
    """Read a shape that was given as ``f(2, 3)`` or as ``f((2, 3))``."""
    given = shape
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        shape = shape[0]
    try:
        lengths = tuple([operator.index(length) for length in shape])
    except TypeError:
        raise ShapeError(
            f"{name}: {given!r} is no shape. Pass integers, {name}(2, 3), or a tuple of them."
        ) from None
    if any(length < 0 for length in lengths):
        raise ShapeError(f"{name}: a shape can't have negative lengths, got {lengths}.")
    return lengths


def finish(array: Array, requires_grad: bool, name: str) -> Tensor:
    """Make a leaf of a fresh array."""
    result: Tensor = wrap(array)
    if requires_grad:
        check_differentiable(array.dtype, name)
        result._leaf = True
    return result


def tensor(data: Any, requires_grad: bool = False, dtype: Any = None) -> Tensor:
    """Make a tensor from a copy of `data`.

    Parameters
    ----------
    data : array-like
        Arrays keep their dtype; Python floats become float32, integers int64, booleans bool.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient; floating-point dtypes only.
    dtype : dtype, optional
        The dtype of the tensor.

    Raises
    ------
    DtypeError
        If the data is not real numbers or booleans, or integers are to require a gradient.
    ShapeError
        If nested lists are ragged.

    Examples
    --------
    >>> import lucid
    >>> lucid.tensor([[1, 2], [3, 4]])
    Tensor([[1, 2],
            [3, 4]])
    >>> lucid.tensor([0.1, 0.2]).dtype
    dtype('float32')
    """
    return Tensor(data, requires_grad, dtype)


def asarray(data: Any, dtype: Any = None) -> Tensor:
    """Make a tensor that shares the memory of `data` where it can; a tensor is returned as it is.

    Parameters
    ----------
    data : array-like
        As for `tensor`.
    dtype : dtype, optional
        The dtype of the result; another one than that of `data` makes a copy.

    Examples
    --------
    >>> import lucid
    >>> import numpy as np
    >>> array = np.zeros(2, np.float32)
    >>> x = lucid.asarray(array)
    >>> array[0] = 5
    >>> print(x)
    [5.0, 0.0]
    """
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype=dtype)
    array = as_array(data, dtype, copy=False, name="asarray")
    result: Tensor = wrap(array)
    return result


def from_numpy(array: Array) -> Tensor:
    """Make a tensor that shares the memory of a NumPy array.

    Parameters
    ----------
    array : ndarray
        Floating-point numbers, integers or booleans.

    Raises
    ------
    DtypeError
        If it is no array, or of another dtype.

    Examples
    --------
    >>> import lucid
    >>> import numpy as np
    >>> lucid.from_numpy(np.arange(3))
    Tensor([0, 1, 2])
    """
    if not isinstance(array, np.ndarray):
        raise DtypeError(
            f"from_numpy: expected a NumPy array, got {type(array).__name__}. Use lucid.tensor."
        )
    result: Tensor = wrap(as_array(array, copy=False, name="from_numpy"))
    return result


def full(
    shape: int | Sequence[int], fill_value: Any, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Fill a new tensor with one value.

    Parameters
    ----------
    shape : int or tuple of int
        Its shape.
    fill_value : number
        The value.
    dtype : dtype, optional
        That of the value (float32, int64 or bool for a Python number) where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.

    Examples
    --------
    >>> import lucid
    >>> lucid.full((2,), 0.5)
    Tensor([0.5, 0.5])
    """
    value = as_array(fill_value, dtype, copy=False, name="full")
    array = np.full(shape_of((shape,), "full"), value, value.dtype)
    return finish(array, requires_grad, "full")


def _filled(make: Any, shape: Sequence[Any], dtype: Any, requires_grad: bool, name: str) -> Tensor:
    found = as_dtype(np.float32 if dtype is None else dtype, name)
    return finish(make(shape_of(shape, name), found), requires_grad, name)


def zeros(*shape: int | Sequence[int], dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros.

    Parameters
    ----------
    *shape : int or tuple of int
        Its shape: ``zeros(2, 3)`` or ``zeros((2, 3))``.
    dtype : dtype, optional
        float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.

    Examples
    --------
    >>> import lucid
    >>> lucid.zeros(2)
    Tensor([0.0, 0.0])
    """
    return _filled(np.zeros, shape, dtype, requires_grad, "zeros")


def ones(*shape: int | Sequence[int], dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones.

    Parameters
    ----------
    *shape : int or tuple of int
        Its shape: ``ones(2, 3)`` or ``ones((2, 3))``.
    dtype : dtype, optional
        float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.

    Examples
    --------
    >>> import lucid
    >>> lucid.ones((1, 2))
    Tensor([[1.0, 1.0]])
    """
    return _filled(np.ones, shape, dtype, requires_grad, "ones")


def empty(*shape: int | Sequence[int], dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor without setting its elements: they are whatever the memory held.

    Parameters
    ----------
    *shape : int or tuple of int
        Its shape: ``empty(2, 3)`` or ``empty((2, 3))``.
    dtype : dtype, optional
        float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.

    Examples
    --------
    >>> import lucid
    >>> lucid.empty(2, 3).shape
    (2, 3)
    """
    return _filled(np.empty, shape, dtype, requires_grad, "empty")


def _like(x: Any) -> Array:
    return x._data if isinstance(x, Variable) else as_array(x, copy=False, name="like")


def full_like(x: Any, fill_value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of the shape and dtype of `x`, filled with one value.

    Examples
    --------
    >>> import lucid
    >>> lucid.full_like(lucid.zeros(2), 3)
    Tensor([3.0, 3.0])
    """
    like = _like(x)
    return full(like.shape, fill_value, like.dtype if dtype is None else dtype, requires_grad)


def zeros_like(x: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros of the shape and dtype of `x`.

    Examples
    --------
    >>> import lucid
    >>> lucid.zeros_like(lucid.tensor([1, 2]))
    Tensor([0, 0])
    """
    return full_like(x, 0, dtype, requires_grad)


def ones_like(x: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones of the shape and dtype of `x`.

    Examples
    --------
    >>> import lucid
    >>> lucid.ones_like(lucid.zeros(2))
    Tensor([1.0, 1.0])
    """
    return full_like(x, 1, dtype, requires_grad)


def empty_like(x: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of the shape and dtype of `x` without setting its elements.

    Examples
    --------
    >>> import lucid
    >>> lucid.empty_like(lucid.zeros(2, 3)).shape
    (2, 3)
    """
    like = _like(x)
    return empty(
        like.shape, dtype=like.dtype if dtype is None else dtype, requires_grad=requires_grad
    )


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1,
    dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from `start` up to `stop`, which is left out, `step` apart.

    Parameters
    ----------
    start, stop, step : number
        With one argument alone, it is `stop`, and `start` is 0.
    dtype : dtype, optional
        Where none is given, int64 if all three are integers, else float32.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.

    Raises
    ------
    ShapeError
        If `step` is 0.

    Examples
    --------
    >>> import lucid
    >>> lucid.arange(4)
    Tensor([0, 1, 2, 3])
    >>> lucid.arange(0.0, 1.0, 0.25)
    Tensor([0.0, 0.25, 0.5, 0.75])
    """
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ShapeError("arange: a step of 0 never arrives. Pass a step that is not 0.")
    if dtype is None:
        whole = all(isinstance(v, (int, np.integer)) for v in (start, stop, step))
        dtype = np.int64 if whole else np.float32
    array = np.arange(start, stop, step).astype(as_dtype(dtype, "arange"))
    return finish(array, requires_grad, "arange")


def linspace(
    start: float, stop: float, num: int, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Evenly spaced numbers from `start` to `stop`, both included.

    Parameters
    ----------
    start, stop : float
        The ends.
    num : int
        How many numbers.
    dtype : dtype, optional
        float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.

    Examples
    --------
    >>> import lucid
    >>> lucid.linspace(0, 1, 5)
    Tensor([0.0, 0.25, 0.5, 0.75, 1.0])
    """
    found = as_dtype(np.float32 if dtype is None else dtype, "linspace")
    (count,) = shape_of((num,), "linspace")
    return finish(np.linspace(start, stop, count).astype(found), requires_grad, "linspace")


def eye(n: int, m: int | None = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones on the diagonal and zeros elsewhere.

    Parameters
    ----------
    n, m : int
        Rows and columns; as many columns as rows where `m` is None.
    dtype : dtype, optional
        float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.

    Examples
    --------
    >>> import lucid
    >>> lucid.eye(2)
    Tensor([[1.0, 0.0],
            [0.0, 1.0]])
    """
    rows, columns = shape_of((n, n if m is None else m), "eye")
    found = as_dtype(np.float32 if dtype is None else dtype, "eye")
    return finish(np.eye(rows, columns, dtype=found), requires_grad, "eye")
