"""Indexing: ``x[key]`` and ``x[key] = value``, with gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.devices import check_devices, device_of, moved, namespace_of
from lucid.autograd.function import Function, call
from lucid.autograd.in_place import adopt, check_in_place
from lucid.autograd.mode import mode
from lucid.autograd.variable import Variable, requires_grad
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.ops.common import raw, shape_of, sum_to
from lucid.ops.device_index import assign_once, check_bounds, host_key, on_device
from lucid.ops.scatter import add_at, is_basic
from lucid.tensors.convert import as_array

__all__ = ["GetItem", "clean_key", "getitem", "setitem"]


def _clean_part(part: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(part, Variable):
        part = part._data
    elif isinstance(part, (list, range)):
        part = np.asarray(part, None if len(part) else np.int64)
    if hasattr(part, "ndim"):
        if part.dtype.kind not in "iub":
            raise DtypeError(
                f"index: an array of dtype {part.dtype} can't index a tensor of shape {shape}. Use "
                "integers (x.long()) or booleans (x > 0)."
            )
        if part.ndim == 0 and part.dtype.kind != "b":
            return int(part)
    return part


def clean_key(key: Any, x: Any) -> Any:
    """Turn tensors and lists inside an index of the array `x` into arrays where `x` lies.

    Raises
    ------
    DtypeError
        If an array inside holds neither integers nor booleans.
    """
    shape = x.shape
    if isinstance(key, tuple):
        key = tuple([_clean_part(part, shape) for part in key])
    else:
        key = _clean_part(key, shape)
    return key if type(x) is np.ndarray else on_device(key, x)


def _index_error(error: IndexError, key: Any, shape: tuple[int, ...], name: str) -> ShapeError:
    shown = repr(key) if len(repr(key)) < 80 else type(key).__name__
    return ShapeError(
        f"{name}: {error} (index {shown}, tensor of shape {shape}). Use integers from -n to n - 1 "
        "for an axis of length n, and no more indices than axes."
    )


def _check_key(x: Any, key: Any) -> None:
    check_devices("index", (x, *(key if isinstance(key, tuple) else (key,))))


class GetItem(Function):
    """The elements at an index; a view where NumPy gives one."""

    __slots__ = ("key", "shape")

    view = True
    warns = False
    fresh = True

    def __init__(self, key: Any) -> None:
        self.key = key

    @property
    def name(self) -> str:
        return "index"

    def forward(self, x: Any) -> Any:
        self.shape = x.shape
        try:
            if type(x) is not np.ndarray:
                check_bounds(self.key, x.shape)
            return x[self.key]
        except IndexError as error:
            _check_key(x, self.key)
            raise _index_error(error, self.key, x.shape, "index") from None
        except TypeError:
            _check_key(x, self.key)
            raise

    def backward(self, gradient: Any) -> Any:
        return AddAt.apply(gradient, key=self.key, shape=self.shape)


class AddAt(Function):
    """Zeros, with values added at an index: the reverse of `GetItem`."""

    __slots__ = ("key", "shape")

    fresh = True

    def __init__(self, key: Any, shape: tuple[int, ...]) -> None:
        self.key = key
        self.shape = shape

    def forward(self, values: Any) -> Any:
        result = namespace_of(values).zeros(self.shape, values.dtype)
        add_at(result, self.key, values)
        return result

    def backward(self, gradient: Any) -> Any:
        return GetItem.apply(gradient, key=self.key)


class SetItem(Function):
    """A copy of the first operand with the second at an index."""

    __slots__ = ("key", "shape", "winners")

    def __init__(self, key: Any) -> None:
        self.key = key

    def forward(self, x: Any, value: Any) -> Any:
        self.shape = np.shape(value)
        result = x.copy()
        write(result, self.key, value)
        self.winners = None
        if self.needs[1] and not is_basic(self.key):
            self.winners = moved(_winners(host_key(self.key), x.shape), device_of(x))
        return result

    def backward(self, gradient: Any) -> Any:
        for_x = for_value = None
        if self.needs[0]:
            for_x = SetItem.apply(gradient, 0.0, key=self.key)
        if self.needs[1]:
            taken = GetItem.apply(gradient, key=self.key)
            if self.winners is not None:
                taken = taken * self.winners
            extra = len(self.shape) - len(shape_of(taken))
            # An assignment drops leading axes of length 1 that the place does not have.
            inner = self.shape[max(extra, 0) :]
            for_value = sum_to(taken, inner).reshape(self.shape)
        return for_x, for_value


def _winners(key: Any, shape: tuple[int, ...]) -> Any:
    """Tell which elements of an assignment stay, where an index names a place several times."""
    places = np.empty(shape, np.int64)
    numbers = np.arange(places[key].size).reshape(places[key].shape)
    places[key] = numbers
    return places[key] == numbers


def write(target: Any, key: Any, value: Any) -> None:
    """Assign on plain arrays.

    Raises
    ------
    ShapeError
        If the index is out of range, or the value does not fit the place.
    """
    try:
        if type(target) is np.ndarray:
            target[key] = value
        else:
            _write_on_device(target, key, value)
    except IndexError as error:
        _check_key(target, key)
        raise _index_error(error, key, target.shape, "index assignment") from None
    except TypeError:
        check_devices("index assignment", (target, value))
        _check_key(target, key)
        raise
    except ValueError as error:
        raise ShapeError(
            f"index assignment: a value of shape {np.shape(value)} does not fit the place in a "
            f"tensor of shape {target.shape} ({error})."
        ) from None


def _write_on_device(target: Any, key: Any, value: Any) -> None:
    check_bounds(key, target.shape)
    # A single number of the CPU goes anywhere.
    value = value[()] if isinstance(value, np.ndarray) and not value.ndim else value
    if is_basic(key):
        target[key] = value
    else:
        assign_once(target, key, value, _winners(host_key(key), target.shape))


def getitem(x: Any, key: Any) -> Any:
    """Take elements: slices, integers, None, Ellipsis, integer and boolean arrays or tensors.

    Slices and integers give a view, arrays a copy, as in NumPy. Where an integer array names an
    element several times, its gradients are added. Arrays in the index of a tensor on a GPU may lie
    on the CPU.

    Raises
    ------
    ShapeError
        If an index is out of range, or there are more indices than axes.
    DtypeError
        If an array inside holds neither integers nor booleans.
    """
    kind = type(key)
    if kind is not int and kind is not slice:
        key = clean_key(key, raw(x))
    return call(GetItem(key), (x,))


def setitem(x: Any, key: Any, value: Any) -> None:
    """Write elements in place; where a gradient is wanted, the tensor stands for the new value.

    Raises
    ------
    GraphError
        If the change in place is not allowed while a graph is recorded.
    ShapeError
        If an index is out of range or the value does not fit.
    """
    key = clean_key(key, x._data)
    recording = mode.enabled and (requires_grad(x) or requires_grad(value))
    check_in_place(x, "index assignment", recording)
    if not isinstance(value, (Variable, int, float, np.ndarray)):
        value = moved(as_array(value, copy=False, name="index assignment"), x.device)
    if recording:
        adopt(x, SetItem.apply(x, value, key=key), "index assignment")
        return
    write(x._data, key, value._data if isinstance(value, Variable) else value)
    x.bump()
