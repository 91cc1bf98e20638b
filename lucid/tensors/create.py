"""Tensors of given data: ``tensor``, ``asarray``, ``from_numpy``, ``from_dlpack``."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.devices import moved, read_device
from lucid.autograd.variable import Array, wrap
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.kernels.targets.cuda import from_interface
from lucid.tensors.convert import as_array, check_differentiable
from lucid.tensors.core import Tensor

__all__ = ["asarray", "from_dlpack", "from_numpy", "tensor"]


#: What DLPack calls the memory of the CPU.
_DLPACK_CPU = 1


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


def finish(array: Array, requires_grad: bool, name: str, device: Any = None) -> Tensor:
    """Make a leaf of a fresh array, on the device that is asked for."""
    if device is not None:
        array = moved(array, read_device(device, name))
    result: Tensor = wrap(array)
    if requires_grad:
        check_differentiable(array.dtype, name)
        result._leaf = True
    return result


def tensor(data: Any, requires_grad: bool = False, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a tensor from a copy of `data`.

    Parameters
    ----------
    data : array-like
        Arrays keep their dtype; Python floats become float32, integers int64, booleans bool.
    requires_grad : bool, optional
        Whether the tensor is to get a gradient; floating-point dtypes only.
    dtype : dtype, optional
        The dtype of the tensor.
    device : str, optional
        Where the tensor is to lie, ``"cpu"`` or ``"cuda"``; where the data lies if none is given.

    Raises
    ------
    DtypeError
        If the data is not real numbers or booleans, or integers are to require a gradient.
    ShapeError
        If nested lists are ragged.
    TargetError
        If the device is unknown, or CUDA can't be used; the message says what is missing.

    Examples
    --------
    >>> import lucid
    >>> lucid.tensor([[1, 2], [3, 4]])
    Tensor([[1, 2],
            [3, 4]])
    >>> lucid.tensor([0.1, 0.2]).dtype
    dtype('float32')
    """
    return Tensor(data, requires_grad, dtype, device)


def asarray(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """Make a tensor that shares the memory of `data` where it can; a tensor is returned as it is.

    Parameters
    ----------
    data : array-like
        As for `tensor`.
    dtype : dtype, optional
        The dtype of the result; another one than that of `data` makes a copy.
    device : str, optional
        Where the result is to lie; another place than that of `data` makes a copy.

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
        return data if dtype is None and device is None else data.to(dtype=dtype, device=device)
    array = as_array(data, dtype, copy=False, name="asarray")
    return finish(array, False, "asarray", device)


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


def from_dlpack(x: Any) -> Tensor:
    """Make a tensor that shares the memory of another library's array.

    Parameters
    ----------
    x : object
        With ``__dlpack__``, as the arrays of NumPy, PyTorch, JAX and CuPy have it; on the CPU or on
        a GPU.

    Raises
    ------
    DtypeError
        If it has no ``__dlpack__``, or a dtype that no tensor can have.
    TargetError
        If it lies on a GPU and CUDA can't be used.

    Notes
    -----
    The array API's ``from_dlpack``.

    Examples
    --------
    >>> import lucid
    >>> import numpy as np
    >>> array = np.zeros(2, np.float32)
    >>> x = lucid.from_dlpack(array)
    >>> array[0] = 5
    >>> print(x)
    [5.0, 0.0]
    """
    if not hasattr(x, "__dlpack__"):
        raise DtypeError(
            f"from_dlpack: a {type(x).__name__} has no __dlpack__. Pass another library's array, "
            "or use lucid.tensor."
        )
    on_cpu = int(x.__dlpack_device__()[0]) == _DLPACK_CPU
    array = np.from_dlpack(x) if on_cpu else from_interface(x)
    return finish(as_array(array, copy=False, name="from_dlpack"), False, "from_dlpack")
