"""Calls with arrays that lie on a CUDA device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakKeyDictionary

import numpy as np

from lucid.kernels.errors import DtypeError, TargetError
from lucid.kernels.expression.dtypes import DType, canonical, concrete
from lucid.kernels.launch.convert import as_value
from lucid.kernels.launch.device_plan import (
    Placement,
    Plan,
    overlap,
    place,
    plan,
    side_by_side,
)
from lucid.kernels.launch.geometry import memory_order
from lucid.kernels.targets import cuda

if TYPE_CHECKING:
    from lucid.kernels.launch.program import Program

__all__ = ["run", "source"]

#: Forms of calls that are remembered; shapes that never come again must not pile up.
_MOST_CALLS = 256


def source(program: Program, kinds: tuple[DType, ...]) -> str:
    """Return the source of the kernel for arrays of one shape in C order; it needs no device."""
    signature = program.signature(kinds, None)
    sizes = [concrete(kinds[k]).itemsize for k in signature.arrays]
    layout = side_by_side([*sizes, *(dtype.itemsize for dtype in signature.results)])
    return plan(program.expression, kinds, signature.results, layout).written.source


def run(
    program: Program,
    given: Sequence[Any],
    out: Sequence[Any] | None,
    dtypes: tuple[np.dtype, ...] | None,
) -> tuple[Any, ...]:
    """Compute the outputs of a program, as arrays on the device; see `Program.run`."""
    calls = _calls.setdefault(program, {})
    key = None
    if out is None:
        key = (dtypes, *map(_form, given))
        call = calls.get(key)
        if call is not None:
            return call.run(program, given)
    cuda.require()
    values = [_value(program.name, value, given) for value in given]
    arrays = [value for value in values if cuda.is_device_array(value)]
    device = cuda.array_module().cuda.Device(_device(program.name, [*arrays, *(out or ())]))
    with device:
        call, results = _run_any(program, values, out, dtypes, device)
    if key is not None and all(a is b for a, b in zip(given, values, strict=True)):
        if len(calls) >= _MOST_CALLS:
            calls.clear()
        calls[key] = call
    return results


def _run_any(
    program: Program,
    values: Sequence[Any],
    out: Sequence[Any] | None,
    dtypes: tuple[np.dtype, ...] | None,
    device: Any,
) -> tuple[_Call, tuple[Any, ...]]:
    kinds = tuple(
        canonical(value.dtype) if cuda.is_device_array(value) else type(value) for value in values
    )
    signature = program.signature(kinds, dtypes)
    inputs = [values[k] for k in signature.arrays]
    shape = program.iteration_shape(inputs, out)
    program.check_integers(values, signature.integers)
    given = list(out) if out is not None else [None] * program.outputs
    for dtype, array in zip(signature.results, given, strict=True):
        if array is not None and not np.can_cast(dtype, array.dtype, "same_kind"):
            raise DtypeError(
                f"{program.name} gives {dtype}, which can't be cast to the dtype {array.dtype} "
                "of out; pass an array of a dtype that can hold the result"
            )
    axes = memory_order(inputs, shape)
    fresh = _Fresh(shape, axes)
    written = [
        array if array is not None and _usable(array, dtype) else fresh.make(dtype)
        for array, dtype in zip(given, signature.results, strict=True)
    ]
    operands = [
        array.copy() if any(overlap(array, target) for target in written) else array
        for array in inputs
    ]
    placement = place([*operands, *written], program.outputs, shape, axes)
    compiled = plan(program.expression, kinds, signature.results, placement.layout)
    call = _Call(compiled, placement, fresh, signature.results, signature.arrays, device)
    if placement.count:
        compiled.launch([*operands, *written], values, placement)
    return call, tuple(
        result if array is None else _delivered(result, array)
        for result, array in zip(written, given, strict=True)
    )


class _Fresh:
    """How outputs of a shape are made, with their axes in a certain order in memory."""

    def __init__(self, shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
        self._empty = cuda.array_module().empty
        self._shape = tuple(shape[axis] for axis in axes)
        self._back = tuple(np.argsort(axes).tolist())
        self._plain = axes == tuple(range(len(axes)))

    def make(self, dtype: np.dtype) -> Any:
        made = self._empty(self._shape, dtype)
        return made if self._plain else made.transpose(self._back)


class _Call:
    """How to run again for values of the same form, into new arrays."""

    def __init__(
        self,
        compiled: Plan,
        placement: Placement,
        fresh: _Fresh,
        results: tuple[np.dtype, ...],
        arrays: Sequence[int],
        device: Any,
    ) -> None:
        self._device = device
        self._plan = compiled
        self._placement = placement
        self._fresh = fresh
        self._results = results
        self._arrays = arrays

    def run(self, program: Program, values: Sequence[Any]) -> tuple[Any, ...]:
        program.check_integers(values, [k for k, v in enumerate(values) if type(v) is int])
        with self._device:
            made = tuple([self._fresh.make(dtype) for dtype in self._results])
            if self._placement.count:
                operands = [values[k] for k in self._arrays]
                self._plan.launch([*operands, *made], values, self._placement)
        return made


_calls: WeakKeyDictionary[Program, dict[Any, _Call]] = WeakKeyDictionary()


def _form(value: Any) -> Any:
    """Return what decides which kernel a value wants, and how it is placed."""
    if type(value) in (float, int, bool):
        return type(value)
    if not cuda.is_device_array(value):
        return object()  # to be converted: every call anew
    data = value.data
    return value.shape, value.strides, value.dtype, data.ptr % 16, data.device_id


def _value(name: str, value: Any, given: Sequence[Any]) -> Any:
    """Return a value as a kernel takes it: an array on the device, or a Python number."""
    if cuda.is_device_array(value):
        kind = value.dtype
        if (kind.kind not in "biuf" and kind.name != "bfloat16") or not kind.isnative:
            raise DtypeError(
                f"got an array of dtype {kind}; expected real numbers or bool, in the byte order "
                "of the device. Convert it with astype first"
            )
        # A kernel counts in elements.
        return (
            value if all(stride % kind.itemsize == 0 for stride in value.strides) else value.copy()
        )
    made = as_value(value)
    if not isinstance(made, np.ndarray):
        return made
    if made.ndim:
        _refuse(name, made, given)
    return cuda.to_device(made)


def _refuse(name: str, array: np.ndarray, given: Sequence[Any]) -> NoReturn:
    beside = next((value for value in given if cuda.is_device_array(value)), None)
    other = (
        "the target 'cuda' was asked for"
        if beside is None
        else f"another, of shape {beside.shape} and dtype {beside.dtype}, lies on the device"
    )
    raise TargetError(
        f"{name}: an array of shape {array.shape} and dtype {array.dtype} lies on the host, but "
        f'{other}; copy it with lucid.kernels.targets.cuda.to_device, or a tensor with .to("cuda")'
    )


def _device(name: str, arrays: Sequence[Any]) -> int:
    """Return the number of the device on which all arrays lie."""
    for array in arrays:
        if array is not None and not cuda.is_device_array(array):
            raise TargetError(
                f"{name}: out is a {type(array).__name__} on the host, but the result lies on the "
                "device; pass an array of the device, or none"
            )
    found = {array.data.device_id for array in arrays if array is not None}
    if len(found) > 1:
        raise TargetError(
            f"{name}: the arrays lie on the devices {sorted(found)}; copy them to one of them"
        )
    return found.pop() if found else int(cuda.array_module().cuda.Device().id)


def _usable(array: Any, dtype: np.dtype) -> bool:
    """Whether the kernel can write to the caller's array itself."""
    steps = zip(array.shape, array.strides, strict=True)
    return array.dtype == dtype and all(
        extent == 1 or (stride != 0 and stride % array.itemsize == 0) for extent, stride in steps
    )


def _delivered(result: Any, array: Any) -> Any:
    if result is not array:
        array[...] = result
    return array
