"""Calls that machine code makes are those that Python makes."""

import gc
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import lucid
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.kernels.launch.program import Program
from lucid.kernels.targets import layout

RNG = np.random.default_rng(3)


@pytest.fixture
def swift(monkeypatch):
    """Return a function that forbids the way through Python from then on."""

    def forbid():
        def refuse(*_, **__):
            raise AssertionError("this call should be made by machine code")

        monkeypatch.setattr(Program, "_run_any", refuse)

    return forbid


def arrays(shapes, dtypes, order):
    made = []
    for shape, dtype in zip(shapes, dtypes, strict=False):
        array = np.asarray(RNG.random(shape) * 8 - 4, dtype)
        if order == "F":
            array = np.asfortranarray(array)
        elif order == "reversed" and array.ndim:
            array = array[::-1]
        elif order == "strided" and array.ndim:
            array = np.repeat(array, 2, axis=-1)[..., ::2]
        made.append(array)
    return made


@settings(max_examples=150, deadline=None)
@given(
    mutually_broadcastable_shapes(num_shapes=3, max_dims=4, max_side=40),
    st.lists(st.sampled_from(["f4", "f8"]), min_size=3, max_size=3),
    st.sampled_from(["C", "F", "reversed", "strided"]),
    st.sampled_from(["cpu", "parallel"]),
)
def test_same_as_numpy_for_any_shapes(shapes, dtypes, order, target):
    x, y, z = arrays(shapes.input_shapes, dtypes, order)
    chosen = np.asarray(z > 0)
    expected = np.where(chosen, x, y)
    with lucid.target(target):
        for _ in range(3):
            found = lucid.where(chosen, x, y)
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)
            tensor = lucid.where(lucid.from_numpy(chosen), lucid.from_numpy(x), y)
            np.testing.assert_array_equal(tensor.numpy(), expected)


def test_the_second_call_needs_no_python(swift):
    x = RNG.random((4, 40), np.float32)
    row, column = x[0].copy(), x[:, :1].copy()

    def calls():
        return (
            lucid.relu(x),
            lucid.add(x, row),
            lucid.add(column, row),
            lucid.multiply(2.5, x),
            lucid.leaky_relu(x, negative_slope=0.5),
            lucid.gelu(x, approximate="tanh"),
            lucid.clip(x, max=0.5),
            lucid.from_numpy(x) - 1,
            1 - lucid.from_numpy(x),
            -lucid.from_numpy(x),
            lucid.from_numpy(x) <= row,
        )

    first = calls()
    swift()
    for before, after in zip(first, calls(), strict=True):
        assert type(before) is type(after)
        np.testing.assert_array_equal(np.asarray(before), np.asarray(after))


def test_a_new_value_of_an_option_is_another_form():
    x = RNG.random(9, np.float32) * 4 - 2
    for _ in range(3):
        for slope in (0.1, 0.25, 1):
            np.testing.assert_array_equal(
                lucid.leaky_relu(x, negative_slope=slope), np.where(x > 0, x, np.float32(slope) * x)
            )
        exact, rough = lucid.gelu(x), lucid.gelu(x, approximate="tanh")
        assert 0 < abs(exact - rough).max() < 1e-2
        np.testing.assert_array_equal(lucid.gelu(x, approximate="none"), exact)
        # Another object than the text above, whose identity machine code looks at.
        text = "".join(["ta", "nh"])
        np.testing.assert_array_equal(lucid.gelu(x, approximate=text), rough)


def test_an_optional_value_may_be_none_or_not():
    x = np.linspace(-2, 2, 7, dtype=np.float32)
    for _ in range(3):
        np.testing.assert_array_equal(lucid.clip(x, -1, None), np.clip(x, -1, None))
        np.testing.assert_array_equal(lucid.clip(x, None, 1), np.clip(x, None, 1))
        np.testing.assert_array_equal(lucid.clip(x, max=1, min=-1), np.clip(x, -1, 1))
        np.testing.assert_array_equal(lucid.clip(x, min=-1, max=1), np.clip(x, -1, 1))


