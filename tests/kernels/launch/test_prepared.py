"""Folds and functions of rows that were run before, down to the form of the values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lucid
from lucid.kernels import multiply
from lucid.kernels.expression import apply, trace
from lucid.kernels.expression.primitives.rows import row_max, row_sum
from lucid.kernels.launch import prepared
from lucid.kernels.launch.fold_array import fold_array
from lucid.kernels.launch.prepared import Prepared
from lucid.kernels.launch.program import Program
from lucid.kernels.launch.row_program import RowProgram

RNG = np.random.default_rng(2)


def soft(x, y, scale):
    """Return one value an element, and one a row."""
    powers = apply("exp", x * scale - row_max(x * scale))
    return powers * y, row_sum(powers)


def rows():
    return RowProgram(trace(soft, "soft", ("x", "y", "scale"), (), {}, ("scale",)))


def products():
    return Program(multiply.bind((np.ones(1), np.ones(1)), {})[0].expression)


def runs(program, values):
    """Give the results of a program, folded in several ways."""
    if program.rowwise:
        yield program.run(values)
        yield program.fold(values, (values[0].shape[-1:], ()))
    else:
        full = np.broadcast_shapes(values[0].shape, values[1].shape)
        for shape in ((), (full[0], *(1,) * (len(full) - 1)), full[1:]):
            for fold in ("add", "maximum"):
                yield program.fold(values, (shape,), (fold,))


def laid(array, order):
    if order == "F":
        return np.asfortranarray(array)
    if order == "reversed":
        return np.ascontiguousarray(array[::-1])[::-1]
    if order == "unaligned":
        memory = np.zeros(array.nbytes + 1, np.uint8)[1:].view(array.dtype).reshape(array.shape)
        memory[...] = array
        return memory
    return array


@given(
    st.sampled_from([rows, products]),
    st.lists(
        st.tuples(
            st.tuples(st.integers(1, 5), st.integers(1, 5)),
            st.sampled_from("fde"),
            st.sampled_from(["C", "C", "F", "reversed", "unaligned"]),
            st.booleans(),
            st.booleans(),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_the_third_run_is_the_first(make, kinds):
    program = make()
    for _ in range(3):
        for shape, dtype, order, narrow, twice in kinds:
            x = laid(RNG.normal(size=shape).astype(dtype), order)
            y = x if twice else RNG.normal(size=shape[-1:] if narrow else shape).astype(dtype)
            values = (x, y, 0.5 + len(kinds)) if program.rowwise else (x, y)
            for found, expected in zip(runs(program, values), runs(make(), values), strict=True):
                for a, b in zip(found, expected, strict=True):
                    assert type(a) is np.ndarray
                    assert (a.dtype, a.shape) == (b.dtype, b.shape)
                    assert a.flags.c_contiguous == b.flags.c_contiguous
                    np.testing.assert_array_equal(a, b)


def test_numbers_are_told_apart():
    program = rows()
    x = RNG.normal(size=(3, 4))
    for _ in range(3):
        for scale in (1.0, 2.0, 3, True, 2):
            (found, total) = program.run((x, x, scale))
            (expected, _) = rows().run((x, x, scale))
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_allclose(total[:, 0], (found / x).sum(-1))


def test_machine_code_makes_the_third_run(monkeypatch):
    program, folding = rows(), products()
    x = RNG.normal(size=(3, 4)).astype(np.float32)
    for _ in range(2):
        program.run((x, x, 2.0))
        folding.fold((x, x), ((3, 1),))
    # What was learned of one array that came twice says nothing of two.
    program.run((x, x + 1, 2.0))
    folding.fold((x, x + 1), ((3, 1),))
    monkeypatch.setattr(Prepared, "launch", None)
    program.run((x + 1, x, 2.0))
    folding.fold((x, x + 1), ((3, 1),))
    with lucid.target("cpu"):
        folding.fold((x, x), ((3, 1),))
    with pytest.raises(TypeError, match="not callable"):
        folding.fold((x, x), ((3, 1),), None, "cpu")


def test_forms_are_forgotten(monkeypatch):
    monkeypatch.setattr(prepared, "_MOST_CALLS", 3)
    program = products()
    for _ in range(3):
        for n in range(1, 8):
            x = np.arange(1.0, n + 1)
            (total,) = program.fold((x, x), ((),))
            assert total == (x * x).sum()


@pytest.mark.parametrize("size", [70_000, 300_000])
def test_what_is_finished_by_numpy_stays(size):
    x = RNG.normal(size=size).astype(np.float32)
    first = fold_array(x, ())
    for _ in range(3):
        np.testing.assert_array_equal(fold_array(x, ()), first)
        large = multiply.bind((x, x), {})[0].fold((x, x), (x.shape,))[0]
        np.testing.assert_array_equal(large, x * x)
