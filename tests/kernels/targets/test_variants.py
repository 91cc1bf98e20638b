"""Vector forms of scalar functions: the same numbers as the scalar ones, at every length."""

import ctypes
import platform
import re
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from lucid.kernels.elementary import _variants
from lucid.kernels.targets import machine, variants
from lucid.kernels.targets.compiler import Kernel, compile_kernel

COUNT = 203
AVX512 = "+avx512f" in machine.host()
AVX2 = "+avx2" in machine.host()
DEFINITIONS = """
from numpy import float32, float64, int32, int64
from lucid.kernels.elementary._bits import (
    bits_f32, bits_f64, elementary, product_f32, product_f64, sqrt_f64
)
from lucid.kernels.elementary._variants import (
    by_processor_f64, rescue_f32, rescue_f64, scale_by_f32, scale_by_f64, table_f32, table_f64
)
from lucid.kernels.targets.memory import operand

@elementary
def slow_{name}(x, y):
    return x * x - y

choose_f32, choose_f64 = rescue_f32(slow_{name}), rescue_f64(slow_{name})
short_f32, short_f64 = rescue_f32(slow_{name}, short=True), rescue_f64(slow_{name}, short=True)
"""
#: Adding it leaves an integer in the low bits.
MAGIC = {"f32": 1.5 * 2**23, "f64": 1.5 * 2**52}
LONG = {"f32": "float32", "f64": "float64"}


def kernel(name: str, dtype: str, line: str, extra: str = "") -> Kernel:
    source = f"""{DEFINITIONS.format(name=name)}{extra}
def {name}(operands, scalars, count):
    x = operand(operands, 0, count, {LONG[dtype]})
    y = operand(operands, 1, count, {LONG[dtype]})
    out = operand(operands, 2, count, {LONG[dtype]})
    for i in range(count):
        out[i] = {line}
"""
    return compile_kernel(name, source)


def run(made: Kernel, *arrays: np.ndarray) -> np.ndarray:
    out = np.empty_like(arrays[0])
    call = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(made.address)
    addresses = np.array([array.ctypes.data for array in (*arrays, out)])
    call(addresses.ctypes.data, 0, out.size)
    return out


def check_lengths(made: Kernel, x: np.ndarray, y: np.ndarray, expected: np.ndarray) -> None:
    """Whole vectors and what is left of them, which is scalar code, give the same."""
    for count in (1, 3, 7, 13, 31, x.size):
        np.testing.assert_array_equal(run(made, x[:count], y[:count]), expected[:count])


@pytest.mark.parametrize("size", [8, 16, 32, 64])
@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_tables(dtype: str, size: int) -> None:
    size = 2 * size if dtype == "f32" else size
    values = [float(np.float32((i * 37 % 101) / 7)) for i in range(size)]
    line = f"look_up(bits_{dtype}(x[i] + {LONG[dtype]}({MAGIC[dtype]}))) + y[i]"
    made = kernel(f"t{size}{dtype}", dtype, line, f"look_up = table_{dtype}({values})")
    number = np.dtype(LONG[dtype])
    x = np.arange(-COUNT // 2, COUNT // 2, dtype=number)
    y = np.zeros_like(x)
    expected = np.array(values, number)[x.astype(int) % size]
    check_lengths(made, x, y, expected)
    if AVX512:
        text = made.llvm_ir()
        assert "gather" not in text
        assert re.search(r"@llvm\.x86\.avx512\.(permvar|vpermi2var)", text)
    elif AVX2 and dtype == "f32":
        assert "@llvm.x86.avx2.permps" in made.llvm_ir()


@pytest.mark.parametrize("kind", ["choose", "short"])
@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_only_elements_that_need_it_are_rescued(dtype: str, kind: str) -> None:
    made = kernel(f"r{kind}{dtype}", dtype, f"{kind}_{dtype}(x[i] > y[i], -x[i], x[i], y[i])")
    rng = np.random.default_rng(1)
    number = np.dtype(LONG[dtype])
    x = rng.integers(-50, 50, COUNT).astype(number)
    # No element, all of them, and some in a few of the vectors.
    for y in (np.full_like(x, 60), np.full_like(x, -60), np.full_like(x, 45), x[::-1].copy()):
        check_lengths(made, x, y, np.where(x > y, x * x - y, -x))
    assert ("lucid.cold" in made.llvm_ir()) == (kind == "choose")


def test_a_rescue_in_a_rescue() -> None:
    extra = """
@elementary
def outer(x, y):
    return choose_f64(x > 2.0 * y, y, x, y)

again = rescue_f64(outer)
"""
    made = kernel("nested", "f64", "again(x[i] > y[i], 0.0, x[i], y[i])", extra)
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 40, (2, COUNT)).astype(float)
    inner = np.where(x > 2 * y, x * x - y, y)
    check_lengths(made, x, y, np.where(x > y, inner, 0.0))


