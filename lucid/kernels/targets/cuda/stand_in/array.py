"""An array that lies in the host's memory and behaves as one on a device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from lucid.kernels.targets.cuda.stand_in.support import ABSENT, AT, REDUCED, REFUSED_KEYWORDS

__all__ = ["DeviceArray", "call", "unwrap", "wrap"]

_METHODS = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "astype",
    "choose",
    "clip",
    "compress",
    "conj",
    "copy",
    "cumprod",
    "cumsum",
    "diagonal",
    "dot",
    "fill",
    "flatten",
    "max",
    "mean",
    "min",
    "nonzero",
    "partition",
    "prod",
    "ptp",
    "put",
    "ravel",
    "repeat",
    "reshape",
    "round",
    "searchsorted",
    "sort",
    "squeeze",
    "std",
    "sum",
    "swapaxes",
    "take",
    "trace",
    "transpose",
    "var",
    "view",
]
#: NumPy functions that find their way to CuPy under another module than ``numpy``.
_MODULES = ("numpy", "numpy.linalg")


#: The arrays on the device, by the address of their host arrays.
_owners: WeakValueDictionary[int, DeviceArray] = WeakValueDictionary()


class Flags:
    """The flags that CuPy's arrays have; ``writeable`` and ``aligned`` are not among them."""

    def __init__(self, host: np.ndarray) -> None:
        self.c_contiguous = host.flags.c_contiguous
        self.f_contiguous = host.flags.f_contiguous
        self.owndata = host.flags.owndata
        self.forc = self.c_contiguous or self.f_contiguous
        self.fnc = self.f_contiguous and not self.c_contiguous


class Pointer:
    """Where the first element lies."""

    def __init__(self, host: np.ndarray) -> None:
        self.ptr = int(host.__array_interface__["data"][0])
        self.device_id = 0


