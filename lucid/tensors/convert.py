"""From what a user passes as data to an array: which dtype it gets, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.devices import is_device_array
from lucid.autograd.variable import Array, Variable
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.kernels.targets.cuda import from_interface

__all__ = ["as_array", "as_dtype", "check_differentiable"]


def as_dtype(dtype: Any, name: str) -> np.dtype[Any]:
    """Turn `dtype` (a NumPy dtype, a type, a name) into a dtype that a tensor can have."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        raise DtypeError(
            f"{name}: {dtype!r} is no dtype. Pass a NumPy dtype or its name, such as 'float32'."
        ) from None
    if found.kind not in "fiub":
        raise DtypeError(
            f"{name}: dtype {found} is not supported. A tensor holds floating-point numbers, "
            "integers or booleans."
        )
    return found


def _has_own_dtype(data: Any) -> bool:
    """Whether `data`, or the first thing inside its lists, brings a dtype along."""
    while isinstance(data, (list, tuple)):
        if not data:
            return False
        data = data[0]
    return isinstance(data, (np.ndarray, np.generic, Variable)) or hasattr(data, "__array__")


def as_array(data: Any, dtype: Any = None, copy: bool = True, name: str = "tensor") -> Array:
    """Turn data into an array.

    Arrays, NumPy scalars and tensors keep their dtype. Python floats become float32, integers
    int64, booleans bool; an empty list is float32. An array on a GPU stays there.

    Parameters
    ----------
    data : array-like
        An array, a number, or nested lists of numbers.
    dtype : dtype, optional
        The dtype of the result.
    copy : bool, optional
        Whether the result must be memory of its own; if not, an array is passed on as it is.
    name : str, optional
        Who asks, for messages.

    Raises
    ------
    ShapeError
        If nested lists are ragged.
    DtypeError
        If the data holds neither numbers nor booleans.
    """
    if isinstance(data, Variable):
        data = data._data
    # A property that raises on arrays of the CPU, in CuPy's peers as in Tensor.
    if type(data) is not np.ndarray and hasattr(data, "__cuda_array_interface__"):
        return _on_device(data, dtype, copy, name)
    own = _has_own_dtype(data)
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ShapeError(
            f"{name}: the nested lists do not have the shape of an array ({error}). All lists of "
            "one level must have the same length."
        ) from None
    _check_kind(array.dtype, data, name)
    if dtype is not None:
        wanted = as_dtype(dtype, name)
    elif own or array.dtype.kind == "b":
        wanted = array.dtype
    else:
        wanted = np.dtype(np.float32 if array.dtype.kind == "f" else np.int64)
    # Machine byte order: no kernel takes the other one.
    # And NumPy's one object for the dtype: the launcher knows dtypes by their address.
    wanted = np.dtype(wanted.type)
    if copy:
        return np.array(array, wanted, order="C", copy=True, subok=False)
    array = np.asarray(array, wanted)
    return array if array.dtype is wanted else array.view(wanted)


def _check_kind(dtype: np.dtype[Any], data: Any, name: str) -> None:
    if dtype.kind not in "fiub":
        raise DtypeError(
            f"{name}: data of dtype {dtype} (from {type(data).__name__}) can't be a tensor. "
            "Pass floating-point numbers, integers or booleans."
        )


def _on_device(data: Any, dtype: Any, copy: bool, name: str) -> Any:
    """Turn what lies on a GPU into an array there."""
    array = data if is_device_array(data) else from_interface(data)
    _check_kind(array.dtype, data, name)
    wanted = array.dtype if dtype is None else as_dtype(dtype, name)
    if array.dtype != wanted:
        return array.astype(wanted)
    return array.copy() if copy else array


def check_differentiable(dtype: np.dtype[Any], name: str) -> None:
    """Raise unless tensors of `dtype` can have a gradient."""
    if dtype.kind != "f":
        raise DtypeError(
            f"{name}: only floating-point tensors can require a gradient, this one is {dtype}. "
            "Convert it first (x.to('float32')), or pass dtype='float32'."
        )
