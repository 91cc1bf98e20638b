"""Tensors filled by a rule: ``zeros``, ``full``, ``arange`` and their like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.devices import device_of, host, read_device
from lucid.autograd.variable import Array, Variable
from lucid.kernels.errors import ShapeError
from lucid.kernels.targets.cuda import array_module
from lucid.tensors.convert import as_array, as_dtype
from lucid.tensors.core import Tensor
from lucid.tensors.create import finish, shape_of

__all__ = [
    "arange",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "linspace",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
]


def full(
    shape: int | Sequence[int],
    fill_value: Any,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
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
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``.

    Examples
    --------
    >>> import lucid
    >>> lucid.full((2,), 0.5)
    Tensor([0.5, 0.5])
    """
    value = host(as_array(fill_value, dtype, copy=False, name="full"))
    array = _namespace(device, "full").full(shape_of((shape,), "full"), value[()], value.dtype)
    return finish(array, requires_grad, "full")


def _namespace(device: Any, name: str) -> Any:
    """Return NumPy, or the module whose functions make arrays on the GPU."""
    if device is None or read_device(device, name).type == "cpu":
        return np
    return array_module()


def _filled(
    name: str, shape: Sequence[Any], dtype: Any, requires_grad: bool, device: Any
) -> Tensor:
    found = as_dtype(np.float32 if dtype is None else dtype, name)
    make = getattr(_namespace(device, name), name)
    return finish(make(shape_of(shape, name), found), requires_grad, name)


def zeros(
    *shape: int | Sequence[int],
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Make a tensor of zeros.

    Parameters
    ----------
    *shape : int or tuple of int
        Its shape: ``zeros(2, 3)`` or ``zeros((2, 3))``.
    dtype : dtype, optional
        float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``.

    Examples
    --------
    >>> import lucid
    >>> lucid.zeros(2)
    Tensor([0.0, 0.0])
    """
    return _filled("zeros", shape, dtype, requires_grad, device)


def ones(
    *shape: int | Sequence[int],
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Make a tensor of ones.

    Parameters
    ----------
    *shape : int or tuple of int
        Its shape: ``ones(2, 3)`` or ``ones((2, 3))``.
    dtype : dtype, optional
        float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``.

    Examples
    --------
    >>> import lucid
    >>> lucid.ones((1, 2))
    Tensor([[1.0, 1.0]])
    """
    return _filled("ones", shape, dtype, requires_grad, device)


def empty(
    *shape: int | Sequence[int],
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Make a tensor without setting its elements: they are whatever the memory held.

    Parameters
    ----------
    *shape : int or tuple of int
        Its shape: ``empty(2, 3)`` or ``empty((2, 3))``.
    dtype : dtype, optional
        float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``.

    Examples
    --------
    >>> import lucid
    >>> lucid.empty(2, 3).shape
    (2, 3)
    """
    return _filled("empty", shape, dtype, requires_grad, device)


def _like(x: Any) -> Array:
    return x._data if isinstance(x, Variable) else as_array(x, copy=False, name="like")


def full_like(
    x: Any,
    fill_value: Any,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Make a tensor of the shape, dtype and place of `x`, filled with one value.

    Examples
    --------
    >>> import lucid
    >>> lucid.full_like(lucid.zeros(2), 3)
    Tensor([3.0, 3.0])
    """
    like = _like(x)
    kind = like.dtype if dtype is None else dtype
    place = device_of(like) if device is None else device
    return full(like.shape, fill_value, kind, requires_grad, place)


def zeros_like(
    x: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """Make a tensor of zeros of the shape, dtype and place of `x`.

    Examples
    --------
    >>> import lucid
    >>> lucid.zeros_like(lucid.tensor([1, 2]))
    Tensor([0, 0])
    """
    return full_like(x, 0, dtype, requires_grad, device)


def ones_like(x: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """Make a tensor of ones of the shape, dtype and place of `x`.

    Examples
    --------
    >>> import lucid
    >>> lucid.ones_like(lucid.zeros(2))
    Tensor([1.0, 1.0])
    """
    return full_like(x, 1, dtype, requires_grad, device)


def empty_like(
    x: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """Make a tensor of the shape, dtype and place of `x` without setting its elements.

    Examples
    --------
    >>> import lucid
    >>> lucid.empty_like(lucid.zeros(2, 3)).shape
    (2, 3)
    """
    like = _like(x)
    return empty(
        like.shape,
        dtype=like.dtype if dtype is None else dtype,
        requires_grad=requires_grad,
        device=device_of(like) if device is None else device,
    )


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
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
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``.

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
    return finish(array, requires_grad, "arange", device)


def linspace(
    start: float,
    stop: float,
    num: int,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
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
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``.

    Examples
    --------
    >>> import lucid
    >>> lucid.linspace(0, 1, 5)
    Tensor([0.0, 0.25, 0.5, 0.75, 1.0])
    """
    found = as_dtype(np.float32 if dtype is None else dtype, "linspace")
    (count,) = shape_of((num,), "linspace")
    array = np.linspace(start, stop, count).astype(found)
    return finish(array, requires_grad, "linspace", device)


def eye(
    n: int,
    m: int | None = None,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Ones on the diagonal and zeros elsewhere.

    Parameters
    ----------
    n, m : int
        Rows and columns; as many columns as rows where `m` is None.
    dtype : dtype, optional
        float32 where none is given.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient.
    device : str, optional
        ``"cpu"`` (where none is given) or ``"cuda"``.

    Examples
    --------
    >>> import lucid
    >>> lucid.eye(2)
    Tensor([[1.0, 0.0],
            [0.0, 1.0]])
    """
    rows, columns = shape_of((n, n if m is None else m), "eye")
    found = as_dtype(np.float32 if dtype is None else dtype, "eye")
    return finish(np.eye(rows, columns, dtype=found), requires_grad, "eye", device)
