"""Where arrays lie, and the few things in which the arrays of a GPU differ from NumPy's.

A GPU's arrays are CuPy's. They take NumPy's ufuncs and most of its functions by NumPy's protocols,
so nearly all code above the kernels is the same for both. What is not is here: they refuse to
become NumPy's without being told to, their ufuncs have no ``reduce``, and their flags say nothing
of writing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from lucid.autograd.variable import Array, Variable
from lucid.kernels.errors import TargetError
from lucid.kernels.targets.cuda import (
    array_module,
    is_device_array,
    namespace_of,
    require,
    to_device,
    to_host,
)

__all__ = [
    "CPU",
    "Device",
    "as_data",
    "beside",
    "check_devices",
    "check_on_cpu",
    "device_of",
    "host",
    "is_device_array",
    "is_writable",
    "moved",
    "namespace_of",
    "read_device",
]


class Device(str):
    """The place of an array: the text ``"cpu"`` or ``"cuda:0"``, with PyTorch's attributes.

    Examples
    --------
    >>> import lucid
    >>> device = lucid.ones(2).device
    >>> device, device.type, device == "cpu"
    ('cpu', 'cpu', True)
    """

    __slots__ = ()

    @property
    def type(self) -> str:
        """What kind of device: ``"cpu"`` or ``"cuda"``."""
        return self.partition(":")[0]

    @property
    def index(self) -> int | None:  # type: ignore[override]  # PyTorch's name, not that of str
        """The number of a GPU; None for the CPU."""
        number = self.partition(":")[2]
        return int(number) if number else None


CPU = Device("cpu")


def device_of(array: Any) -> Device:
    """Return where an array lies."""
    if type(array) is np.ndarray or not is_device_array(array):
        return CPU
    return Device(f"cuda:{array.data.device_id}")


def read_device(given: Any, name: str) -> Device:
    """Return the device that a text such as ``"cuda"`` names.

    Raises
    ------
    TargetError
        If there is no such device, or CUDA can't be used; the message says what is missing.
    """
    kind, colon, number = str(given).partition(":")
    if kind == "cpu" and (not colon or number == "0"):
        return CPU
    if kind != "cuda" or (colon and not number.isdecimal()):
        raise TargetError(
            f"{name}: {given!r} is no device. Use 'cpu', 'cuda' or 'cuda:0'; what kernels of the "
            "CPU run on (one core or all) is chosen by lucid.set_target."
        )
    require()
    current = device_of(array_module().empty(0, np.float32))
    if colon and int(number) != current.index:
        raise TargetError(
            f"{name}: tensors of this process live on {str(current)!r}, not on {given!r}. Choose "
            "the GPU before the process starts: CUDA_VISIBLE_DEVICES=" + number
        )
    return current


def moved(array: Any, device: Device) -> Any:
    """Return the array on a device: itself if it is there already, else a copy."""
    if is_device_array(array):
        return to_host(array) if device.type == "cpu" else array
    return array if device.type == "cpu" else to_device(array)


def host(array: Any) -> Array:
    """Return NumPy's array of the same elements: itself, or a copy of a GPU's array."""
    return array if type(array) is np.ndarray else to_host(array)


def as_data(value: Any) -> Any:
    """Return an array of either kind as it is, and NumPy's array of anything else."""
    if type(value) is np.ndarray or is_device_array(value):
        return value
    return np.asarray(value)


def beside(given: Any, other: Any, name: str) -> Any:
    """Return the data of `given` on the device of the array `other`.

    Lists and numbers are moved there; arrays and tensors must be there already.

    Raises
    ------
    TargetError
        If they are not.
    """
    array = given._data if isinstance(given, Variable) else as_data(given)
    if type(array) is not type(other):
        if hasattr(given, "dtype"):
            check_devices(name, (other, array))
        array = moved(array, device_of(other))
    return array


def is_writable(array: Any) -> bool:
    """Whether elements may be written; in a broadcast view they lie upon each other."""
    if type(array) is np.ndarray:
        return bool(array.flags.writeable)
    return all(step or n < 2 for step, n in zip(array.strides, array.shape, strict=True))


def check_devices(name: str, values: Iterable[Any]) -> None:
    """Raise if arrays lie on different devices.

    Called where an operation has failed, so that those that succeed need no check.

    Raises
    ------
    TargetError
        With the operation, and the shapes and devices of two operands.
    """
    first: Any = None
    for value in values:
        array = value._data if isinstance(value, Variable) else value
        # A single number goes anywhere.
        if not (type(array) is np.ndarray and array.ndim) and not is_device_array(array):
            continue
        if first is None:
            first = array
        elif device_of(array) != device_of(first):
            raise TargetError(
                f"{name}: operands lie on different devices: one of shape {first.shape} on "
                f"{str(device_of(first))!r}, one of shape {array.shape} on "
                f"{str(device_of(array))!r}. Move one of them: x.to('cuda') or x.cpu()."
            ) from None


def check_on_cpu(array: Any, name: str) -> None:
    """Raise unless NumPy can read the array.

    Raises
    ------
    TargetError
        If it lies on a GPU.
    """
    if is_device_array(array):
        raise TargetError(
            f"{name}: a tensor on {str(device_of(array))!r} can't be read by NumPy, whose arrays "
            "are the CPU's. Copy it there first: x.cpu()."
        )