def test_wrong_calls_are_errors_every_time():
    x = np.ones((2, 3), np.float32)
    lucid.add(x, x)
    for _ in range(3):
        with pytest.raises(ShapeError, match="do not broadcast"):
            lucid.add(x, np.ones((2, 4), np.float32))
        with pytest.raises(TypeError, match="too many"):
            lucid.add(x, x, x)
        with pytest.raises(TypeError, match="slope"):
            lucid.relu(x, slope=1)
        with pytest.raises(DtypeError, match=r"2\*\*53"):
            lucid.add(x, 2**60)
        with pytest.raises(DtypeError, match=r"2\*\*53"):
            lucid.from_numpy(x) - 2**70
        with pytest.raises(TypeError, match="unsupported operand"):
            lucid.from_numpy(x) + "one"


def test_more_kinds_of_calls_than_are_remembered(monkeypatch):
    monkeypatch.setattr(layout, "MAX_CALLS", 4)

    @lucid.pointwise
    def product(x, y):
        return x * y

    kinds = ["f4", "f8", "i4"]
    for _ in range(2):
        for a in kinds:
            for b in kinds:
                x, y = np.array([1, 2], a), np.array([3, 5], b)
                found = product(x, y)
                assert found.dtype == (x * y).dtype
                np.testing.assert_array_equal(found, x * y)
    table = product.bind((x, y), {})[0].learned.tables[None]
    assert table.words[layout.CALLS_COUNT // 8] == 4


def test_arrays_without_dimensions():
    zero = np.array(2, np.float32)
    for _ in range(3):
        assert type(lucid.exp(zero)) is np.float32
        found = lucid.from_numpy(zero) * 3
        assert found.shape == ()
        assert found.item() == 6
        assert lucid.multiply(np.ones(3, np.float32), zero).tolist() == [2, 2, 2]


def test_large_outputs_come_from_the_pool_of_buffers():
    x = np.ones((512, 1024), np.float32)
    lucid.exp(x)
    before = lucid.memory_stats()["reused"]
    lucid.exp(x)
    assert lucid.memory_stats()["reused"] == before + 1


def test_what_carries_arrays_in_its_own_way_is_asked():
    class Mine(lucid.Tensor):
        __slots__ = ()

        def __lucid_call__(self, operation, arguments, keywords):
            return operation.name

    x = lucid.ones(3)
    for _ in range(3):
        assert lucid.add(Mine([1.0]), x) == "add"
        assert lucid.relu(Mine([1.0])) == "relu"


def test_no_reference_is_lost_or_kept():
    x = RNG.random((8, 40), np.float32)
    t = lucid.tensor(x, requires_grad=True)
    row = lucid.from_numpy(x[0].copy())
    option = 0.3

    def calls():
        lucid.leaky_relu(t, negative_slope=option)
        lucid.add(t, row) * row
        row - 1, 1 - row, row == row
        t.reshape(-1).T @ t.reshape(-1)
        with pytest.raises(ShapeError):
            t.reshape(7)

    things = [x.dtype, t, row, t._data, t._version, lucid.Tensor, option, np.ndarray]
    for _ in range(5):
        calls()
    gc.collect()
    before = [sys.getrefcount(thing) for thing in things]
    for _ in range(200):
        calls()
    gc.collect()
    after = [sys.getrefcount(thing) for thing in things]
    assert np.abs(np.subtract(after, before)).max() < 20


def test_several_threads_at_once():
    data = [RNG.random((64, 1000), np.float32) for _ in range(4)]
    wrong = []

    def work(x):
        for k in range(60):
            width = 1000 - k
            part = np.ascontiguousarray(x[:, :width])
            with lucid.target("parallel" if k % 2 else "cpu"):
                found = lucid.add(lucid.from_numpy(part), part[0]).numpy()
            if not np.array_equal(found, part + part[0]):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(x,)) for x in data]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
