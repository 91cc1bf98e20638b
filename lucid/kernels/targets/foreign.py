"""Calls of C functions by their address, for kernels that need a library which is loaded anyway."""

from typing import Any

from llvmlite import ir
from numba.core import types as numba_types
from numba.extending import intrinsic

__all__ = ["address", "gemm_f32", "gemm_f64"]

types: Any = numba_types


@intrinsic
def address(typing_context: Any, operands: Any, index: Any) -> Any:
    """``address(operands, index)``: the address of one operand, as an integer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        table = builder.inttoptr(arguments[0], word.as_pointer())
        return builder.load(builder.gep(table, [arguments[1]]))

    return types.intp(operands, types.intp), generate


def _gemm(number: Any, kind: Any) -> Any:
    """Bind ``cblas_sgemm`` or ``cblas_dgemm`` of a BLAS with 64-bit integers.

    ``C = A B`` in row-major order (BLAS Technical Forum Standard, 2001, C interface).
    """

    @intrinsic
    def gemm(
        typing_context: Any,
        function: Any,
        transpose_a: Any,
        transpose_b: Any,
        m: Any,
        n: Any,
        k: Any,
        a: Any,
        lda: Any,
        b: Any,
        ldb: Any,
        c: Any,
        ldc: Any,
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            flag, word, scalar = ir.IntType(32), ir.IntType(64), kind()
            pointer = scalar.as_pointer()
            shape = [flag, flag, flag, word, word, word, scalar, pointer, word]
            shape += [pointer, word, scalar, pointer, word]
            target = ir.FunctionType(ir.VoidType(), shape).as_pointer()
            where, ta, tb, rows, columns, inner, a_at, a_step, b_at, b_step, c_at, c_step = (
                arguments
            )

            def order(transposed: Any) -> Any:
                yes = builder.icmp_signed("!=", transposed, word(0))
                return builder.select(yes, flag(112), flag(111))

            def to(value: Any) -> Any:
                return builder.inttoptr(value, pointer)

            sizes = (rows, columns, inner)
            factors = (scalar(1.0), to(a_at), a_step, to(b_at), b_step)
            result = (scalar(0.0), to(c_at), c_step)
            builder.call(
                builder.inttoptr(where, target),
                [flag(101), order(ta), order(tb), *sizes, *factors, *result],
            )
            return context.get_dummy_value()

        return types.void(*[types.int64] * 12), generate

    return gemm


gemm_f32 = _gemm(types.float32, ir.FloatType)
gemm_f64 = _gemm(types.float64, ir.DoubleType)
