import ctypes
import linecache
import re
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handwritten import AXPY, axpy

from lucid.kernels.targets import compiler, machine
from lucid.kernels.targets.compiler import Kernel, compile_kernel
from lucid.kernels.targets.objects import undefined_symbols

HEAD = """
from math import pow, sin
import numpy as np
from numpy import bool_, float32, float64, int32
from lucid.kernels.targets.memory import operand, scalar, single
"""


def call(kernel: Kernel, *arrays: np.ndarray, scalars: tuple[float, ...] = ()) -> None:
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
    addresses = np.array([array.ctypes.data for array in arrays])
    numbers = np.array(scalars)
    kind(kernel.address)(addresses.ctypes.data, numbers.ctypes.data, arrays[-1].size)


def many(inputs: int, outputs: int) -> str:
    lines = [HEAD, "def many(operands, scalars, count):"]
    lines += [f"    x{i} = operand(operands, {i}, count, float32)" for i in range(inputs)]
    lines += [f"    y{j} = operand(operands, {inputs + j}, count, float32)" for j in range(outputs)]
    lines.append("    for i in range(count):")
    lines += [f"        a{i} = x{i}[i]" for i in range(inputs)]
    for j in range(outputs):
        terms = " + ".join(f"float32({i + j}) * a{i}" for i in range(inputs))
        lines.append(f"        y{j}[i] = {terms}")
    return "\n".join(lines)


def test_values() -> None:
    x, y = np.arange(37, dtype=np.float32), np.ones(37, np.float32)
    out = np.empty_like(x)
    call(axpy(), x, y, out, scalars=(2.5,))
    np.testing.assert_array_equal(out, np.float32(2.5) * x + y)


def test_same_source_is_one_kernel() -> None:
    assert axpy() is axpy()
    assert compile_kernel("axpy", AXPY + "\n# other\n") is not axpy()


def test_single_element_and_boolean_output() -> None:
    source = HEAD + (
        "def above(operands, scalars, count):\n"
        "    x = operand(operands, 0, count, float64)\n"
        "    bound = single(operands, 1, float64)\n"
        "    out = operand(operands, 2, count, bool_)\n"
        "    for i in range(count):\n"
        "        out[i] = x[i] > bound\n"
    )
    x, out = np.linspace(-1, 1, 21), np.empty(21, np.bool_)
    call(compile_kernel("above", source), x, np.array([0.25]), out)
    np.testing.assert_array_equal(out, x > 0.25)


def test_many_operands_become_vector_code_without_overlap_checks() -> None:
    kernel = compile_kernel("many", many(8, 8))
    text = kernel.llvm_ir()
    assert re.search(r"store <\d+ x float>", text)
    assert "diff.check" not in text
    assert "memcheck" not in text
    arrays = [np.random.default_rng(i).random(100, np.float32) for i in range(16)]
    expected = [sum(np.float32(i + j) * arrays[i] for i in range(8)) for j in range(8)]
    call(kernel, *arrays)
    for got, wanted in zip(arrays[8:], expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5)


def test_outputs_may_be_the_inputs_themselves() -> None:
    arrays = [np.random.default_rng(i).random(100, np.float32) for i in range(3)]
    expected = [sum(np.float32(i + j) * arrays[i] for i in range(3)) for j in range(3)]
    # Each output overwrites another input than the one it was written for.
    call(compile_kernel("many", many(3, 3)), *arrays, arrays[2], arrays[0], arrays[1])
    for place, wanted in zip((2, 0, 1), expected, strict=True):
        np.testing.assert_allclose(arrays[place], wanted, rtol=1e-5)


def test_a_loop_that_adds_up_is_right_when_it_says_so() -> None:
    source = HEAD + (
        "def total(operands, scalars, count):\n"
        "    x = operand(operands, 0, count, float64)\n"
        "    out = operand(operands, 1, count, float64)\n"
        "    for i in range(count - 1):\n"
        "        out[i + 1] = out[i] + x[i]\n"
    )
    x, out = np.arange(50.0), np.zeros(50)
    call(compile_kernel("total", source, independent=False), x, out)
    np.testing.assert_array_equal(out[1:], np.cumsum(x)[:-1])


