import ctypes
import sys
import timeit
from typing import Any

import numpy as np
import pytest
from handwritten import F4, axpy, axpy_plan
from hypothesis import given, settings
from hypothesis import strategies as st

from lucid.kernels.errors import TargetError
from lucid.kernels.targets import handler, layout, native
from lucid.kernels.targets.compiler import compile_kernel

PLAN = axpy_plan()


def arrays(*shape: int) -> tuple[Any, Any, Any]:
    numbers = np.random.default_rng(7)
    return numbers.random(shape, np.float32), numbers.random(shape, np.float32), np.zeros(shape, F4)


def is_right(slope: float, x: Any, y: Any, out: Any) -> bool:
    return np.allclose(out, np.float32(slope) * x + y, rtol=1e-6)


@pytest.mark.parametrize("shape", [(), (1,), (17,), (3, 5), (2, 1, 4), (3000,), (70, 90)])
@pytest.mark.parametrize("threads", [0, 1, 2, 3])
def test_flat(shape: tuple[int, ...], threads: int) -> None:
    x, y, out = arrays(*shape)
    assert native.flat(PLAN, threads, (2.5,), x, y, out) is True
    assert is_right(2.5, x, y, out)


def test_no_elements_is_no_work() -> None:
    x, y, out = arrays(3, 0)
    assert native.flat(PLAN, 1, (1.0,), x, y, out) is True


@pytest.mark.parametrize("number", [2, True, np.float32(1.5), np.float64(0.25)])
def test_scalars_are_what_python_makes_a_float_of(number: Any) -> None:
    x, y, out = arrays(5)
    assert native.flat(PLAN, 1, (number,), x, y, out) is True
    assert is_right(float(number), x, y, out)


def test_a_scalar_that_is_no_number_raises_and_runs_nothing() -> None:
    x, y, out = arrays(5)
    with pytest.raises(ValueError, match="could not convert"):
        native.flat(PLAN, 1, ("much",), x, y, out)
    with pytest.raises(TypeError):
        native.flat(PLAN, 1, (None,), x, y, out)
    with pytest.raises(TypeError):
        native.flat(PLAN, "two", (1.0,), x, y, out)
    assert not out.any()


def test_a_single_element_has_any_shape_of_fewer_dimensions() -> None:
    plan = axpy_plan("c0c")
    x, _, out = arrays(4, 5)
    # The kernel of this plan reads all of its second operand: only the check is tested here.
    for shape in ((5,), (4, 5), (1, 1, 1)):
        assert native.flat(plan, 1, (1.0,), x, np.zeros(shape, F4), out) is False


X, Y, OUT = arrays(4, 6)
SWAPPED = X.astype(X.dtype.newbyteorder())
READ_ONLY = OUT.copy()
READ_ONLY.flags.writeable = False
LINE = np.zeros(40, F4)


class Sub(np.ndarray[Any, Any]):
    """A subclass may mean something else by its elements."""


DECLINED: dict[str, tuple[Any, ...]] = {
    "no arguments": (),
    "not a plan": (np.zeros(40, np.int64), 1, (1.0,), X, Y, OUT),
    "plan of another type": (None, 1, (1.0,), X, Y, OUT),
    "too few arrays": (PLAN, 1, (1.0,), X, Y),
    "too many arrays": (PLAN, 1, (1.0,), X, Y, OUT, OUT),
    "no scalars": (PLAN, 1, None, X, Y, OUT),
    "list of scalars": (PLAN, 1, [1.0], X, Y, OUT),
    "too many scalars": (PLAN, 1, (1.0, 2.0), X, Y, OUT),
    "list": (PLAN, 1, (1.0,), X.tolist(), Y, OUT),
    "subclass": (PLAN, 1, (1.0,), X.view(Sub), Y, OUT),
    "other dtype": (PLAN, 1, (1.0,), X.astype(np.float64), Y, OUT),
    "same size, other dtype": (PLAN, 1, (1.0,), X.view(np.int32), Y, OUT),
    "other byte order": (PLAN, 1, (1.0,), SWAPPED, Y, OUT),
    "other shape": (PLAN, 1, (1.0,), X, Y.reshape(6, 4), OUT),
    "other number of dimensions": (PLAN, 1, (1.0,), X, Y.ravel(), OUT),
    "smaller output": (PLAN, 1, (1.0,), X, Y, OUT[:3]),
    "not contiguous": (PLAN, 1, (1.0,), X[:, ::2], Y[:, ::2], OUT[:, ::2]),
    "read-only output": (PLAN, 1, (1.0,), X, Y, READ_ONLY),
    "shifted output": (PLAN, 1, (1.0,), LINE[:20], LINE[20:], LINE[1:21]),
    "shifted back": (PLAN, 1, (1.0,), LINE[1:21], LINE[20:], LINE[:20]),
}


