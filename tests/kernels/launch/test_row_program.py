"""Row kernels on arrays: shapes, layouts, dtypes, folds, held against the plain evaluator."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucid.kernels.errors import DtypeError, ShapeError
from lucid.kernels.expression import apply, evaluate_rows, trace
from lucid.kernels.expression.primitives.rows import row_index, row_length, row_max, row_sum
from lucid.kernels.launch.row_program import RowProgram

TARGETS = ("cpu", "parallel")
TOLERANCE = {2: 4e-3, 4: 2e-5, 8: 1e-12}


def softmax(x):
    powers = apply("exp", x - row_max(x))
    return powers / row_sum(powers)


def scaled(x, weight, scale):
    """Return one value an element, and one a row."""
    total = row_sum(x * weight)
    return (x - total / row_length()) * scale + row_index(), total * scale


def program_of(function, *names, uniform=()):
    return RowProgram(trace(function, function.__name__, names, (), {}, uniform))


SOFTMAX = program_of(softmax, "x")
SCALED = program_of(scaled, "x", "weight", "scale", uniform=("scale",))


def strided(array, draw):
    """Return a view that is not contiguous and has the same values, or the array."""
    way = draw(st.sampled_from(["plain", "wide", "reversed", "fortran"]))
    if way == "wide":
        return np.repeat(array, 2, axis=-1)[..., ::2]
    if way == "reversed":
        return np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    return np.asfortranarray(array) if way == "fortran" else array


@st.composite
def arguments(draw):
    """Arrays that broadcast to one shape of one to three axes; the scale is one value a row."""
    dims = draw(st.integers(1, 3))
    shape = tuple(draw(st.integers(1, 5)) for _ in range(dims))
    dtype = draw(st.sampled_from("fdehi"))
    rng = np.random.default_rng(draw(st.integers(0, 100)))

    def part(last):
        kept = draw(st.integers(1, dims))
        found = [n if draw(st.booleans()) else 1 for n in shape[dims - kept :]]
        return (*found[:-1], last(found[-1]))

    def array(size):
        return strided(rng.integers(-4, 5, size).astype(dtype), draw)

    scale = draw(st.sampled_from(["number", "array"]))
    return (
        array(shape),
        array(part(lambda n: n)),
        0.5 if scale == "number" else array(part(lambda _: 1)),
    )


def close(found, expected, factor=1):
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    if found.dtype.kind != "f":
        np.testing.assert_array_equal(found, expected)
        return
    tolerance = factor * TOLERANCE[found.dtype.itemsize]
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@given(arguments())
def test_against_the_plain_evaluator(values):
    expected = evaluate_rows(SCALED.expression, values)
    made = [SCALED.run(values, target=target) for target in TARGETS]
    for first, second, plain in zip(*made, expected, strict=True):
        close(first, plain, 8)
        np.testing.assert_array_equal(first, second)


@given(arguments(), st.data())
def test_folds(values, data):
    full, one = SCALED.run(values)
    shapes = []
    for result in (full, one):
        shape = [n if data.draw(st.booleans()) else 1 for n in result.shape]
        drop = data.draw(st.integers(0, len(shape)))
        while drop and shape and shape[0] == 1:
            del shape[0]
            drop -= 1
        shapes.append(tuple(shape))
    fold = data.draw(st.sampled_from(["add", "maximum", "minimum"]))
    dtypes = (np.dtype(np.float64),) * 2
    full, one = SCALED.run(values, dtypes=dtypes)
    made = SCALED.fold(values, tuple(shapes), (fold, fold), dtypes=dtypes)
    for result, shape, found in zip((full, one), shapes, made, strict=True):
        wide = (1,) * (result.ndim - len(shape)) + shape
        axes = tuple(k for k, n in enumerate(result.shape) if n != wide[k])
        expected = getattr(np, fold).reduce(result, axis=axes, keepdims=True).reshape(shape)
        tolerance = 2e-2 if values[0].dtype == np.float16 else 1e-4
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", ["f", "d", "e"])
@pytest.mark.parametrize("shape", [(300, 100), (3, 40000), (1, 1), (2, 3, 1500), (70000,)])
def test_many_blocks(shape, dtype):
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)
    weight = np.random.default_rng(1).normal(size=shape[-1]).astype(dtype)
    values = (x, weight, 0.5)
    made = [SCALED.run(values, target=target) for target in TARGETS]
    for a, b in zip(*made, strict=True):
        np.testing.assert_array_equal(a, b)
    wide = x.astype(np.float64)
    total = (wide * weight.astype(np.float64)).sum(-1, keepdims=True)
    size = np.abs(wide * weight.astype(np.float64)).sum(-1, keepdims=True)
    error = np.abs(made[0][1].astype(np.float64) - total * 0.5)
    assert (error <= TOLERANCE[x.itemsize] / 4 * (size + 1)).all()
    shapes = ((shape[-1],), ())
    folded = SCALED.fold(values, shapes, dtypes=(np.dtype("d"),) * 2)
    full, one = SCALED.run(values, dtypes=(np.dtype("d"),) * 2)
    leading = tuple(range(len(shape) - 1))
    tolerance = 1e-3 if dtype == "e" else 1e-5
    np.testing.assert_allclose(folded[0], full.sum(leading), rtol=tolerance, atol=0.1)
    np.testing.assert_allclose(folded[1], one.sum(), rtol=tolerance, atol=0.1)


@pytest.mark.parametrize("axis", [-2, -3])
def test_rows_along_another_axis(axis):
    x = np.random.default_rng(0).normal(size=(4, 5, 6))
    weight = np.random.default_rng(1).normal(size=(5, 1))
    scale = np.random.default_rng(2).normal(size=(1, 1, 6))
    values = (x, weight, scale)
    made = SCALED.along(axis).run(values)
    moved = [
        np.moveaxis(np.broadcast_to(v, s), axis, -1)
        for v, s in zip(values, [x.shape, x.shape, (1, 1, 6)], strict=True)
    ]
    for a, b in zip(made, SCALED.run(moved), strict=True):
        np.testing.assert_allclose(a, np.moveaxis(b, -1, axis), rtol=1e-12, atol=1e-12)
    assert SCALED.along(axis) is SCALED.along(axis)


def test_very_long_rows_are_shared_among_the_threads():
    x = np.random.default_rng(0).normal(size=(2, 200_000))
    expected = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    made = [SOFTMAX.run((x,), target=target)[0] for target in TARGETS]
    np.testing.assert_allclose(made[0], expected, rtol=1e-12)
    np.testing.assert_array_equal(*made)


def test_error_of_a_sum_does_not_grow_with_its_length():
    total = program_of(lambda x: row_sum(x), "x")
    x = np.full((1, 100_000), 0.1, np.float32)
    exact = float(np.float64(x[0, 0])) * x.size
    assert abs(total.run((x,))[0].item() - exact) <= 4 * np.spacing(np.float32(exact))


def test_special_rows():
    inf, nan = np.inf, np.nan
    x = np.array([[0.0, -inf], [-inf, -inf], [inf, 0.0], [nan, 0.0]], np.float32)
    (found,) = SOFTMAX.run((x,))
    np.testing.assert_array_equal(found, [[1, 0], [nan, nan], [nan, nan], [nan, nan]])


def test_no_rows_and_no_elements():
    assert SOFTMAX.run((np.ones((0, 3)),))[0].shape == (0, 3)
    total = program_of(lambda x: row_sum(x), "x")
    assert total.run((np.ones((2, 0)),))[0].tolist() == [[0.0], [0.0]]
    with pytest.raises(ShapeError, match="row without elements"):
        SOFTMAX.run((np.ones((2, 0)),))


def test_calls_of_a_known_form_see_new_values():
    x = np.arange(6.0).reshape(2, 3)
    first = SCALED.run((x, x, 0.5))
    again = SCALED.run((x + 1.0, x, 0.25))
    expected = evaluate_rows(SCALED.expression, (x + 1.0, x, 0.25))
    for a, b, old in zip(again, expected, first, strict=True):
        np.testing.assert_allclose(a, b)
        assert not np.shares_memory(a, old)


def test_out():
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    (expected,) = SOFTMAX.run((x,))
    out = np.empty((3, 4))
    (given,) = SOFTMAX.run((x,), (out,))
    assert given is out
    np.testing.assert_array_equal(out, expected)
    SOFTMAX.run((x,), (x,))
    np.testing.assert_array_equal(x, expected)
    with pytest.raises(ShapeError, match="but out has"):
        SOFTMAX.run((x,), (np.empty(3),))
    with pytest.raises(DtypeError, match="can't be cast"):
        SOFTMAX.run((x,), (np.empty((3, 4), np.int8),))
    x.flags.writeable = False
    with pytest.raises(DtypeError, match="read-only"):
        SOFTMAX.run((x,), (x,))


def test_errors_of_folds():
    x = np.ones((2, 3))
    with pytest.raises(ShapeError, match="can't be folded"):
        SOFTMAX.fold((x,), ((2,),))
    with pytest.raises(ValueError, match="unknown fold"):
        SOFTMAX.fold((x,), ((2, 1),), ("median",))
    with pytest.raises(ShapeError, match="one value a row"):
        SCALED.run((x, x, x))
