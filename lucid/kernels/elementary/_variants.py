"""Scalar functions that have a vector form of their own, which LLVM's vectoriser can't find.

An elementary function calls them like any other scalar function. In a kernel each of them stays
one call until the loop around it is vector code; then the call is replaced by a vector function
that `lucid.kernels.targets.variants` writes for the processor at hand. Everywhere else (a ufunc
of ``numba.vectorize``, any function that Numba compiles) the scalar meaning is called.

`table_f32` and `table_f64` look a number up in a table that lies in registers, `scale_by_f32` and
`scale_by_f64` multiply by a power of two, and `rescue_f32` and `rescue_f64` make a branch for a
whole vector: the slow way is only taken if some element of the vector needs it. `by_processor_f32`
and `by_processor_f64` choose between two functions: one that looks up in registers, and another
for processors that would have to load from memory, which costs more than a longer polynomial.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from lucid.kernels.elementary._bits import (
    bits_f32,
    bits_f64,
    elementary,
    float_f32,
    float_f64,
    floor_f32,
    floor_f64,
    on_device,
)

__all__ = [
    "by_processor_f32",
    "by_processor_f64",
    "rescue_f32",
    "rescue_f64",
    "scale_by_f32",
    "scale_by_f64",
    "table_f32",
    "table_f64",
]


def _kind(number: Any) -> Any:
    return ir.FloatType() if number is types.float32 else ir.DoubleType()


def _suffix(number: Any) -> str:
    return "f32" if number is types.float32 else "f64"


def _define(module: Any, name: str, kind: Any, body: Callable[[Any, Any], Any]) -> Any:
    """Return the module's function `name`, defined by `body` if it was not there yet.

    ``linkonce_odr``: several modules that are linked to one may each define it. ``noinline``: it
    has to be found again, and takes no part in what Numba's own optimiser does.
    """
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, kind, name)
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    builder.ret(body(builder, function.args))
    return function


def _call(builder: Any, name: str, kind: Any, body: Callable[[Any, Any], Any], given: Any) -> Any:
    """Call the module's function `name`; a CUDA device, which has no vectors, gets its body."""
    if on_device(builder):
        return body(builder, given)
    return builder.call(_define(builder.module, name, kind, body), given)


