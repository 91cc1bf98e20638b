"""Plain meanings of the functions that CUDA kernels call, for the simulator."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from lucid.kernels.expression import PRIMITIVES
from lucid.kernels.expression.dtypes import is_float
from lucid.kernels.expression.primitive import Primitive

__all__ = ["Pointer", "define", "function", "pointer"]

_KINDS = [np.dtype(kind) for kind in ("f4", "f8", "i8", "u8", "?")]


class Pointer:
    """The address of elements, at any distance from it, as a kernel's parameter.

    Reading it gives a NumPy scalar, whose arithmetic rounds and wraps around as a device's does.
    """

    def __init__(self, memory: np.ndarray, start: int) -> None:
        self._memory = memory
        self._start = start

    def __getitem__(self, index: int) -> Any:
        place = self._start + int(index)
        assert 0 <= place < len(self._memory), "a read beyond the array"
        return self._memory[place]

    def __setitem__(self, index: int, value: Any) -> None:
        place = self._start + int(index)
        assert 0 <= place < len(self._memory), "a write beyond the array"
        self._memory[place] = value


def pointer(array: np.ndarray) -> Pointer:
    """Return the address of the first element; all elements must lie in whole steps from it.

    Halves are read and written as 16 bits and booleans as uint8, as on a device.
    """
    if array.dtype.kind == "b" or is_float(array.dtype):
        array = array.view({1: np.uint8, 2: np.uint16}.get(array.itemsize, array.dtype))
    ends = [
        (extent - 1) * stride for extent, stride in zip(array.shape, array.strides, strict=True)
    ]
    before = -sum(min(end, 0) for end in ends) // array.itemsize
    beyond = sum(max(end, 0) for end in ends) // array.itemsize
    backwards = tuple(slice(None, None, -1 if end < 0 else 1) for end in ends)
    # With the dots, no dimensions give an array too.
    whole: Any = (*backwards, Ellipsis)
    lowest = array[whole]
    memory = np.lib.stride_tricks.as_strided(
        lowest, (before + beyond + 1,), (array.itemsize,), writeable=array.flags.writeable
    )
    return Pointer(memory, before)


class _Typed(ast.NodeTransformer):
    """Makes float64 numbers of Python's, whose division by zero is an error."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not isinstance(node.value, float):
            return node
        return ast.Call(ast.Name("float64", ast.Load()), [node], [])


def define(source: str) -> dict[str, Any]:
    """Run the text of a kernel's module as a device would; return what it defines."""
    tree = ast.fix_missing_locations(_Typed().visit(ast.parse(source)))
    namespace: dict[str, Any] = {"float64": np.float64}
    exec(compile(tree, "<simulated kernel>", "exec"), namespace)
    for name, value in namespace.items():
        # NumPy's own conversions refuse numbers that are out of range.
        if isinstance(value, type) and issubclass(value, np.generic):
            namespace[name] = _conversion(np.dtype(value))
    return namespace


def _conversion(dtype: np.dtype) -> Callable[[Any], Any]:
    return lambda value: np.asarray(value).astype(dtype)[()]


def _from_bits(dtype: Any) -> Callable[[Any], Any]:
    return lambda word: np.float32(np.uint16(word).view(dtype))


def _to_bits(dtype: Any) -> Callable[[Any], Any]:
    return lambda x: np.asarray(np.float32(x)).astype(dtype).view(np.uint16)[()]


def _memory_function(name: str) -> Callable[..., Any] | None:
    kind, _, width = name.partition("_")
    if kind == "load" and width.isdigit():
        lanes = range(int(width))
        return lambda pointer, i: tuple(pointer[int(width) * i + lane] for lane in lanes)
    if kind == "store" and width.isdigit():

        def store(pointer: Pointer, i: int, values: Any) -> None:
            for lane, value in enumerate(values):
                pointer[int(width) * i + lane] = value

        return store
    return None


def _plain(primitive: Primitive, kind: np.dtype | None) -> Callable[..., Any]:
    """Return a primitive's definition, for arguments of a dtype, or for those that come."""

    def evaluate(*values: Any) -> Any:
        wanted, result = primitive.infer((kind or np.result_type(*values),) * primitive.arity)
        with np.errstate(all="ignore"):
            arguments = [
                np.asarray(value).astype(dtype)[()]
                for value, dtype in zip(values, wanted, strict=True)
            ]
            return np.asarray(primitive.plain(*arguments)).astype(result)[()]

    return evaluate


@cache
def function(name: str) -> Callable[..., Any]:
    """Return the function that a name in generated source stands for."""
    if name == "inlined":
        return lambda element: element
    if name == "advance":
        return lambda position, step: position + step
    if name == "split":
        return lambda position, size: divmod(int(position), int(size))
    if name in ("from_bfloat16", "bfloat16_bits"):
        import ml_dtypes

        return (_from_bits if name.startswith("from") else _to_bits)(ml_dtypes.bfloat16)
    if name in ("from_float16", "float16_bits"):
        return (_from_bits if name.startswith("from") else _to_bits)(np.float16)
    found = _memory_function(name)
    if found is not None:
        return found
    for primitive in PRIMITIVES.values():
        kinds = [kind for kind in _KINDS if primitive.source(kind).startswith(f"{name}(")]
        if kinds:
            # A name without a suffix serves all dtypes.
            return _plain(primitive, kinds[0] if len(kinds) == 1 else None)
    raise AttributeError(f"no primitive is written as {name!r} in generated source")
