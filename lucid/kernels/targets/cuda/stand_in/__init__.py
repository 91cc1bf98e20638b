"""The part of CuPy's namespace that Lucid uses, on arrays in the host's memory.

For the simulator alone. Arrays refuse what CuPy's refuse: to become NumPy arrays by themselves, to
mix with them, ufunc methods and keywords that CuPy lacks. So code that works here uses no more of
CuPy than there is.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from lucid.kernels.targets.cuda.stand_in.array import DeviceArray, call, wrap
from lucid.kernels.targets.cuda.stand_in.support import ABSENT, FROM_HOST

__all__ = ["DeviceArray", "asnumpy", "cuda", "from_dlpack", "linalg", "ndarray"]


ndarray = DeviceArray


class _Stream:
    """The only stream there is; all work on it is done when a call returns."""

    ptr = 0
    null: _Stream

    def synchronize(self) -> None:
        """Do nothing."""


_Stream.null = _Stream()


class _Device:
    """The only device there is."""

    def __init__(self, device: int = 0) -> None:
        self.id = device
        self.compute_capability = "80"
        self.attributes = {"MultiProcessorCount": 2, "MaxThreadsPerMultiProcessor": 2048}

    def __enter__(self) -> _Device:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def synchronize(self) -> None:
        """Do nothing."""


cuda = SimpleNamespace(
    Device=_Device,
    Stream=_Stream,
    get_current_stream=lambda: _Stream.null,
    is_available=lambda: True,
)


class _Capsule:
    """A DLPack capsule that claims to be on a device, handed to NumPy as what it is."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __dlpack__(self, **_: Any) -> Any:
        return self._owner.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


class _Memory:
    """Memory that an object with ``__cuda_array_interface__`` owns."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.__array_interface__ = owner.__cuda_array_interface__


def from_dlpack(array: Any) -> DeviceArray:
    """Take over an array without a copy."""
    made: DeviceArray = wrap(np.from_dlpack(_Capsule(array)))
    return made


def asnumpy(array: Any) -> np.ndarray:
    """Return a NumPy array: a copy of one of the device."""
    return array.get() if isinstance(array, DeviceArray) else np.asarray(array)


def _from_host(name: str) -> Callable[..., Any]:
    def function(array: Any, *arguments: Any, **keywords: Any) -> Any:
        if isinstance(array, DeviceArray):
            return call(getattr(np, name), (array, *arguments), keywords)
        if hasattr(array, "__cuda_array_interface__"):
            return wrap(getattr(np, name)(_Memory(array), *arguments, **keywords))
        found = getattr(np, name)(array, *arguments, **keywords)
        return wrap(found.copy() if found is array else found)

    function.__name__ = name
    return function


def _forwarded(function: Callable[..., Any]) -> Callable[..., Any]:
    def forwarded(*arguments: Any, **keywords: Any) -> Any:
        if isinstance(function, np.ufunc):
            # By way of the arrays' own protocol, which refuses what CuPy refuses.
            arrays = [x for x in arguments if isinstance(x, DeviceArray)]
            return function(*arguments, **keywords) if arrays else wrap(function(*arguments))
        return call(function, arguments, keywords)

    forwarded.__name__ = function.__name__
    return forwarded


def _lookup(module: Any, name: str) -> Any:
    if name.startswith("_") or name in ABSENT or not hasattr(module, name):
        raise AttributeError(f"module 'cupy' has no attribute {name!r}")
    found = getattr(module, name)
    if isinstance(found, type) or not callable(found):
        return found
    return _from_host(name) if name in FROM_HOST else _forwarded(found)


def __getattr__(name: str) -> Any:
    return _lookup(np, name)


class _Linalg:
    def __getattr__(self, name: str) -> Any:
        return _lookup(np.linalg, name)


linalg = _Linalg()