def test_the_c_library_may_be_called() -> None:
    source = HEAD + (
        "def sines(operands, scalars, count):\n"
        "    x = operand(operands, 0, count, float64)\n"
        "    out = operand(operands, 1, count, float64)\n"
        "    for i in range(count):\n"
        "        out[i] = sin(x[i]) + pow(x[i], 1.5)\n"
    )
    x, out = np.linspace(0, 3, 33), np.empty(33)
    call(compile_kernel("sines", source), x, out)
    np.testing.assert_allclose(out, np.sin(x) + x**1.5, rtol=1e-14)


@pytest.mark.parametrize(
    "body",
    [
        "    raise ValueError('no')",
        "    assert count > 3",
        "    x = np.empty(count)\n    operand(operands, 0, count, float64)[0] = x.sum()",
    ],
)
def test_what_a_kernel_must_not_do_is_refused(body: str) -> None:
    with pytest.raises(RuntimeError, match=r"may raise an exception|calls"):
        compile_kernel("bad", f"{HEAD}def bad(operands, scalars, count):\n{body}\n")


def test_foreign_symbols_are_refused() -> None:
    text = (
        "declare i64 @launch_missiles()\n"
        "define i64 @entry() {\n %a = call i64 @launch_missiles()\n ret i64 %a\n}"
    )
    with pytest.raises(RuntimeError, match="launch_missiles"):
        machine.emit([text], ["entry"], independent=False)


@pytest.mark.skipif(sys.platform != "linux", reason="reads ELF files")
def test_calls_that_the_code_generator_adds_are_seen() -> None:
    # There is no instruction for this remainder; the compiler's runtime would have to do it.
    text = "define i128 @wide(i128 %a, i128 %b) {\n %c = srem i128 %a, %b\n ret i128 %c\n}"
    with pytest.raises(RuntimeError, match="__modti3"):
        machine.emit([text], ["wide"], independent=False)


@pytest.mark.skipif(sys.platform != "linux", reason="reads ELF files")
def test_kept_object_code_needs_nothing() -> None:
    path = axpy().path
    assert path is not None
    data = path.with_suffix(".o").read_bytes()
    assert undefined_symbols(data[data.index(b"\x7fELF") :]) == set()
    assert undefined_symbols(b"\xcf\xfa\xed\xfe another format") == set()


def test_a_missing_function_is_named() -> None:
    with pytest.raises(ValueError, match="expected a function nothing"):
        compile_kernel("nothing", "def something(operands, scalars, count):\n    pass\n")


def test_source_is_a_real_file() -> None:
    kernel = axpy()
    assert isinstance(kernel.path, Path)
    assert kernel.path.read_text() == AXPY
    assert kernel.source == AXPY
    assert "axpy" in repr(kernel)


def test_source_in_memory_is_known_to_tracebacks() -> None:
    compiler._define("axpy", AXPY, None, "axpy_in_memory")
    assert "def axpy" in "".join(linecache.getlines("<lucid kernel axpy_in_memory>"))


def test_assembly_shows_the_kernel() -> None:
    assert "lucid_axpy" in axpy().assembly()


def test_threads_compile_a_kernel_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCID_CACHE_DIR", str(tmp_path))
    built: list[str] = []
    original = compiler._compile

    def counted(name: str, *rest: Any) -> Any:
        built.append(name)
        return original(name, *rest)

    monkeypatch.setattr(compiler, "_compile", counted)
    source = AXPY + "\n# compiled by many threads\n"
    kernels: list[Kernel] = []
    threads = [
        threading.Thread(target=lambda: kernels.append(compile_kernel("axpy", source)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == ["axpy"]
    assert len(set(map(id, kernels))) == 1