@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_powers_of_two_are_rounded_once(dtype: str) -> None:
    made = kernel(f"scale{dtype}", dtype, f"scale_by_{dtype}(x[i], y[i])")
    number = np.dtype(LONG[dtype])
    info = np.finfo(number)
    rng = np.random.default_rng(3)
    x = rng.uniform(-4, 4, 4 * COUNT).astype(number)
    y = rng.uniform(info.minexp - info.nmant - 3, info.maxexp + 2, x.size).astype(number)
    with np.errstate(over="ignore", under="ignore"):
        expected = np.ldexp(x, np.floor(y).astype(int))
    check_lengths(made, x, y, expected)


def test_the_processor_chooses() -> None:
    extra = """
@elementary
def first(x, y):
    return x + y

@elementary
def second(x, y):
    return x - y

either = by_processor_f64(first, second)
"""
    made = kernel("chosen", "f64", "either(x[i], y[i])", extra)
    x, y = np.arange(20.0), np.ones(20)
    check_lengths(made, x, y, x + y if AVX512 else x - y)


LOOK_UP = "define linkonce_odr {0} @lucid.table.{1}.16.ab({2} %.1) #1 {{\n ret {0} 1.0\n}}\n"


@pytest.mark.parametrize("features", ["", "+avx2,+fma", "+avx512f,+avx512vl"])
@pytest.mark.parametrize("words", [("double", "f64", "i64"), ("float", "f32", "i32")])
def test_without_registers_a_table_is_inlined_before_the_loop_is_vector_code(
    features: str, words: tuple[str, str, str]
) -> None:
    better = "avx512f" in features or ("avx2" in features and words[0] == "float")
    offered = variants.offer(LOOK_UP.format(*words), features)
    assert ("alwaysinline" in offered) == (not better)
    assert ("vector-function-abi-variant" in offered) == better
    assert variants.define(offered, features) == ""


@pytest.mark.parametrize("width", [4, 8, 16])
def test_avx2_looks_up_in_registers_of_eight(width: int) -> None:
    offered = variants.offer(LOOK_UP.format("float", "f32", "i32"), "+avx2")
    vector, place = f"<{width} x float>", f"<{width} x i32>"
    call = f"define {vector} @f({place} %i) {{\n"
    call += f" %y = call {vector} @lucid.table.f32.16.ab.v{width}({place} %i)\n ret {vector} %y\n}}"
    written = variants.define(offered + call, "+avx2")
    # Two registers hold the table, and a long vector of places is cut into two.
    assert len(re.findall(r"= call <8 x float> @llvm\.x86\.avx2\.permps", written)) == max(
        width // 4, 2
    )
    assert "avx512" not in written


def test_a_module_without_them_stays_as_it_is() -> None:
    text = "define i64 @f(i64 %a) {\n ret i64 %a\n}\n"
    assert variants.offer(text, "+avx512f").strip() == text.strip()
    assert variants.define(text, "+avx512f") == ""


@pytest.mark.parametrize("count", [3, 8, 24])
def test_tables_of_other_lengths_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="expected a power of two from 16 on"):
        _variants.table_f32([1.0] * count)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names x86's features")
def test_elementary_functions_use_them() -> None:
    from lucid.kernels import elementary

    module: ModuleType = elementary
    found: list[Any] = [getattr(module, name) for name in ("pow_f64", "tanh_f32", "exp2_f64")]
    for function in found:
        name, arity = function.py_func.__name__, function.py_func.__code__.co_argcount
        line = f"{name}({', '.join(['x[i]', 'y[i]'][:arity])})"
        extra = f"from lucid.kernels.elementary import {name}\n"
        text = kernel(f"use_{name}", name[-3:], line, extra).llvm_ir()
        assert ("avx512.vpermi2var" in text) == AVX512
