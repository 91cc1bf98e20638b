"""Arrays on the device: which they are, and how they get there and back."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from lucid.kernels.errors import TargetError
from lucid.kernels.targets.cuda.device import require, simulated

__all__ = [
    "array_module",
    "from_interface",
    "is_device_array",
    "namespace_of",
    "to_device",
    "to_host",
]

_STAND_IN = f"{__package__}.stand_in"
#: Most of what is asked about, answered without a search.
_OF_THE_HOST = frozenset({np.ndarray, float, int, bool, type(None)})
#: What DLPack calls CUDA memory: on the device, and managed.
_DLPACK_CUDA = (2, 13)


def array_module() -> ModuleType:
    """Return the package whose arrays the target ``cuda`` takes: CuPy, or what stands in for it.

    Raises
    ------
    TargetError
        If the target can't run here.
    """
    require()
    if simulated():
        from lucid.kernels.targets.cuda import stand_in

        return stand_in
    return import_module("cupy")


def is_device_array(x: Any) -> bool:
    """Whether ``x`` is an array on the device. Imports nothing."""
    if type(x) in _OF_THE_HOST:
        return False
    # If the package was never imported, there are no arrays of it.
    module = sys.modules.get(_STAND_IN if simulated() else "cupy")
    kind = getattr(module, "ndarray", None)
    return kind is not None and isinstance(x, kind)


def namespace_of(x: Any) -> ModuleType:
    """Return the module whose functions take ``x``: NumPy, or that of the device's arrays."""
    return np if type(x) is np.ndarray or not is_device_array(x) else array_module()


def to_device(array: Any) -> Any:
    """Return an array on the device with the elements of a NumPy array.

    An array that is there already is returned as it is.
    """
    if is_device_array(array):
        return array
    return array_module().asarray(array)


def to_host(array: Any) -> np.ndarray:
    """Return a NumPy array with the elements of an array on the device."""
    return array.get() if is_device_array(array) else np.asarray(array)


def from_interface(x: Any) -> Any:
    """Take over another library's array on a CUDA device, without a copy.

    Parameters
    ----------
    x
        An object with ``__cuda_array_interface__``, or with ``__dlpack__`` on a CUDA device.

    Raises
    ------
    TargetError
        If it has neither, or lies elsewhere.
    """
    if is_device_array(x):
        return x
    if hasattr(x, "__cuda_array_interface__"):
        return array_module().asarray(x)
    if hasattr(x, "__dlpack__") and int(x.__dlpack_device__()[0]) in _DLPACK_CUDA:
        return array_module().from_dlpack(x)
    raise TargetError(
        f"a {type(x).__module__}.{type(x).__qualname__} is no array on a CUDA device; expected "
        "__cuda_array_interface__, or __dlpack__ with a CUDA device. "
        "lucid.kernels.targets.cuda.to_device copies an array of the host"
    )