class DeviceArray(NDArrayOperatorsMixin):
    """What `cupy.ndarray` is on a device.

    It never becomes a NumPy array by itself, mixes with none, and its reductions give arrays
    without dimensions.

    Parameters
    ----------
    shape, dtype, order
        As `cupy.ndarray` takes them; the elements are not set.
    """

    __slots__ = ("__weakref__", "_base", "_host")
    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, shape: Any, dtype: Any = float, *, order: Any = "C") -> None:
        self._host = np.empty(shape, dtype, order)
        self._base: DeviceArray | None = None
        _owners[id(self._host)] = self

    # What it is.

    shape = property(lambda self: self._host.shape)
    dtype = property(lambda self: self._host.dtype)
    strides = property(lambda self: self._host.strides)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    itemsize = property(lambda self: self._host.itemsize)
    nbytes = property(lambda self: self._host.nbytes)
    flags = property(lambda self: Flags(self._host))
    data = property(lambda self: Pointer(self._host))
    base = property(lambda self: self._base)
    T = property(lambda self: wrap(self._host.T))
    mT = property(lambda self: wrap(self._host.mT))  # noqa: N815
    real = property(lambda self: wrap(self._host.real))

    @property
    def memory(self) -> np.ndarray:
        """The elements themselves, for what runs on the simulated device."""
        return self._host

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        found = self._host.__array_interface__
        return {name: found[name] for name in ("shape", "typestr", "data", "strides")} | {
            "version": 3
        }

    def __dlpack__(self, **keywords: Any) -> Any:
        return self._host.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, 0

    # To the host.

    def get(
        self, stream: Any = None, order: str = "C", out: np.ndarray | None = None
    ) -> np.ndarray:
        """Return a copy in the host's memory."""
        if out is None:
            return self._host.copy(order)  # type: ignore[arg-type]
        out[...] = self._host
        return out

    def set(self, array: np.ndarray, stream: Any = None) -> None:
        """Take the elements of an array of the host, of the same shape and dtype."""
        if not isinstance(array, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if array.dtype != self.dtype:
            raise TypeError(f"{array.dtype} array cannot be set to {self.dtype} array")
        if array.shape != self.shape:
            raise ValueError(f"Shape mismatch. Old shape: {self.shape}, new shape: {array.shape}")
        self._host[...] = array

    def item(self) -> Any:
        return self._host.item()

    def tolist(self) -> Any:
        return self._host.tolist()

    def tobytes(self, order: Any = "C") -> bytes:
        return self._host.tobytes(order)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __float__(self) -> float:
        return float(self._host.item())

    def __int__(self) -> int:
        return int(self._host.item())

    def __bool__(self) -> bool:
        return bool(self._host)

    def __len__(self) -> int:
        return len(self._host)

    def __iter__(self) -> Iterator[Any]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (wrap(row) for row in self._host)

    def __repr__(self) -> str:
        return repr(self._host)

    def __str__(self) -> str:
        return str(self._host)

    def __format__(self, spec: str) -> str:
        return format(self._host[()] if self.ndim == 0 else self._host, spec)

    def __reduce__(self) -> Any:
        return wrap, (self._host,)

    # Elements.

    def __getitem__(self, index: Any) -> Any:
        found = self._host[_index(index)]
        if isinstance(found, np.generic):  # a view, here as elsewhere
            parts = index if isinstance(index, tuple) else (index,)
            found = self._host[(*parts, Ellipsis)]
        return wrap(found)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._host[_index(index)] = unwrap(value)

    # NumPy's protocols, as far as CuPy takes part in them.

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        name = ufunc.__name__
        if name in ABSENT or (ufunc.signature is not None and method != "__call__"):
            return NotImplemented
        if method == "__call__" and not all(isinstance(x, _OPERANDS) for x in inputs):
            return NotImplemented
        _check_keywords(name, keywords)
        has = {"__call__": True, "outer": True, "at": name in AT, "reduceat": name == "add"}
        if not has.get(method, name in REDUCED):
            raise NotImplementedError(f"`cupy_{name}.{method}` is not supported yet")
        out = keywords.pop("out", ())
        if not all(isinstance(array, DeviceArray) for array in out):
            raise TypeError("return arrays must be of cupy.ndarray")
        if out:
            keywords["out"] = tuple(array._host for array in out)
        function = getattr(ufunc, method)
        if method == "at":
            return function(*map(_index, inputs[:2]), *map(unwrap, inputs[2:]))
        return wrap(_quiet(function, *map(unwrap, inputs), **keywords))

    def __array_function__(self, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
        if function.__module__ not in _MODULES or function.__name__ in ABSENT:
            return NotImplemented
        if any(kind not in (DeviceArray, np.ndarray) for kind in types):
            return NotImplemented
        return call(function, arguments, keywords)


#: What CuPy's ufuncs take up; arrays of the host they then refuse.
_OPERANDS = (DeviceArray, np.ndarray, np.generic, bool, int, float, complex)


def _method(name: str) -> Callable[..., Any]:
    def method(self: DeviceArray, *arguments: Any, **keywords: Any) -> Any:
        return call(getattr(self._host, name), arguments, keywords)

    method.__name__ = name
    return method


for _name in _METHODS:
    setattr(DeviceArray, _name, _method(_name))


def _quiet(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Call without NumPy's warnings: a device has no floating-point flags."""
    with np.errstate(all="ignore"):
        return function(*arguments, **keywords)


def _check_keywords(name: str, keywords: dict[str, Any]) -> None:
    for keyword in keywords.keys() & REFUSED_KEYWORDS if name != "copyto" else ():
        raise TypeError(f"{name}() got an unexpected keyword argument '{keyword}'")


def call(function: Callable[..., Any], arguments: Any, keywords: dict[str, Any]) -> Any:
    """Call a function of NumPy with arrays of the device, and give such back."""
    _check_keywords(function.__name__, keywords)
    found = _quiet(
        function,
        *map(unwrap, arguments),
        **{name: unwrap(value) for name, value in keywords.items()},
    )
    return wrap(found)


def unwrap(value: Any) -> Any:
    """Return what NumPy takes in the place of a value; arrays of the host are refused."""
    if isinstance(value, DeviceArray):
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, (tuple, list)):
        made = [unwrap(part) for part in value]
        return tuple(made) if isinstance(value, tuple) else made
    return value


def _index(index: Any) -> Any:
    return index._host if isinstance(index, DeviceArray) else unwrap(index)


def wrap(found: Any) -> Any:
    """Return NumPy's result as CuPy gives it: arrays, also of one element, on the device."""
    if isinstance(found, (np.ndarray, np.generic)):
        made = DeviceArray.__new__(DeviceArray)
        made._host = found if type(found) is np.ndarray else np.asarray(found)
        # As with CuPy, one array owns the memory of all views of it, and is the same object always.
        made._base = _owners.get(id(made._host.base))
        _owners[id(made._host)] = made
        return made
    if isinstance(found, (tuple, list)):
        kind = type(found)
        return kind(map(wrap, found)) if kind in (tuple, list) else kind(*map(wrap, found))
    return found
