"""Steps of a fold: how one more value joins what was folded so far.

A sum of floating-point numbers becomes vector code only if its additions may be done in another
order, as several sums side by side. These steps carry that permission (LLVM's ``reassoc``), and
nothing else in a kernel does: what is added was computed exactly as it is written.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from lucid.kernels.elementary._bits import elementary
from lucid.kernels.elementary._pairs import two_sum

__all__ = ["fold_add", "fold_maximum", "fold_minimum", "fold_multiply", "sum_rest"]

#: ``build(builder, a, b, signed)`` for two values of one type.
Build = Callable[[Any, Any, Any, bool], Any]


def _step(integer: Build, real: Build) -> Any:
    """Make a step that stays in its type: the sum of two int32 is an int32."""

    @intrinsic
    def step(typing_context: Any, total: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, b = arguments
            if isinstance(total, types.Float):
                return real(builder, a, b, True)
            return integer(builder, a, b, total.signed)

        return total(total, total), generate

    return step


def _extreme(sign: str, name: str) -> Any:
    def integer(builder: Any, a: Any, b: Any, signed: bool) -> Any:
        compare = builder.icmp_signed if signed else builder.icmp_unsigned
        return builder.select(compare(sign, a, b), a, b)

    def real(builder: Any, a: Any, b: Any, signed: bool) -> Any:
        # NaN goes through. Which of two zeros it is does not matter, and costs time to find out.
        kind = ir.FunctionType(a.type, [a.type] * 2)
        function = builder.module.declare_intrinsic(f"llvm.{name}", [a.type], kind)
        return builder.call(function, [a, b], fastmath=("nsz",))

    return _step(integer, real)


fold_add = _step(
    lambda builder, a, b, signed: builder.add(a, b),
    lambda builder, a, b, signed: builder.fadd(a, b, flags=("reassoc",)),
)
fold_multiply = _step(
    lambda builder, a, b, signed: builder.mul(a, b),
    lambda builder, a, b, signed: builder.fmul(a, b, flags=("reassoc",)),
)
fold_maximum = _extreme(">", "maximum")
fold_minimum = _extreme("<", "minimum")


@elementary
def sum_rest(a: Any, b: Any) -> Any:
    """Return what the sum of two float64 loses when it is rounded; 0 for sums without bounds."""
    rest = two_sum(a, b)[1]
    return rest if rest == rest else 0.0
