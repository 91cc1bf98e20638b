"""Division and powers of integers: they wrap around, and nothing traps.

Processors have no vector instruction that divides integers. Those of up to 32 bits are divided as
floats, of which the quotient is exact when it is rounded to an integer: it is at least ``1 / b``
away from the next one, and the rounding of ``a / b`` is smaller than that as long as ``a`` has
fewer bits than the float. Integers of 64 bits have no such float and are divided one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types as numba_types
from numba.extending import intrinsic

from lucid.kernels.elementary._bits import elementary, on_device

__all__ = [
    "floor_divide_signed",
    "floor_divide_unsigned",
    "fmod_signed",
    "fmod_unsigned",
    "pow_signed",
    "pow_unsigned",
    "remainder_signed",
    "remainder_unsigned",
]

types: Any = numba_types

#: By the bits of the integers: the float that divides them, the integer with its bits, and a number
#: beside which it has integers in its low bits.
_FLOATS = {
    8: (ir.FloatType(), ir.IntType(32), 1.5 * 2.0**23),
    16: (ir.FloatType(), ir.IntType(32), 1.5 * 2.0**23),
    32: (ir.DoubleType(), ir.IntType(64), 1.5 * 2.0**52),
}


def _quotient_of_floats(builder: Any, a: Any, b: Any, signed: bool, down: bool) -> Any:
    """Divide integers of up to 32 bits; the result wraps around, as that of INT_MIN // -1."""
    number, word, magic = _FLOATS[a.type.width]
    convert = builder.sitofp if signed else builder.uitofp
    quotient = builder.fdiv(convert(a, number), convert(b, number))
    kind = ir.FunctionType(number, [number])
    name = "llvm.floor" if down else "llvm.trunc"
    whole = builder.call(builder.module.declare_intrinsic(name, [number], kind), [quotient])
    return builder.trunc(builder.bitcast(builder.fadd(whole, number(magic)), word), a.type)


def _quotient_of_integers(builder: Any, a: Any, b: Any, signed: bool, down: bool) -> Any:
    """Divide integers of any size, by something else than -1."""
    if not signed:
        return builder.udiv(a, b)
    quotient = builder.sdiv(a, b)
    if not down:
        return quotient
    rest = builder.sub(a, builder.mul(quotient, b))
    apart = builder.icmp_signed("<", builder.xor(rest, b), a.type(0))
    above = builder.and_(builder.icmp_signed("!=", rest, a.type(0)), apart)
    return builder.sub(quotient, builder.zext(above, a.type))


def _division(signed: bool, down: bool, rest: bool) -> Any:
    """Make a division that gives the quotient or the rest, both 0 for the divisor 0."""

    @intrinsic
    def divide(typing_context: Any, a: Any, b: Any) -> Any:
        result = types.int64 if signed else types.uint64

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            common = a if a.bitwidth >= b.bitwidth else b
            x, y = (
                context.cast(builder, value, kind, common)
                for value, kind in zip(arguments, (a, b), strict=True)
            )
            one, zero = y.type(1), y.type(0)
            nothing = builder.icmp_unsigned("==", y, zero)
            divisor = builder.select(nothing, one, y)
            if common.bitwidth in _FLOATS and not on_device(builder):
                quotient = _quotient_of_floats(builder, x, divisor, signed, down)
            else:
                turned = builder.icmp_unsigned("==", y, y.type(-1))
                if signed:
                    divisor = builder.select(turned, one, divisor)
                quotient = _quotient_of_integers(builder, x, divisor, signed, down)
                if signed:
                    # The least integer over -1 traps.
                    quotient = builder.select(turned, builder.neg(x), quotient)
            made = builder.sub(x, builder.mul(quotient, y)) if rest else quotient
            made = builder.select(nothing, zero, made)
            wide = context.get_value_type(result)
            if made.type == wide:
                return made
            return builder.sext(made, wide) if signed else builder.zext(made, wide)

        return result(a, b), generate

    return divide


floor_divide_signed = _division(signed=True, down=True, rest=False)
floor_divide_unsigned = _division(signed=False, down=False, rest=False)
remainder_signed = _division(signed=True, down=True, rest=True)
fmod_signed = _division(signed=True, down=False, rest=True)
#: Without a sign there is one rest alone.
remainder_unsigned = fmod_unsigned = _division(signed=False, down=False, rest=True)


@elementary
def pow_unsigned(a: Any, b: Any) -> Any:
    result = np.uint64(1)
    factor = np.uint64(a)
    rest = np.uint64(b)
    while rest != np.uint64(0):
        result = result * factor if rest & np.uint64(1) != np.uint64(0) else result
        factor = factor * factor
        rest = rest >> np.uint64(1)
    return result


@elementary
def pow_signed(a: Any, b: Any) -> Any:
    # The low 64 bits of a product do not depend on the sign.
    base, exponent = np.int64(a), np.int64(b)
    power = np.int64(pow_unsigned(np.uint64(base), np.uint64(exponent if exponent > 0 else 0)))
    # 1 / base**n rounds to 0 except for the bases 1 and -1.
    odd = (exponent & np.int64(1)) != 0
    unit = base if odd else np.int64(1)
    below = unit if (base == 1) | (base == -1) else np.int64(0)
    return below if exponent < 0 else power