@pytest.mark.parametrize("name", DECLINED)
def test_flat_declines_what_was_not_planned(name: str) -> None:
    before = OUT.copy()
    assert native.flat(*DECLINED[name]) is False
    assert native.nested(*DECLINED[name]) is False
    np.testing.assert_array_equal(OUT, before)


def test_misaligned_arrays_are_declined() -> None:
    raw = np.zeros(4 * 6 + 1, np.uint8)[1:].view(F4)
    assert not raw.flags.aligned
    assert native.flat(PLAN, 1, (1.0,), raw, raw.copy(), raw.copy()) is False


def test_in_place() -> None:
    x, y, _ = arrays(5000)
    expected = 3 * x + y
    assert native.flat(PLAN, 2, (3.0,), x, y, y) is True
    np.testing.assert_allclose(y, expected, rtol=1e-6)


def test_references_are_neither_lost_nor_kept() -> None:
    x, y, out = arrays(50)
    number = np.float64(0.5)
    counts = [sys.getrefcount(thing) for thing in (x, y, out, number, PLAN)]
    for _ in range(50):
        native.flat(PLAN, 1, (number,), x, y, out)
        native.flat(PLAN, 1, (number,), x, y, None)
    assert [sys.getrefcount(thing) for thing in (x, y, out, number, PLAN)] == counts


@pytest.mark.parametrize("shape", [(), (7,), (3, 4), (2, 0), (300, 400)])
def test_outputs_are_made_where_none_is_given(shape: tuple[int, ...]) -> None:
    x, y, _ = arrays(*shape)
    out = native.flat(PLAN, 1, (2.0,), x, y, None)
    assert type(out) is np.ndarray
    assert (out.shape, out.dtype, out.flags.c_contiguous) == (shape, F4, True)
    alone = np.empty(1)  # how often an array counts that nothing else holds
    assert sys.getrefcount(out) == sys.getrefcount(alone)
    assert is_right(2.0, x, y, out)


SUMS = """
from numpy import float32, float64
from lucid.kernels.targets.memory import operand


def sums(operands, scalars, count):
    x = operand(operands, 0, count, float32)
    a = operand(operands, 1, count, float32)
    b = operand(operands, 2, count, float64)
    for i in range(count):
        a[i] = x[i] + x[i]
        b[i] = x[i]
"""


def test_several_outputs_are_a_tuple() -> None:
    kernel = compile_kernel("sums", SUMS)
    plan = native.plan(kernel, "ccc", ["f4", "f4", "f8"], 2, 0, 1000)
    x, given, _ = arrays(5, 6)
    a, b = native.flat(plan, 1, None, x, None, None)
    assert (a.dtype, b.dtype, a.shape, b.shape) == (F4, np.float64, (5, 6), (5, 6))
    c, d = native.flat(plan, 1, None, x, given, None)
    assert c is given
    for twice, same in ((a, b), (c, d)):
        np.testing.assert_array_equal(twice, 2 * x)
        np.testing.assert_array_equal(same, x)
    del twice, same
    alone = np.empty(1)
    once = sys.getrefcount(alone)
    assert (sys.getrefcount(a), sys.getrefcount(b), sys.getrefcount(d)) == (once, once, once)
    assert native.flat(plan, 1, None, x, given, b) is True


def test_an_input_is_never_made() -> None:
    x, y, _ = arrays(5)
    assert native.flat(PLAN, 1, (2.0,), None, y, None) is False
    assert native.flat(PLAN, 1, (2.0,), None, None, None) is False
    assert native.flat(PLAN, 1, (2.0,), x, y[:3], None) is False


def test_large_outputs_come_from_the_heap() -> None:
    x = np.ones(100_000, F4)
    y = np.full(100_000, 3, F4)
    place = native.flat(PLAN, 1, (2.0,), x, y, None).ctypes.data
    made = native.flat(PLAN, 1, (2.0,), x, y, None)
    assert made.ctypes.data == place
    assert made.base is None
    assert is_right(2.0, x, y, made)


def test_outputs_for_which_there_is_no_memory() -> None:
    refuse = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t)(lambda size: None)
    handler.capsule()
    place = layout.HEAP_RAW_MALLOC // 8
    before = handler.WORDS[place]
    x, small = np.ones(1_000_003, F4), np.ones(5, F4)
    handler.release()
    handler.WORDS[place] = ctypes.cast(refuse, ctypes.c_void_p).value
    try:
        with pytest.raises(MemoryError):
            native.flat(PLAN, 1, (2.0,), x, x, None)
    finally:
        handler.WORDS[place] = before
    assert native.flat(PLAN, 1, (2.0,), small, small, None).tolist() == [3.0] * 5
    # NumPy's own allocator is in force again.
    umath = np._core.multiarray
    assert umath.get_handler_name(np.empty(1_000_003, F4)) == "default_allocator"


