"""Bits of floating-point numbers, and the decorator of the elementary functions.

An elementary function is scalar Python that LLVM turns into vector code: no branches (a choice
is a ``select`` written ``a if c else b`` on values that are both computed), no calls that stay
calls, and every constant in the dtype of the function, since one stray float64 constant makes
a whole float32 loop run in float64.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from lucid.kernels.elementary.inlined import Inlined

#: ``contract`` lets LLVM fuse a multiplication and an addition. Nothing more: every other
#: fast-math flag breaks NaN, infinities or a correctly rounded division. NumPy's error model
#: makes a division by zero an infinity instead of a branch.
OPTIONS: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy", "nogil": True}


def elementary(function: Callable[..., Any]) -> Any:
    """Compile a scalar function so that it disappears into the loop that calls it."""
    return Inlined(function, OPTIONS)


def _bitcast(source: Any, target: Any) -> Any:
    @intrinsic
    def cast(typing_context: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], context.get_value_type(target))

        return target(source), generate

    return cast


#: Reinterpret the bits of a number: float32 as int32 and back, float64 as int64 and back.
bits_f32 = _bitcast(types.float32, types.int32)
float_f32 = _bitcast(types.int32, types.float32)
bits_f64 = _bitcast(types.float64, types.int64)
float_f64 = _bitcast(types.int64, types.float64)


def on_device(builder: Any) -> bool:
    """Whether the code is for a CUDA device."""
    return str(builder.module.triple).startswith("nvptx")


def libdevice(builder: Any, name: str, arguments: Any) -> Any:
    """Call a function of CUDA's device library, which has a name of its own for float32."""
    kind = arguments[0].type
    name = f"__nv_{name}{'f' if isinstance(kind, ir.FloatType) else ''}"
    function = builder.module.globals.get(name) or ir.Function(
        builder.module, ir.FunctionType(kind, [kind] * len(arguments)), name
    )
    return builder.call(function, arguments)


def _llvm_intrinsic(name: str, number: Any, arity: int) -> Any:
    """Bind an LLVM intrinsic (``llvm.fma``, ``llvm.rint`` ...) of one floating-point type."""
    suffix = "f32" if number is types.float32 else "f64"

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if on_device(builder):
            # CUDA's compiler knows few of the intrinsics; the library has them all.
            return libdevice(builder, name, arguments)
        kind = ir.FloatType() if number is types.float32 else ir.DoubleType()
        function = builder.module.declare_intrinsic(
            f"llvm.{name}.{suffix}", fnty=ir.FunctionType(kind, [kind] * arity)
        )
        return builder.call(function, arguments)

    if arity == 1:

        @intrinsic
        def unary(typing_context: Any, x: Any) -> Any:
            return number(number), generate

        return unary
    if arity == 2:

        @intrinsic
        def binary(typing_context: Any, x: Any, y: Any) -> Any:
            return number(number, number), generate

        return binary

    @intrinsic
    def ternary(typing_context: Any, x: Any, y: Any, z: Any) -> Any:
        return number(number, number, number), generate

    return ternary


#: A true fused multiply-add, for error-free transformations (``contract`` only permits fusion).
fma_f32 = _llvm_intrinsic("fma", types.float32, 3)
fma_f64 = _llvm_intrinsic("fma", types.float64, 3)
#: Round to the nearest integral value, ties to even; one instruction, no int64 on the way.
rint_f32 = _llvm_intrinsic("rint", types.float32, 1)
rint_f64 = _llvm_intrinsic("rint", types.float64, 1)
floor_f32 = _llvm_intrinsic("floor", types.float32, 1)
floor_f64 = _llvm_intrinsic("floor", types.float64, 1)
ceil_f32 = _llvm_intrinsic("ceil", types.float32, 1)
ceil_f64 = _llvm_intrinsic("ceil", types.float64, 1)
trunc_f32 = _llvm_intrinsic("trunc", types.float32, 1)
trunc_f64 = _llvm_intrinsic("trunc", types.float64, 1)
abs_f32 = _llvm_intrinsic("fabs", types.float32, 1)
abs_f64 = _llvm_intrinsic("fabs", types.float64, 1)
sqrt_f32 = _llvm_intrinsic("sqrt", types.float32, 1)
sqrt_f64 = _llvm_intrinsic("sqrt", types.float64, 1)
copysign_f32 = _llvm_intrinsic("copysign", types.float32, 2)
copysign_f64 = _llvm_intrinsic("copysign", types.float64, 2)


def constant_table(values: Any) -> Any:
    """Make ``look_up(i)``: the float64 number i of a table, for an int64 i that is in range.

    NumPy arrays would do on a CPU, but a CUDA device keeps them in its constant memory, which is
    small, and slow if neighbours read different places.
    """
    numbers = [float(value) for value in values]
    array = ir.ArrayType(ir.DoubleType(), len(numbers))
    name = f"lucid_table_{sha256(repr(numbers).encode()).hexdigest()[:16]}"

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        module = builder.module
        held = module.globals.get(name)
        if held is None:
            space = 1 if on_device(builder) else 0
            held = ir.GlobalVariable(module, array, name, addrspace=space)
            held.linkage = "internal"
            held.global_constant = True
            held.initializer = ir.Constant(array, numbers)
        place = builder.gep(held, [ir.IntType(64)(0), arguments[0]], inbounds=True)
        return builder.load(place)

    @intrinsic
    def look_up(typing_context: Any, index: Any) -> Any:
        return types.float64(types.int64), generate

    return look_up


def _plain_product(number: Any) -> Any:
    """Multiply without the flag that permits fusion."""

    @intrinsic
    def multiply(typing_context: Any, x: Any, y: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.fmul(*arguments)

        return number(number, number), generate

    return multiply


#: A product that is rounded by itself, whatever is done with it: for compensated sums.
product_f32 = _plain_product(types.float32)
product_f64 = _plain_product(types.float64)


def _logical_shift(number: Any) -> Any:
    """Shift right and fill with zeros; AVX2 has no arithmetic shift of 64 bits."""

    @intrinsic
    def shift(typing_context: Any, value: Any, count: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.lshr(*arguments)

        return number(number, number), generate

    return shift


shift_right_i32 = _logical_shift(types.int32)
shift_right_i64 = _logical_shift(types.int64)


def _rest(number: Any) -> Any:
    @intrinsic
    def rest(typing_context: Any, x: Any, y: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            if on_device(builder):
                # There the instruction is a division and a product, far from exact.
                return libdevice(builder, "fmod", arguments)
            return builder.frem(*arguments)

        return number(number, number), generate

    return rest


#: The exact rest of the division rounded towards 0: C's ``fmod``.
rest_f64 = _rest(types.float64)
