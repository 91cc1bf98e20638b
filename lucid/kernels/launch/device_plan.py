"""How the operands of a kernel lie on the device, and the kernel that fits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lucid.kernels.codegen.cuda import HostScalar, Layout, write_cuda
from lucid.kernels.expression import Expression, evaluate, infer
from lucid.kernels.expression.dtypes import DType
from lucid.kernels.launch.geometry import merge

__all__ = ["Placement", "Plan", "overlap", "place", "plan", "side_by_side"]

#: Bytes that a thread loads and stores at once, and the most elements.
_WIDE, _MOST = 16, 8
#: The largest position that fits into 32 bits.
_SHORT = 2**31 - 1


@dataclass(frozen=True)
class Placement:
    """Where a kernel finds its operands.

    Attributes
    ----------
    layout
        Which kernel it takes.
    places
        The strides and lengths that the kernel gets, at last the number of elements.
    count
        The number of elements.
    """

    layout: Layout
    places: tuple[Any, ...]
    count: int


def place(
    arrays: Sequence[Any], outputs: int, shape: tuple[int, ...], axes: Sequence[int]
) -> Placement:
    """Return how arrays are walked through that are broadcast to a shape.

    Parameters
    ----------
    arrays
        The inputs, then the ``outputs`` outputs, which have the full shape.
    shape
        The shape of the result.
    axes
        The order in which to walk through its axes.
    """
    count = math.prod(shape)
    order = [shape[axis] for axis in axes]
    extents, steps = merge(order, [_strides(array, shape, axes) for array in arrays])
    letters = [
        _letter(step, extents, array.itemsize, k >= len(arrays) - outputs)
        for k, (step, array) in enumerate(zip(steps, arrays, strict=True))
    ]
    if "s" not in letters:
        flat = [array for array, letter in zip(arrays, letters, strict=True) if letter == "c"]
        return Placement(Layout("".join(letters), width=_width(flat)), (np.int64(count),), count)
    long = count > _SHORT
    index = np.int64 if long else np.int32
    strides = [
        np.int64(stride // array.itemsize)
        for step, array, letter in zip(steps, arrays, letters, strict=True)
        if letter == "s"
        for stride in step
    ]
    sizes = [index(extent) for extent in extents[1:]]
    layout = Layout("".join(letters), rank=len(extents), long=long)
    return Placement(layout, (*strides, *sizes, np.int64(count)), count)


def _strides(array: Any, shape: tuple[int, ...], axes: Sequence[int]) -> list[int]:
    """Return the strides of an array that is broadcast to a shape, in the order of the walk."""
    missing = len(shape) - array.ndim
    wide = [0] * missing + [
        0 if extent == 1 else stride
        for extent, stride in zip(array.shape, array.strides, strict=True)
    ]
    return [wide[axis] for axis in axes]


def _letter(steps: Sequence[int], extents: Sequence[int], itemsize: int, output: bool) -> str:
    if not output and not any(steps):
        return "0"
    expected = itemsize
    for step, extent in zip(reversed(steps), reversed(extents), strict=True):
        if step != expected:
            return "s"
        expected *= extent
    return "c"


def side_by_side(itemsizes: Sequence[int]) -> Layout:
    """Return the layout of aligned operands whose elements lie side by side."""
    return Layout("c" * len(itemsizes), width=min(_MOST, _WIDE // max(itemsizes)))


def _width(arrays: Sequence[Any]) -> int:
    """Return how many elements of all arrays a thread can load at once, by their alignment."""
    width = side_by_side([array.itemsize for array in arrays]).width
    aligned = all(array.data.ptr % (width * array.itemsize) == 0 for array in arrays)
    return width if aligned else 1


def overlap(array: Any, target: Any) -> bool:
    """Whether writing to ``target`` could change elements of ``array`` that are read later."""
    same = (
        array.data.ptr == target.data.ptr
        and array.shape == target.shape
        and array.strides == target.strides
        and array.itemsize == target.itemsize
    )
    if same or not array.size or not target.size:
        return False
    low, high = _bounds(array)
    start, end = _bounds(target)
    return low < end and start < high


def _bounds(array: Any) -> tuple[int, int]:
    """Return the addresses of the first byte and of that behind the last."""
    ends = [
        (extent - 1) * stride for extent, stride in zip(array.shape, array.strides, strict=True)
    ]
    low = array.data.ptr + sum(end for end in ends if end < 0)
    return low, array.data.ptr + sum(end for end in ends if end > 0) + array.itemsize


class Plan:
    """A kernel for one list of types and one layout, on the devices where it was needed."""

    def __init__(
        self,
        expression: Expression,
        kinds: tuple[DType, ...],
        results: tuple[np.dtype, ...],
        layout: Layout,
    ) -> None:
        self.written = write_cuda(expression, kinds, layout, results)
        self._width = layout.width
        self._scalars = _scalars(expression, kinds, self.written.scalars)
        self._kernels: dict[int, Any] = {}

    def launch(self, arrays: Sequence[Any], values: Sequence[Any], placement: Placement) -> None:
        """Run the kernel; the arrays are its inputs and outputs, the values those of the call."""
        from lucid.kernels.targets.cuda.kernel import addresses, compile_kernel

        device = arrays[-1].data.device_id
        kernel = self._kernels.get(device)
        if kernel is None:
            written = self.written
            kernel = compile_kernel(written.name, written.source, written.parameters, device)
            self._kernels[device] = kernel
        kernel.launch(
            -(-placement.count // self._width),
            (*addresses(arrays), *self._scalars(values), *placement.places),
        )


@lru_cache(maxsize=4096)
def plan(
    expression: Expression,
    kinds: tuple[DType, ...],
    results: tuple[np.dtype, ...],
    layout: Layout,
) -> Plan:
    """Return the kernel of an expression for given types and layout."""
    return Plan(expression, kinds, results, layout)


def _scalars(
    expression: Expression, kinds: tuple[DType, ...], wanted: Sequence[HostScalar]
) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a function from the values of a call to the scalars of its kernel."""
    if not wanted:
        return lambda values: []
    places = {node: k for k, node in enumerate(expression.inputs)}
    made = tuple(dict.fromkeys(scalar.node for scalar in wanted if not scalar.node.is_input))
    # Behind the values of the call come those that are made of them.
    for k, node in enumerate(made):
        places[node] = len(kinds) + k
    takes = [(places[scalar.node], _conversion(scalar.dtype)) for scalar in wanted]
    if not made:
        return lambda values: [convert(values[k]) for k, convert in takes]
    types = infer(expression, kinds)
    computed = Expression(expression.name, expression.inputs, made)

    def compute(values: Sequence[Any]) -> list[Any]:
        known = [*values, *evaluate(computed, values, types)]
        return [convert(known[k]) for k, convert in takes]

    return compute


def _conversion(dtype: np.dtype) -> Callable[[Any], Any]:
    """Return a conversion of a number to a dtype: integers wrap around, others round once."""
    if dtype.kind == "b":
        return lambda value: np.uint8(value != 0)
    if dtype.kind in "iu":
        return lambda value: np.int64(value).astype(dtype)
    kind = dtype.type

    def convert(value: Any) -> Any:
        if -1e30 < value < 1e30:
            return kind(value)
        with np.errstate(all="ignore"):
            return np.asarray(value).astype(dtype)[()]

    return convert
