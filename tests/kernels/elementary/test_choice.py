"""A choice between two arrays reads both, side by side."""

import numpy as np
import pytest

import lucid
from lucid.kernels.targets.compiler import compile_kernel

SOURCE = """
from numpy import bool_, {dtype}
from lucid.kernels.elementary import select
from lucid.kernels.targets.memory import operand
def chosen(operands, scalars, count):
    flags = operand(operands, 0, count, bool_)
    a = operand(operands, 1, count, {dtype})
    b = operand(operands, 2, count, {dtype})
    out = operand(operands, 3, count, {dtype})
    for i in range(count):
        flag = flags[i] != 0
        out[i] = select(flag, a[i], b[i])
"""


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_the_loop_loads_vectors(dtype: str) -> None:
    text = compile_kernel("chosen", SOURCE.format(dtype=dtype)).llvm_ir()
    kind = {"float32": "float", "float64": "double", "int32": "i32"}[dtype]
    assert f"x {kind}> %" in text
    assert "@llvm.masked.gather" not in text


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint64, np.float16, np.float64])
def test_values_of_any_dtype(dtype: type[np.generic]) -> None:
    random = np.random.default_rng(0)
    flags = random.random(300) < 0.5
    a, b = (random.integers(0, 2, 300).astype(dtype) for _ in "ab")
    result = lucid.where(flags, a, b)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, np.where(flags, a, b))
    np.testing.assert_array_equal(lucid.where(flags, a, 1), np.where(flags, a, dtype(1)))
