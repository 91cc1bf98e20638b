"""Programs whose outputs are folded in the same pass, held against NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lucid.kernels.errors import DtypeError, ShapeError, TargetError
from lucid.kernels.launch.fold_array import fold_array
from lucid.kernels.launch.folds import FOLDS
from lucid.kernels.pointwise import pointwise
from lucid.testing.layouts import layouts

#: More than one block, more than one thread; narrow, tall, wide, and lengths that fit nothing.
LARGE = [
    (300_007,),
    (4096, 10),
    (65536, 8),
    (70_001, 3),
    (300, 1000),
    (40, 5003),
    (2, 140_001),
    (13, 17, 19, 23),
    (3, 70_000, 2),
]


@pointwise
def scaled(x, w, b):
    return x * w + b


@pointwise
def both(x, y):
    return x + y, x * y


def program_of(operation, *values):
    return operation.bind(values, {})[0]


def every_axes(rank):
    return [[k for k in range(rank) if mask >> k & 1] for mask in range(1 << rank)]


def without(shape, axes):
    return tuple(1 if k in axes else extent for k, extent in enumerate(shape))


@pytest.mark.parametrize("fold", FOLDS)
@settings(max_examples=25)
@given(st.data())
def test_same_as_numpy(fold, data):
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=6))
    dtype = data.draw(st.sampled_from(["f4", "f8", "f2", "i1", "u2", "i4", "i8", "u8", "?"]))
    largest = 1 if dtype == "?" else 3
    x = data.draw(hnp.arrays(dtype, shape, elements=st.integers(0, largest)))
    for k in range(x.ndim):
        if data.draw(st.booleans()):
            x = np.flip(np.repeat(x, 2, axis=k), axis=k)[
                (slice(None),) * k + (slice(None, None, 2),)
            ]
    if data.draw(st.booleans()):
        x = x.T
    axes = tuple(k for k in range(x.ndim) if data.draw(st.booleans()))
    # A product of float16 may overflow, to the same infinity on both sides; NumPy warns of it.
    with np.errstate(over="ignore"):
        expected = FOLDS[fold].reduce(x, axis=axes, keepdims=True)
    for where in ("cpu", "parallel", "cpu"):
        found = fold_array(x, without(x.shape, axes), fold, target=where)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-3 if dtype == "f2" else 1e-5)
        assert found.flags.c_contiguous or found.size == x.size


@pytest.mark.parametrize("shape", LARGE, ids=str)
def test_sums_of_large_arrays_are_exact_to_the_last_bits_and_the_same_everywhere(shape):
    x = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)
    exact = x.astype(np.float64)
    for axes in every_axes(x.ndim):
        wanted = without(shape, axes)
        found = fold_array(x, wanted)
        expected = exact.sum(axis=tuple(axes), keepdims=True)
        scale = np.abs(exact).sum(axis=tuple(axes), keepdims=True)
        assert np.all(np.abs(found - expected) <= 1e-5 * scale)
        np.testing.assert_array_equal(found, fold_array(x, wanted, target="cpu"))


@pytest.mark.parametrize("fold", ["maximum", "minimum"])
@pytest.mark.parametrize("dtype", ["f4", "i2"])
@pytest.mark.parametrize("shape", LARGE, ids=str)
def test_extremes_of_large_arrays(shape, dtype, fold):
    x = (1000 * np.random.default_rng(2).uniform(-1, 1, shape)).astype(dtype)
    for axes in every_axes(x.ndim):
        expected = FOLDS[fold].reduce(x, axis=tuple(axes), keepdims=True)
        for where in ("cpu", "parallel"):
            found = fold_array(x, without(shape, axes), fold, target=where)
            np.testing.assert_array_equal(found, expected, strict=True)


@pytest.mark.parametrize("shape", [(257,), (3000,), (200_000,), (100, 7), (5000, 40)], ids=str)
@pytest.mark.parametrize("fold", ["maximum", "minimum", "add"])
def test_nan_goes_through_wherever_it_is(shape, fold):
    for position in (0, 5, math.prod(shape) // 2, math.prod(shape) - 1):
        x = np.zeros(shape, np.float32)
        x.flat[position] = np.nan
        for axes in every_axes(x.ndim)[1:]:
            expected = FOLDS[fold].reduce(x, axis=tuple(axes), keepdims=True)
            np.testing.assert_array_equal(fold_array(x, without(shape, axes), fold), expected)


def test_infinities():
    x = np.array([[np.inf, 1, 2], [np.inf, -np.inf, 0], [-np.inf, 3, 1]], np.float32)
    np.testing.assert_array_equal(fold_array(x, (3, 1))[:, 0], [np.inf, np.nan, -np.inf])
    np.testing.assert_array_equal(fold_array(x, (3, 1), "maximum")[:, 0], [np.inf, np.inf, 3])
    np.testing.assert_array_equal(fold_array(x, (1, 1), "minimum"), [[-np.inf]])
    large = np.full(2**18, np.finfo(np.float32).max, np.float32)
    assert fold_array(large, (1,)) == np.inf


def relative_error(x, total):
    exact = math.fsum(x.tolist())
    return abs(float(total) - exact) / math.fsum(np.abs(x).tolist())


HARD = {
    "all alike": np.full(1 << 20, 0.1),
    "alternating signs": np.where(np.arange(1 << 20) % 2, -1.0, 1.0) * np.linspace(1, 2, 1 << 20),
    "falling": 1.0 / np.arange(1.0, (1 << 20) + 1.0),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", HARD)
def test_sums_are_as_exact_as_pairwise_ones(name, dtype):
    x = HARD[name].astype(dtype)
    unit = np.finfo(dtype).eps / 2
    # The error bound of NumPy's pairwise sum: chains of 16, then one addition a doubling.
    assert relative_error(x, fold_array(x, (1,))[0]) <= (16 + 3 + 14) * unit
    assert relative_error(x, fold_array(x, (1,))[0]) <= relative_error(x, x.sum()) + 4 * unit
    rows = x.reshape(-1, 1 << 11)
    for row, total in zip(rows[::97], fold_array(rows, (1 << 9, 1))[::97, 0], strict=True):
        assert relative_error(row, total) <= (32 + 6) * unit


@pytest.mark.parametrize("target", ["cpu", "parallel"])
@pytest.mark.parametrize("rows", [1, 7, 130, 3000])
@pytest.mark.parametrize("columns", [1, 5, 64, 1500])
def test_gradients_of_broadcast_operands_in_one_pass(rows, columns, target):
    """Full, per column, per row and single at once."""
    draw = np.random.default_rng(rows * columns).standard_normal
    x, g = draw((rows, columns)), draw((rows, columns))
    w, b = draw((rows, 1)), draw(columns)
    back = program_of(scaled, x, w, b).backward((True, True, True))
    names = {("input", 0): x, ("input", 1): w, ("input", 2): b, ("gradient", 0): g}
    values = tuple(names[read] for read in back.reads)
    shapes = ((rows, columns), (rows, 1), (columns,))
    assert back.forwards[2] == 0
    dx, dw = back.program.fold(values, shapes[: back.program.outputs], target=target)[:2]
    np.testing.assert_array_equal(dx, g * w)
    np.testing.assert_allclose(dw, (g * x).sum(axis=1, keepdims=True), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("target", ["cpu", "parallel"])
@pytest.mark.parametrize("shape", [(3, 4), (70, 900), (9000, 8), (5, 6, 700)])
def test_outputs_folded_in_different_ways(shape, target):
    draw = np.random.default_rng(3).standard_normal
    x, y = draw(shape), draw(shape[-1:])
    total, product = x + y, x * y
    found = program_of(both, x, y).fold(
        (x, y), (without(shape, [0]), without(shape, [len(shape) - 1])), ("add", "minimum"), target
    )
    np.testing.assert_allclose(found[0], total.sum(axis=0, keepdims=True), rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(found[1], product.min(axis=-1, keepdims=True))
    full, single = program_of(both, x, y).fold((x, y), (shape, ()), target=target)
    np.testing.assert_array_equal(full, total)
    np.testing.assert_allclose(single, product.sum(), rtol=1e-9, atol=1e-8)
    assert single.shape == ()


def test_every_layout_of_the_inputs():
    rng = np.random.default_rng(4)
    given_arrays = [rng.standard_normal(24).astype(np.float32) for _ in range(2)]
    for name, moved, plain in layouts(given_arrays):
        total = np.add(*plain)
        for axes in every_axes(total.ndim):
            shape = without(total.shape, axes)
            for _ in range(2):
                sums, products = program_of(both, *moved).fold(moved, (shape, shape))
                expected = np.sum(total, axis=tuple(axes), keepdims=True)
                np.testing.assert_allclose(sums, expected, rtol=1e-5, atol=1e-5, err_msg=name)
                assert products.shape == shape


@pytest.mark.parametrize("shape", [(4, 6), (3000, 8), (100, 1500)])
def test_bfloat16_and_float16_are_added_in_float32(shape):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    for dtype in (np.dtype(ml_dtypes.bfloat16), np.dtype(np.float16)):
        x = np.random.default_rng(5).uniform(-0.1, 0.2, shape).astype(dtype)
        for axes in every_axes(2):
            found = fold_array(x, without(shape, axes))
            expected = x.astype(np.float32).sum(axis=tuple(axes), keepdims=True).astype(dtype)
            assert found.dtype == dtype
            eps = float(ml_dtypes.finfo(dtype).eps)
            np.testing.assert_allclose(
                found.astype(np.float64), expected.astype(np.float64), rtol=2 * eps
            )


def test_a_dtype_can_be_asked_for():
    x = np.full((40, 50), 100, np.int8)
    assert fold_array(x, (1, 1)).dtype == np.int64
    total = fold_array(x, (1, 50), dtype=np.dtype(np.float64))
    np.testing.assert_array_equal(total, np.full((1, 50), 4000.0), strict=True)
    wrapped = fold_array(x, (1, 50), dtype=np.dtype(np.int8))
    np.testing.assert_array_equal(wrapped, x.sum(axis=0, keepdims=True, dtype=np.int8), strict=True)
    # Nothing folded, nothing widened, unless the fold was named.
    program = program_of(both, x, x)
    assert [array.dtype for array in program.fold((x, x), ((40, 50), (1, 50)))] == ["i1", "i8"]
    assert fold_array(x, (40, 50)).dtype == np.int64


def test_scalars_and_numbers():
    x = np.arange(6.0).reshape(2, 3)
    program = program_of(scaled, x, 2, 0.5)
    for _ in range(2):
        np.testing.assert_array_equal(program.fold((x, 2, 0.5), ((1, 3),))[0], [[7, 11, 15]])
    with pytest.raises(DtypeError, match=r"beyond 2\*\*53"):
        program.fold((x, 2**60, 0.5), ((1, 3),))


def test_no_elements():
    x = np.zeros((0, 3), np.float32)
    np.testing.assert_array_equal(fold_array(x, (1, 3)), np.zeros((1, 3)))
    np.testing.assert_array_equal(fold_array(x, (1, 1), "multiply"), [[1]])
    assert fold_array(x, (0, 1), "maximum").shape == (0, 1)
    with pytest.raises(ShapeError, match="no elements"):
        fold_array(x, (1, 3), "maximum")


def test_what_does_not_fit_is_refused():
    x = np.zeros((4, 3), np.float32)
    with pytest.raises(ShapeError, match="can't be folded"):
        fold_array(x, (2, 3))
    with pytest.raises(ShapeError, match="can't be folded"):
        fold_array(x, (1, 4, 3))
    with pytest.raises(ShapeError, match="2 outputs"):
        program_of(both, x, x).fold((x, x), ((4, 3),))
    with pytest.raises(ValueError, match="unknown fold 'median'"):
        fold_array(x, (1, 3), "median")
    with pytest.raises(DtypeError, match="bool"):
        fold_array(x > 0, (1, 3), dtype=np.dtype(bool))
    for _ in range(2):
        with pytest.raises(TargetError):
            fold_array(x, (1, 3), target="gpu")
        fold_array(x, (1, 3))


def test_each_call_has_memory_of_its_own():
    x = np.ones((300, 1000), np.float32)
    first = fold_array(x, (300, 1))
    kept = first.copy()
    fold_array(x + 1, (300, 1))
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("dtype", ["f2", "f4", "i4", "?"])
def test_a_fold_over_outer_axes_of_rows_that_do_not_merge(dtype):
    x = np.random.default_rng(6).uniform(0, 2, (9, 4, 30)).astype(dtype)
    y = x[0, :, :1]
    for fold in ("add", "maximum"):
        wanted = FOLDS[fold].reduce(both(x, y)[1].astype("f4" if dtype == "f2" else dtype), axis=0)
        found = program_of(both, x, y).fold((x, y), ((4, 30),) * 2, (fold,) * 2)[1]
        np.testing.assert_allclose(found, wanted, rtol=2e-3 if dtype == "f2" else 1e-6)
