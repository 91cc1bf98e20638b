"""Running folds and recurrences, held against NumPy and against plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lucid
from lucid.kernels.launch.long_scan import LONG
from lucid.kernels.launch.scans import recur, running, running_places

UFUNCS = {
    "add": np.add,
    "multiply": np.multiply,
    "maximum": np.maximum,
    "minimum": np.minimum,
}
DTYPES = ["f4", "f8", "f2", "i1", "u2", "i8", "?"]
#: Rows of whole vectors, of less, of several pieces; few columns, many, several blocks of them.
SHAPES = [(9,), (1025,), (2500,), (5, 40), (2000, 3), (40, 3000), (1200, 20, 2), (3, 1, 70)]


def expected(x, axis, fold, backwards=False):
    """NumPy's result, of floats in a longer dtype and rounded once."""
    x = np.flip(x, axis) if backwards else x
    dtype = x.dtype
    if fold in ("add", "multiply") and dtype.kind in "bi":
        dtype = np.dtype(np.int64)
    elif fold in ("add", "multiply") and dtype.kind == "u":
        dtype = np.dtype(np.uint64)
    wide = x.astype(np.longdouble if dtype.kind == "f" else dtype)
    with np.errstate(all="ignore"):
        made = UFUNCS[fold].accumulate(wide, axis=axis).astype(dtype)
    return np.flip(made, axis) if backwards else made


def on_both_targets(function):
    found = []
    for target in ("cpu", "parallel"):
        with lucid.target(target):
            found.append(function())
    assert found[0].tobytes() == found[1].tobytes()
    return found[0]


def assert_close(found, wanted):
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    if found.dtype.kind == "f":
        # One rounding of the result, which may lie between two numbers.
        tolerance = {2: 1e-3, 4: 2e-7, 8: 1e-13}[found.itemsize]
        scale = np.abs(wanted).max(initial=1.0, where=np.isfinite(wanted))
        found, wanted = found.astype(np.float64), wanted.astype(np.float64)
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance * float(scale))
    else:
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("fold", UFUNCS)
@settings(max_examples=25)
@given(st.data())
def test_same_as_numpy(fold, data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=20))
    dtype = data.draw(st.sampled_from(DTYPES))
    x = data.draw(hnp.arrays(dtype, shape, elements=st.integers(0, 1 if dtype == "?" else 3)))
    axis = data.draw(st.integers(0, len(shape) - 1))
    backwards = data.draw(st.booleans())
    order = data.draw(st.permutations(range(len(shape))))
    x = x.transpose(order)[
        tuple(slice(None, None, data.draw(st.sampled_from([1, 2, -1]))) for _ in shape)
    ]
    found = on_both_targets(lambda: running(x, axis, fold, backwards=backwards))
    assert_close(found, expected(x, axis, fold, backwards))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
