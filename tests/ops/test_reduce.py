import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lucid
from lucid.kernels.errors import DtypeError, ShapeError

NUMBERS = st.floats(-100, 100, width=16)
DTYPES = st.sampled_from([np.float32, np.float64, np.int32, np.int64])


@st.composite
def arrays_with_axes(draw, min_side=0):
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=4, min_side=min_side, max_side=4))
    dtype = draw(DTYPES)
    elements = NUMBERS if np.dtype(dtype).kind == "f" else st.integers(-50, 50)
    x = draw(hnp.arrays(dtype, shape, elements=elements))
    if x.ndim and draw(st.booleans()):
        x = np.flip(x, draw(st.integers(0, x.ndim - 1)))
    axes = draw(st.sets(st.integers(0, x.ndim - 1))) if x.ndim else set()
    axis = draw(st.sampled_from([None, tuple(axes), *[a - x.ndim for a in axes]]))
    return x, axis, draw(st.booleans())


@pytest.mark.parametrize("name", ["sum", "prod", "all", "any", "count_nonzero"])
@given(case=arrays_with_axes())
def test_values_are_numpys(name, case):
    x, axis, keepdims = case
    if name == "prod":
        x = np.asarray(np.sign(x))
    got = getattr(lucid, name)(lucid.from_numpy(x), axis, keepdims)
    expected = np.asarray(getattr(np, name)(x, axis=axis, keepdims=keepdims))
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", ["mean", "max", "min", "amax", "amin"])
@given(case=arrays_with_axes(min_side=1))
def test_values_of_what_needs_elements(name, case):
    x, axis, keepdims = case
    got = getattr(lucid, name)(lucid.from_numpy(x), axis=axis, keepdims=keepdims)
    expected = np.asarray(getattr(np, name)(x, axis=axis, keepdims=keepdims))
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", ["var", "std"])
@given(case=arrays_with_axes(min_side=2), correction=st.sampled_from([0, 0.5]))
def test_spread(name, case, correction):
    x, axis, keepdims = case
    x = x.astype(np.float64)
    got = getattr(lucid, name)(
        lucid.from_numpy(x), axis=axis, keepdims=keepdims, correction=correction
    )
    expected = getattr(np, name)(x, axis=axis, keepdims=keepdims, ddof=correction)
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-9, atol=1e-9)


REDUCTIONS = {
    "sum": lambda x, axis, keep: x.sum(axis, keep),
    "mean": lambda x, axis, keep: x.mean(axis, keep),
    "prod": lambda x, axis, keep: x.prod(axis, keep),
    "var": lambda x, axis, keep: x.var(axis, keep),
    "var of a sample": lambda x, axis, keep: x.var(axis, keep, correction=1),
    "std": lambda x, axis, keep: x.std(axis, keep),
    "max": lambda x, axis, keep: x.max(axis, keep),
    "min": lambda x, axis, keep: x.min(axis, keep),
    "norm": lambda x, axis, keep: x.norm(2, axis, keep),
    "1-norm": lambda x, axis, keep: x.norm(1, axis, keep),
    "largest": lambda x, axis, keep: x.norm(np.inf, axis, keep),
    "logsumexp": lambda x, axis, keep: x.logsumexp(axis, keep),
}


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (1, -1)])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_gradients(check_gradient, name, axis, keepdims):
    x = np.random.default_rng(1).normal(size=(2, 3, 2))
    check_gradient(lambda t: REDUCTIONS[name](t, axis, keepdims), x, second=axis in (None, 0))


def test_cubic_norm(check_gradient):
    check_gradient(lambda t: t.norm(3, 1), np.random.default_rng(2).uniform(0.5, 2, (2, 3)))


@pytest.mark.parametrize("axis", [0, 1, None])
def test_cumsum(check_gradient, axis):
    x = np.random.default_rng(3).normal(size=(3, 4))
    np.testing.assert_allclose(lucid.cumsum(lucid.tensor(x), axis).numpy(), np.cumsum(x, axis))
    check_gradient(lambda t: t.cumsum(axis), x)


def test_product_with_zeros(check_gradient):
    for zeros in ([], [1], [1, 3]):
        x = np.array([2.0, -1.0, 3.0, 0.5])
        x[zeros] = 0
        check_gradient(lambda t: t.prod(), x)


def test_ties_share_the_gradient():
    x = lucid.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]], requires_grad=True)
    x.max(axis=1).backward()
    np.testing.assert_allclose(x.grad.numpy(), [[0, 0.5, 0.5], [1 / 3] * 3], rtol=1e-6)


def test_nan_goes_through_and_takes_the_gradient():
    x = lucid.tensor([1.0, float("nan"), 3.0], requires_grad=True)
    top = x.max()
    assert np.isnan(top.item())
    top.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0, 1, 0])


@pytest.mark.parametrize("name", ["norm", "std"])
def test_gradient_is_zero_where_the_root_has_none(name):
    x = lucid.zeros(3, requires_grad=True)
    getattr(x, name)().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.zeros(3))


def test_float16_is_accumulated_in_float32():
    x = lucid.full((4096,), 16.0, dtype=np.float16)
    assert x.mean().item() == 16.0
    assert x.mean().dtype == np.float16


def test_pytorchs_names_are_taken():
    x = lucid.ones(2, 3)
    assert x.sum(dim=0).shape == (3,)
    assert x.sum(dim=1, keepdim=True).shape == (2, 1)
    assert x.mean(dim=(0, 1), keepdim=True).shape == (1, 1)
    assert x.argmax(dim=1).shape == (2,)
    assert x.softmax(dim=0).shape == (2, 3)
    assert x.sum(1, dtype=np.float64).dtype == np.float64


def test_arrays_give_arrays():
    result = lucid.sum(np.ones((2, 3), np.float32), axis=0)
    assert type(result) is np.ndarray


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: x.sum(2), ShapeError, "sum: axis 2 is out of range for 2 axes"),
        (lambda x: x.sum((0, -2)), ShapeError, "named twice"),
        (lambda x: x.sum(0, dim=1), ShapeError, "same argument"),
        (lambda x: x.sum(0.5), DtypeError, "axis 0.5"),
        (lambda x: x[:0].max(), ShapeError, r"axis 0 of shape \(0, 3\)"),
        (lambda x: x[:0].argmax(), ShapeError, "no element"),
        (lambda x: x.long().var(), DtypeError, "int64"),
        (lambda x: x.var(correction=6), ShapeError, "more than correction=6"),
        (lambda x: x.long().softmax(), DtypeError, "floating-point"),
        (lambda x: x[:, :0].softmax(), ShapeError, "no elements"),
        (lambda x: x.cumsum(5), ShapeError, "axis 5"),
        (lambda x: lucid.sum([["a"]]), DtypeError, "can't be a tensor"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(lucid.ones(2, 3))


@given(case=arrays_with_axes(min_side=1))
def test_arguments_of_extremes(case):
    x, axis, keepdims = case
    axis = None if isinstance(axis, tuple) else axis
    for name in ("argmax", "argmin"):
        got = getattr(lucid, name)(lucid.from_numpy(x), axis, keepdims)
        np.testing.assert_array_equal(
            got.numpy(), getattr(np, name)(x, axis=axis, keepdims=keepdims)
        )
        assert got.dtype == np.int64