def _intrinsic(result: Any, parameters: Sequence[Any], generate: Any) -> Any:
    """Make a function that a compiled one can call, of one to five arguments."""
    signature = result(*parameters)

    def one(typing_context: Any, a: Any) -> Any:
        return signature, generate

    def two(typing_context: Any, a: Any, b: Any) -> Any:
        return signature, generate

    def three(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
        return signature, generate

    def four(typing_context: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        return signature, generate

    def five(typing_context: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
        return signature, generate

    return intrinsic((one, two, three, four, five)[len(parameters) - 1])


def _table(values: Sequence[Any], number: Any, word: Any) -> Any:
    count, least = len(values), 16 if number is types.float32 else 8
    if count < least or count & (count - 1):
        raise ValueError(
            f"a table of {count} {number} can't lie in registers; expected a power of two from "
            f"{least} on"
        )
    kind = _kind(number)
    place = ir.IntType(word.bitwidth)
    numbers = [float(v) for v in values]
    digest = hashlib.sha256(repr(numbers).encode()).hexdigest()[:16]
    name = f"lucid.table.{_suffix(number)}.{count}.{digest}"

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        module = builder.module

        def body(inside: Any, parameters: Any) -> Any:
            array = ir.ArrayType(kind, count)
            full, space = f"{name}.values", 0
            if on_device(inside):
                # There a global says that it lies in global memory, and its name has no dots.
                full, space = full.replace(".", "_"), 1
            held = module.globals.get(full)
            if held is None:
                held = ir.GlobalVariable(module, array, full, addrspace=space)
                held.linkage = "linkonce_odr"
                held.global_constant = True
                held.align = 64
                held.initializer = ir.Constant(array, numbers)
            index = inside.and_(parameters[0], place(count - 1))
            return inside.load(inside.gep(held, [place(0), index], inbounds=True))

        return _call(builder, name, ir.FunctionType(kind, [place]), body, arguments)

    return _intrinsic(number, [word], generate)


def table_f32(values: Sequence[Any]) -> Any:
    """Make ``look_up(i)`` in float32: ``values[i % len(values)]`` for an int32 i.

    The length is a power of two from 16 on; up to 32 numbers are one instruction of AVX-512. With
    AVX2 16 numbers are two and a choice, and on ARM they are one instruction.
    """
    return _table(values, types.float32, types.int32)


def table_f64(values: Sequence[Any]) -> Any:
    """Make ``look_up(i)`` in float64: ``values[i % len(values)]`` for an int64 i.

    The length is a power of two from 8 on; up to 16 numbers are one instruction of AVX-512.
    """
    return _table(values, types.float64, types.int64)


def _called(function: Any, number: Any, arity: int) -> Any:
    """Return what writes a call of an elementary function into a function of LLVM's language."""
    inner = number(*[number] * arity)

    def write(context: Any, builder: Any, arguments: Any) -> Any:
        if on_device(builder):
            typing = context.typing_context
            callee = typing.resolve_value_type(function)
            signature = callee.get_call_type(typing, inner.args, {})
            return context.get_function(callee, signature)(builder, arguments)
        function.compile(inner.args)
        compiled = function.overloads[inner.args]
        context.active_code_library.add_linking_library(compiled.library)
        _, value = context.call_internal_no_propagate(builder, compiled.fndesc, inner, arguments)
        return value

    return write


def _instruction(name: str, meaning: Any, number: Any) -> Any:
    """Bind an instruction of which `meaning`, an elementary function, gives the same bits."""
    arity, kind = meaning.py_func.__code__.co_argcount, _kind(number)
    write = _called(meaning, number, arity)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        shape = ir.FunctionType(kind, [kind] * arity)
        full = f"lucid.instruction.{name}.{_suffix(number)}"
        return _call(
            builder, full, shape, lambda inside, given: write(context, inside, given), arguments
        )

    return _intrinsic(number, [number] * arity, generate)


# Adding these to an integer leaves its bits in the low ones, and the exponent's bias.
_ROUNDER_F32, _ROUNDER_F64 = np.float32(1.5 * 2**23 + 2 * 127), 1.5 * 2.0**52 + 2 * 1023


@elementary
def _scale_f32(y: Any, n: Any) -> Any:
    i = bits_f32(floor_f32(n) + _ROUNDER_F32)
    # Clearing the lowest bit and shifting by one place less gives the exponent n // 2.
    half = np.int32((i & np.int32(-2)) << np.int32(22))
    rest = np.int32(np.int32(i << np.int32(23)) - half)
    return (y * float_f32(half)) * float_f32(rest)


@elementary
def _scale_f64(y: Any, n: Any) -> Any:
    i = bits_f64(floor_f64(n) + _ROUNDER_F64)
    half = (i & -2) << 51
    rest = (i << 52) - half
    return (y * float_f64(half)) * float_f64(rest)


#: ``scale_by(y, n)``: y 2^floor(n), rounded once, for y between 1/4 and 4; |n| below 240 in
#: float32 and below 2000 in float64. One instruction of AVX-512.
scale_by_f32 = _instruction("scale", _scale_f32, types.float32)
scale_by_f64 = _instruction("scale", _scale_f64, types.float64)


def _rescue(slow: Any, number: Any, short: bool) -> Any:
    function = slow.py_func
    name = f"{'short' if short else 'long'}.{function.__module__}.{function.__qualname__}"
    arity, kind = function.__code__.co_argcount, _kind(number)
    write = _called(slow, number, arity)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        plain = ir.FunctionType(kind, [kind] * arity)

        def compute(inside: Any, given: Any) -> Any:
            return write(context, inside, given)

        def choose(inside: Any, parameters: Any) -> Any:
            need, fast, *rest = parameters
            before = inside.block
            with inside.if_then(need, likely=False):
                value = _call(inside, f"lucid.slow.{name}", plain, compute, rest)
                after = inside.block
            result = inside.phi(kind)
            result.add_incoming(fast, before)
            result.add_incoming(value, after)
            return result

        shape = ir.FunctionType(kind, [ir.IntType(1), kind, *[kind] * arity])
        return _call(builder, f"lucid.rescue.{name}", shape, choose, arguments)

    return _intrinsic(number, [types.boolean, number, *[number] * arity], generate)


def rescue_f32(slow: Any, *, short: bool = False) -> Any:
    """Make ``choose(need, fast, *arguments)``: ``slow(*arguments) if need else fast``, float32.

    `slow` is an elementary function of one to three arguments. A vector none of whose elements
    needs it costs one test; if any does, `slow` is computed for the whole vector. That is taken
    to be rare, and done out of line, unless `slow` is `short`.
    """
    return _rescue(slow, types.float32, short)


def rescue_f64(slow: Any, *, short: bool = False) -> Any:
    """Make ``choose(need, fast, *arguments)``: ``slow(*arguments) if need else fast``, float64.

    See `rescue_f32`.
    """
    return _rescue(slow, types.float64, short)


def _has_registers(context: Any) -> bool:
    """Whether the processor that code is made for looks up in registers.

    The features are those of `lucid.kernels.targets.machine`: a processor that Numba's variable
    names has none but those that the other variable adds.
    """
    if "NUMBA_CPU_NAME" in os.environ and "NUMBA_CPU_FEATURES" not in os.environ:
        return False
    _, _, features = context.codegen().magic_tuple()
    return "+avx512f" in features.split(",")


def _by_processor(in_registers: Any, plain: Any, number: Any) -> Any:
    arity = plain.py_func.__code__.co_argcount
    kinds = (number,) * arity

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        chosen = plain
        if not on_device(builder) and _has_registers(context):
            chosen = in_registers
        typing = context.typing_context
        callee = typing.resolve_value_type(chosen)
        inner = callee.get_call_type(typing, kinds, {})
        return context.get_function(callee, inner)(builder, arguments)

    return _intrinsic(number, kinds, generate)


def by_processor_f32(in_registers: Any, plain: Any) -> Any:
    """Make a float32 function: `in_registers` where AVX-512 looks tables up, `plain` elsewhere."""
    return _by_processor(in_registers, plain, types.float32)


def by_processor_f64(in_registers: Any, plain: Any) -> Any:
    """Make a float64 function: `in_registers` where AVX-512 looks tables up, `plain` elsewhere."""
    return _by_processor(in_registers, plain, types.float64)
