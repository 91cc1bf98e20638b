"""Kernels that write past the caches: the same bits, by other instructions."""

import ctypes

import numpy as np
import pytest

from lucid.kernels import add, exp
from lucid.kernels.targets import layout, machine, native
from lucid.kernels.targets.compiler import Kernel, compile_kernel
from lucid.kernels.targets.streaming import add_streaming

DTYPES = [np.float32, np.float64, np.int8, np.int16, np.int64]
X = np.random.default_rng(0).uniform(-3, 3, 10_000).astype(np.float32)


def kernel(dtype: type = np.float32) -> Kernel:
    operation = exp if np.dtype(dtype).kind == "f" else add
    values = (np.empty(0, dtype),) * (1 if operation is exp else 2)
    program, given = operation.bind(values, {})
    source = program.source(tuple(value.dtype for value in given))
    return compile_kernel(operation.name, source, streams=True)


def streamed(found: Kernel) -> str:
    entry = f"lucid_{found.name}"
    return add_streaming(found.llvm_ir(), entry)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_vector_store_of_the_second_body_is_marked(dtype: type) -> None:
    text = streamed(kernel(dtype))
    plain, second = text.split("_streamed(", 1)[0], text.split("_streamed(", 1)[1]
    second = second.split("\n}\n", 1)[0]
    stores = [line for line in second.splitlines() if "store <" in line]
    assert stores
    assert all("!nontemporal" in line for line in stores)
    assert "!nontemporal" not in plain


@pytest.mark.skipif("x86_64" not in machine.host(), reason="looks for instructions of x86-64")
def test_the_processor_has_an_instruction_for_it() -> None:
    found = kernel()
    assert "vmovnt" in machine.assembly(streamed(found))
    assert "vmovnt" not in machine.assembly(found.llvm_ir())


@pytest.mark.parametrize("count", [0, 1, 15, 16, 63, 64, 65, 1000, 9_999])
def test_a_negative_count_gives_the_same_bits(count: int) -> None:
    call = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(kernel().address)
    room = np.zeros(count + 32, np.float32)
    first = -room.ctypes.data % 64 // 4
    out = room[first : first + count]
    addresses = np.array([X.ctypes.data, out.ctypes.data], np.int64)
    expected = exp(X[:count])
    call(addresses.ctypes.data, 0, count)
    np.testing.assert_array_equal(out, expected)
    out[:] = 0
    call(addresses.ctypes.data, 0, -count)
    np.testing.assert_array_equal(out, expected)
    assert not room[:first].any()
    assert not room[first + count :].any()


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("offset", [0, 1])
def test_a_launch_of_large_outputs(threads: int, offset: int) -> None:
    plan = native.plan(kernel(), "cc", (np.float32, np.float32), 1, 0, 64)
    assert plan[layout.PLAN_STREAMS // 8] == 4
    # As if each element were so large that these few fill no cache.
    plan[layout.PLAN_STREAMS // 8] = layout.STREAM_FROM
    room = np.zeros(X.size + 32, np.float32)
    first = -room.ctypes.data % 64 // 4 + offset
    out = room[first : first + X.size]
    assert native.flat(plan, threads, None, X, out)
    np.testing.assert_array_equal(out, exp(X))


def test_an_output_may_lie_on_its_input() -> None:
    plan = native.plan(kernel(), "cc", (np.float32, np.float32), 1, 0, 64)
    plan[layout.PLAN_STREAMS // 8] = layout.STREAM_FROM
    room = np.zeros(X.size + 16, np.float32)
    first = -room.ctypes.data % 64 // 4
    out = room[first : first + X.size]
    out[:] = X
    assert native.flat(plan, 2, None, out, out)
    np.testing.assert_array_equal(out, exp(X))


def test_other_kernels_have_one_body() -> None:
    found = compile_kernel("exp", kernel().source)
    assert not found.streams
    plan = native.plan(found, "cc", (np.float32, np.float32), 1, 0, 64)
    assert plan[layout.PLAN_STREAMS // 8] == 0


def test_stores_to_the_stack_stay_as_they_are() -> None:
    text = (
        "\ndefine void @f(i64 %a, i64 %b, i64 %c) {\n  %place = alloca [64 x float], align 4\n"
        "  %second = getelementptr float, ptr %place, i64 16\n  %goal = inttoptr i64 %a to ptr\n"
        "  store <16 x float> zeroinitializer, ptr %second, align 4, !llvm.access.group !0\n"
        "  store <16 x float> zeroinitializer, ptr %goal, align 4, !llvm.access.group !0\n"
        "  ret void\n}\n!0 = distinct !{}\n"
    )
    marked = [line for line in add_streaming(text, "f").splitlines() if "nontemporal" in line]
    assert len(marked) == 1
    assert "ptr %goal, align 64," in marked[0]


def test_what_is_no_vector_code_takes_negative_counts_too() -> None:
    text = "\ndefine void @f(i64 %a, i64 %b, i64 %c) {\n  ret void\n}\n"
    found = add_streaming(text, "f")
    assert "@f_streamed" not in found
    assert found.count("call void @f_plain(i64 %a") == 2
