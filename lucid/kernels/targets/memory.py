"""What a kernel's generated source imports to reach its operands and scalars.

A kernel gets two addresses and a count. ``operands`` is the address of an array of addresses, one
for each input and output; ``scalars`` is the address of an array of float64. These intrinsics
read both. They allocate nothing, count no references and can't fail, so that a loop over them
becomes vector code.

An operand is a bare pointer, not an array: ``x[i]`` is one address computation and one load. An
array would bring its shape, its strides and NumPy's negative indices into every loop, and takes
Numba twice as long to compile.
"""

from typing import Any

from llvmlite import ir
from numba.core import types as numba_types
from numba.extending import intrinsic

__all__ = ["operand", "scalar", "single"]

types: Any = numba_types


def _number(dtype: Any) -> Any:
    """Numba's type of the elements: booleans are kept in memory as uint8."""
    number = dtype.dtype
    return types.uint8 if number is types.boolean else number


def _address(builder: Any, operands: Any, index: Any, pointer: Any) -> Any:
    """Load the address of the operand number `index` as a pointer of the type `pointer`."""
    table = builder.inttoptr(operands, pointer.as_pointer())
    return builder.load(builder.gep(table, [index]))


@intrinsic
def operand(typing_context: Any, operands: Any, index: Any, count: Any, dtype: Any) -> Any:
    """``operand(operands, index, count, dtype)``: the `count` elements of one operand, by index.

    The result takes ``x[i]`` and ``x[i] = value`` for ``0 <= i < count``. It is not checked, and
    an index must not be negative. Elements of ``numpy.bool_`` are read and written as uint8.
    """
    elements = types.CPointer(_number(dtype))

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = context.get_value_type(elements)
        return _address(builder, arguments[0], arguments[1], pointer)

    return elements(operands, types.intp, types.intp, dtype), generate


@intrinsic
def single(typing_context: Any, operands: Any, index: Any, dtype: Any) -> Any:
    """``single(operands, index, dtype)``: the one element of a broadcast operand."""
    number = _number(dtype)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = context.get_value_type(types.CPointer(number))
        return builder.load(_address(builder, arguments[0], arguments[1], pointer))

    return number(operands, types.intp, dtype), generate


@intrinsic
def scalar(typing_context: Any, scalars: Any, index: Any) -> Any:
    """``scalar(scalars, index)``: the run-time scalar number `index`, a float64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table = builder.inttoptr(arguments[0], ir.DoubleType().as_pointer())
        return builder.load(builder.gep(table, [arguments[1]]))

    return types.float64(scalars, types.intp), generate
