"""How CUDA kernels reach memory: several elements at once, halves, positions along axes."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from llvmlite import ir
from numba.core import types as numba_types
from numba.extending import intrinsic

__all__ = [
    "advance",
    "float16_bits",
    "from_float16",
    "inlined",
    "load_2",
    "load_4",
    "load_8",
    "split",
    "store_2",
    "store_4",
    "store_8",
]

types: Any = numba_types
_WORD = ir.IntType(32)
_HALF = ir.HalfType()


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a function of one element so that it disappears into the loop that calls it."""
    cuda: Any = import_module("numba.cuda")
    return cuda.jit(device=True, forceinline=True)(function)


def _words(pointer: Any, builder: Any, position: Any, width: int) -> tuple[Any, int]:
    """Return the address of a group of elements as words, and how many bytes it has."""
    element = pointer.type.pointee
    bits = element.width if isinstance(element, ir.IntType) else _BITS[str(element)]
    size = width * bits // 8
    start = builder.gep(pointer, [builder.mul(position, position.type(width))])
    words = ir.VectorType(_WORD, size // 4) if size > 4 else ir.IntType(8 * size)
    return builder.bitcast(start, words.as_pointer()), size


_BITS = {"float": 32, "double": 64}


def _load(width: int) -> Any:
    """Make ``load(pointer, i)``: the group number i of elements, which is aligned to its size."""

    @intrinsic
    def load(typing_context: Any, pointer: Any, position: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            address, size = _words(arguments[0], builder, arguments[1], width)
            loaded = builder.load(address, align=size)
            element = arguments[0].type.pointee
            group = builder.bitcast(loaded, ir.VectorType(element, width))
            return context.make_tuple(
                builder,
                signature.return_type,
                [builder.extract_element(group, _WORD(lane)) for lane in range(width)],
            )

        return types.UniTuple(pointer.dtype, width)(pointer, position), generate

    return load


def _store(width: int) -> Any:
    """Make ``store(pointer, i, values)``: write the group number i of elements."""

    @intrinsic
    def store(typing_context: Any, pointer: Any, position: Any, values: Any) -> Any:
        kept = types.UniTuple(pointer.dtype, width)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            element = arguments[0].type.pointee
            group = ir.Constant(ir.VectorType(element, width), ir.Undefined)
            for lane in range(width):
                value = builder.extract_value(arguments[2], lane)
                group = builder.insert_element(group, value, _WORD(lane))
            address, size = _words(arguments[0], builder, arguments[1], width)
            builder.store(builder.bitcast(group, address.type.pointee), address, align=size)
            return context.get_dummy_value()

        return types.void(pointer, position, kept), generate

    return store


load_2, load_4, load_8 = _load(2), _load(4), _load(8)
store_2, store_4, store_8 = _store(2), _store(4), _store(8)


@intrinsic
def advance(typing_context: Any, position: Any, step: Any) -> Any:
    """``advance(position, step)``: their sum, of which the compiler knows nothing.

    Otherwise it would unroll the loop over positions, and divide 64-bit numbers in front of it to
    know how often.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(arguments[0].type, [arguments[0].type] * 2)
        return builder.asm(kind, "add.s64 $0, $1, $2;", "=l,l,l", arguments, side_effect=True)

    return types.int64(types.int64, types.int64), generate


@intrinsic
def split(typing_context: Any, position: Any, size: Any) -> Any:
    """``split(position, size)``: quotient and remainder, of numbers that are not negative."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        quotient = builder.udiv(*arguments)
        rest = builder.sub(arguments[0], builder.mul(quotient, arguments[1]))
        return context.make_tuple(builder, signature.return_type, [quotient, rest])

    return types.UniTuple(position, 2)(position, position), generate


@intrinsic
def from_float16(typing_context: Any, word: Any) -> Any:
    """``from_float16(word)``: the float32 of 16 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fpext(builder.bitcast(arguments[0], _HALF), ir.FloatType())

    return types.float32(types.uint16), generate


@intrinsic
def float16_bits(typing_context: Any, x: Any) -> Any:
    """``float16_bits(x)``: the 16 bits of a float32, rounded to nearest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(builder.fptrunc(arguments[0], _HALF), ir.IntType(16))

    return types.uint16(types.float32), generate