@st.composite
def spaces(draw: st.DrawFn) -> tuple[Any, ...]:
    """Draw an iteration space with operands that are broadcast, reversed or cut out of more."""
    shape = tuple(draw(st.lists(st.integers(1, 5), max_size=4)))
    inner = draw(st.integers(1, 70))
    operands = []
    for i in range(3):
        steps = [draw(st.sampled_from([1, 2, -1] if i == 2 else [1, 2, -1, 0])) for _ in shape]
        extents = [1 if s == 0 else n * abs(s) for s, n in zip(steps, shape, strict=True)]
        memory = np.random.default_rng(i).random((*extents, inner), np.float32)
        view = memory[tuple(slice(None, None, s) if s else slice(None) for s in steps)]
        operands.append(np.broadcast_to(view, (*shape, inner)) if i < 2 else view)
    return shape, inner, operands


@settings(max_examples=150, deadline=None)
@given(spaces(), st.integers(1, 3), st.integers(1, 40))
def test_nested(space: tuple[Any, ...], threads: int, grain: int) -> None:
    shape, inner, (x, y, out) = space
    geometry = native.geometry(shape, inner, [a.strides[:-1] for a in (x, y, out)])
    assert native.nested(axpy_plan(grain=grain), threads, (2.0,), geometry, x, y, out) is True
    assert is_right(2.0, x, y, out)


ROWS = """
from numpy import float32
from lucid.kernels.targets.memory import operand


def centre(operands, scalars, count):
    x = operand(operands, 0, count, float32)
    out = operand(operands, 1, count, float32)
    mean = operand(operands, 2, 1, float32)
    total = float32(0)
    for i in range(count):
        total += x[i]
    total /= float32(count)
    for i in range(count):
        out[i] = x[i] - total
    mean[0] = total
"""


@pytest.mark.parametrize(("rows", "inner"), [(1, 5000), (3, 1777), (400, 30), (2000, 1)])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_whole_rows(rows: int, inner: int, threads: int) -> None:
    plan = native.plan(compile_kernel("centre", ROWS), "ccr", [F4] * 3, 2, 0, 100)
    x, out, _ = arrays(rows, inner)
    mean = np.zeros((rows, 2), F4)[:, 0]
    strides = [array.strides[:1] for array in (x, out, mean)]
    geometry = native.geometry((rows,), inner, strides, whole=True)
    for _ in range(5):
        assert native.nested(plan, threads, None, geometry, x, out, mean) is True
        expected = np.array([row.cumsum(dtype=F4)[-1] for row in x]) / np.float32(inner)
        np.testing.assert_array_equal(mean, expected)
        np.testing.assert_array_equal(out, x - mean[:, None])
    assert native.flat(plan, 1, None, x, out, mean) is False
    assert native.flat(plan, 1, None, x, None, None) is False


def test_nested_in_32_dimensions() -> None:
    shape = (1,) * 30 + (2, 3)
    x, y, out = arrays(*shape, 4)
    geometry = native.geometry(shape, 4, [a.strides[:-1] for a in (x, y, out)])
    assert native.nested(PLAN, 1, (2.0,), geometry, x, y, out) is True
    assert is_right(2.0, x, y, out)


def test_plans_and_geometries_that_make_no_sense_are_refused() -> None:
    kernel = axpy()
    with pytest.raises(TargetError, match="at most 64"):
        native.plan(kernel, "c" * 65, [F4] * 65, 1, 0, 1000)
    with pytest.raises(TargetError, match="expected a dtype for each letter"):
        native.plan(kernel, "ccc", [F4] * 2, 1, 1, 1000)
    with pytest.raises(TargetError, match="expected a dtype for each letter"):
        native.plan(kernel, "cc0", [F4] * 3, 1, 1, 1000)
    with pytest.raises(TargetError, match="'c' or 'r' for outputs"):
        native.plan(kernel, "crc", [F4] * 3, 1, 1, 1000)
    with pytest.raises(TargetError, match="at most 32 dimensions"):
        native.geometry((1,) * 33, 1, [(0,) * 33])
    with pytest.raises(TargetError, match="a stride for each"):
        native.geometry((2, 3), 1, [(0,)])


def test_a_launch_costs_less_than_one_small_numpy_call() -> None:
    x, y, out = arrays(8)
    flat, scalars = native.flat, (2.0,)
    ours = min(timeit.repeat(lambda: flat(PLAN, 1, scalars, x, y, out), number=2000, repeat=9))
    numpy = min(timeit.repeat(lambda: np.add(x, y, out), number=2000, repeat=9))
    assert ours < numpy


def test_unknown_names() -> None:
    with pytest.raises(AttributeError, match="curved"):
        _ = native.curved
