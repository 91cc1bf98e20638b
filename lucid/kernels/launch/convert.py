"""What may come as an argument: arrays, array-likes, Python numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.kernels.errors import DtypeError
from lucid.kernels.expression.dtypes import canonical, is_float

__all__ = ["as_array", "as_value", "native_array"]


def as_array(data: Any) -> np.ndarray:
    """Return an array that a kernel can take.

    Lists of Python floats become float32; what has a dtype keeps it.

    Raises
    ------
    DtypeError
        If the elements are not real numbers or bool.
    """
    typed = hasattr(data, "dtype") or hasattr(data, "__array__")
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise DtypeError(
            f"a {type(data).__name__} can't become an array: {error}; give rows of equal length"
        ) from None
    if not typed and array.dtype == np.float64:
        array = array.astype(np.float32)
    if array.dtype.kind not in "biuf" and not is_float(array.dtype):
        raise DtypeError(
            f"got an array of dtype {array.dtype}; expected real numbers or bool. "
            "Convert it with astype first"
        )
    return array


def as_value(data: Any) -> np.ndarray | bool | int | float:
    """Return an array or a Python number, whose dtype is weak."""
    if type(data) in (float, int, bool):
        return data
    if isinstance(data, np.ndarray) and data.dtype.kind in "biuf" and type(data) is np.ndarray:
        return data
    if isinstance(data, (float, int)) and not isinstance(data, np.generic):
        return float(data) if isinstance(data, float) else int(data)
    return as_array(data)


def native_array(array: np.ndarray) -> np.ndarray:
    """Return the array in the machine's byte order, aligned."""
    dtype = canonical(array.dtype)
    if array.dtype == dtype and array.flags.aligned:
        return array if array.dtype is dtype else array.view(dtype)
    return array.astype(dtype)