def test_all_axes_and_layouts(shape, dtype):
    rng = np.random.default_rng(0)
    plain = rng.normal(size=shape) * (1 if dtype != "i4" else 50)
    x = plain.astype(dtype)
    views = [x, np.asfortranarray(x), np.flip(x), np.repeat(x, 2, -1)[..., ::2]]
    views.append(np.broadcast_to(x.reshape(-1)[0], shape))
    for axis in range(len(shape)):
        for view in views:
            for fold, backwards in (("add", False), ("add", True), ("maximum", False)):
                found = on_both_targets(
                    lambda v=view, a=axis, f=fold, b=backwards: running(v, a, f, backwards=b)
                )
                assert_close(found, expected(view, axis, fold, backwards))


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("length", [LONG, LONG + 16389])
@pytest.mark.parametrize(
    ("fold", "dtype"),
    [("add", "f4"), ("add", "f8"), ("add", "i8"), ("maximum", "f4"), ("multiply", "f4")],
)
def test_long_rows_have_the_bits_of_one_thread(fold, dtype, length, backwards):
    rng = np.random.default_rng(1)
    x = rng.normal(size=length) * 10 if fold != "multiply" else rng.uniform(0.99, 1.01, length)
    x = x.astype(dtype)
    before = lucid.get_num_threads()
    lucid.set_num_threads(2)
    try:
        found = on_both_targets(lambda: running(x, 0, fold, backwards=backwards))
        repeated = on_both_targets(
            lambda: running(np.broadcast_to(x[:1], x.shape), 0, fold, backwards=backwards)
        )
    finally:
        lucid.set_num_threads(before)
    assert_close(found, expected(x, 0, fold, backwards))
    assert_close(repeated, expected(np.broadcast_to(x[:1], x.shape), 0, fold, backwards))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_sums_are_more_exact_than_one_after_the_other(dtype):
    x = np.random.default_rng(2).uniform(size=300_000).astype(dtype)
    exact = np.cumsum(x.astype(np.longdouble))

    def error(sums):
        return np.abs(sums - exact).max()

    assert error(running(x, 0, "add")) < error(np.cumsum(x)) / 10


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_special_values(dtype, axis):
    values = [1.0, np.inf, 2.0, -np.inf, 3.0, np.nan, 4.0, -0.0, 5.0, 6.0]
    x = np.array([values, values[::-1]], dtype)
    x = x if axis else x.T.copy()
    for fold in UFUNCS:
        np.testing.assert_array_equal(running(x, axis, fold), expected(x, axis, fold))
    zeros = np.full((9, 9), -0.0, dtype)
    assert np.signbit(running(zeros, axis, "add")).all()


def test_products_of_float64_overflow_only_where_a_running_product_does():
    x = np.array([1e-200, 1e200, 1e200, 1e-200] * 4)
    assert np.isfinite(running(x, 0, "multiply")).all()
    assert_close(running(x, 0, "multiply"), np.cumprod(x))


def plain_places(x, fold):
    best, place, found = None, 0, []
    for i, value in enumerate(x):
        reached = best is None or (value >= best if fold == "maximum" else value <= best)
        if value != value or (best == best and reached):
            best, place = value, i
        found.append((best, place))
    return [np.array(column) for column in zip(*found, strict=True)]


@pytest.mark.parametrize("fold", ["maximum", "minimum"])
@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i1", "u8"])
@settings(max_examples=20)
@given(st.data())
def test_places(fold, dtype, data):
    length = data.draw(st.integers(1, 40))
    numbers = st.integers(0, 5)
    if np.dtype(dtype).kind == "f":
        numbers |= st.sampled_from([np.nan, np.inf, -np.inf])
    x = np.array(data.draw(st.lists(numbers, min_size=length, max_size=length)), dtype)
    wanted, places = plain_places(x, fold)
    for laid, axis in ((x, 0), (np.repeat(x[:, None], 9, 1), 0), (np.stack([x, x]), 1)):
        values, found = running_places(laid, axis, fold)
        values, found = np.moveaxis(values, axis, -1), np.moveaxis(found, axis, -1)
        np.testing.assert_array_equal(values, np.broadcast_to(wanted, values.shape))
        np.testing.assert_array_equal(found, np.broadcast_to(places, found.shape))
        assert (values.dtype, found.dtype) == (x.dtype, np.int64)


def plain_recurrence(decay, value):
    carried, found = 0.0, []
    for d, v in zip(decay.astype(float), value.astype(float), strict=True):
        carried = v + (d * carried if d else 0.0)
        found.append(carried)
    return np.array(found, value.dtype)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_recurrence(dtype, backwards):
    rng = np.random.default_rng(3)
    decay, value = rng.normal(size=(2, 3, 50)).astype(dtype)
    decay[0, 7] = 0
    value[0, 3], value[1, 9] = np.inf, np.nan
    turn = slice(None, None, -1 if backwards else 1)
    wanted = np.stack(
        [plain_recurrence(d[turn], v[turn])[turn] for d, v in zip(decay, value, strict=True)]
    )
    for transposed in (False, True):
        given = [decay.T, value.T] if transposed else [decay, value]
        axis = 0 if transposed else 1
        for laid in (given, [np.ascontiguousarray(array) for array in given]):
            found = recur(*laid, axis, backwards=backwards)
            np.testing.assert_array_equal(found, wanted.T if transposed else wanted)
