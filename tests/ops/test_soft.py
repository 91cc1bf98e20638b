import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lucid


@given(
    x=hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=5),
        elements=st.floats(-1e4, 1e4),
    ),
    data=st.data(),
)
def test_values_are_scipys(x, data):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    t = lucid.from_numpy(x)
    for name in ("softmax", "log_softmax", "logsumexp"):
        expected = getattr(scipy.special, name)(x, axis=axis)
        got = getattr(lucid, name)(t, axis).numpy()
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_gradients(check_gradient, name, axis):
    x = np.random.default_rng(0).normal(size=(3, 4))
    check_gradient(lambda t: getattr(t, name)(axis), x)


def test_huge_scores_give_no_nan():
    x = lucid.tensor([[1e30, 0.0], [-1e30, 0.0]], requires_grad=True)
    for name in ("softmax", "log_softmax", "logsumexp"):
        result = getattr(x, name)(1)
        assert np.isfinite(result.numpy()).all()
        x.zero_grad()
        result.backward()
        assert np.isfinite(x.grad.numpy()).all()


def test_infinities():
    inf = float("inf")
    x = lucid.tensor([[-inf, 0.0], [-inf, -inf]], requires_grad=True)
    total = x.logsumexp(1)
    np.testing.assert_array_equal(total.numpy(), [0.0, -inf])
    total.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[0, 1], [0, 0]])
    np.testing.assert_array_equal(x.softmax(1).numpy()[0], [0, 1])
    assert np.isnan(x.softmax(1).numpy()[1]).all()
    assert lucid.logsumexp(lucid.tensor([inf, 0.0])).item() == inf


def test_nan_goes_through():
    x = lucid.tensor([[float("nan"), 0.0], [1.0, 1.0]])
    result = x.softmax(1).numpy()
    assert np.isnan(result[0]).all()
    np.testing.assert_array_equal(result[1], [0.5, 0.5])


def test_layer_norm(check_gradient):
    rng = np.random.default_rng(4)
    x, weight, bias = rng.normal(size=(2, 3, 4)), rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    got = lucid.layer_norm(lucid.tensor(x), (3, 4), lucid.tensor(weight), lucid.tensor(bias))
    mean, var = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    np.testing.assert_allclose(got.numpy(), (x - mean) / np.sqrt(var + 1e-5) * weight + bias)
    check_gradient(lambda a, b, c: lucid.layer_norm(a, (3, 4), b, c), x, weight, bias)
    check_gradient(lambda a: lucid.layer_norm(a, 4), x)
    check_gradient(lambda a, b: lucid.layer_norm(a, 4, b), x, weight[0])


def test_layer_norm_errors():
    x = lucid.ones(2, 3)
    with pytest.raises(lucid.kernels.errors.ShapeError, match="does not end in"):
        lucid.layer_norm(x, 4)
    with pytest.raises(lucid.kernels.errors.ShapeError, match="weight of shape"):
        lucid.layer_norm(x, 3, lucid.ones(2))
    with pytest.raises(lucid.kernels.errors.DtypeError, match="int64"):
        lucid.layer_norm(x.long(), 3)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("shape", [(7, 10), (3, 1000), (2, 20_000)])
def test_accuracy_in_float32(name, shape):
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32) * 8
    exact = getattr(scipy.special, name)(x.astype(np.float64), axis=-1)
    got = getattr(lucid, name)(x, -1)
    assert got.dtype == np.float32
    # An exponent near 100 has an error of some units in the last place before the exponential.
    error = np.abs(got - exact)
    largest = np.abs(x).max(-1, keepdims=name != "logsumexp")
    size = np.abs(exact) * largest if name == "softmax" else np.abs(exact) + largest
    assert (error <= 4e-7 * size).all()


def test_several_axes_and_none():
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    for axes in (None, (0, 2), (1,), (2, 1), ()):
        for keepdims in (False, True):
            expected = scipy.special.logsumexp(x, axis=axes, keepdims=keepdims) if axes != () else x
            got = lucid.logsumexp(lucid.tensor(x), axes, keepdims).numpy()
            np.testing.assert_allclose(got, expected, rtol=1e-12)
    assert lucid.logsumexp(lucid.tensor(3.0)).item() == 3.0


def test_gradients_of_several_axes(check_gradient):
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    for axes in (None, (0, 2), 1, -1):
        check_gradient(lambda t, axes=axes: lucid.logsumexp(t, axes), x)


def test_not_contiguous(check_gradient):
    x = np.random.default_rng(0).normal(size=(3, 4))
    check_gradient(lambda t: lucid.softmax(t.T, -1), x)
    check_gradient(lambda t: lucid.log_softmax(t[:, ::2], -1), x)


def test_rms_norm(check_gradient):
    rng = np.random.default_rng(4)
    x, weight = rng.normal(size=(2, 3, 4)), rng.normal(size=(3, 4))
    expected = x / np.sqrt((x * x).mean((1, 2), keepdims=True) + 0.1) * weight
    got = lucid.rms_norm(lucid.tensor(x), (3, 4), lucid.tensor(weight), eps=0.1)
    np.testing.assert_allclose(got.numpy(), expected)
    check_gradient(lambda a, b: lucid.rms_norm(a, (3, 4), b, 0.1), x, weight)
    check_gradient(lambda a: lucid.rms_norm(a, 4), x)
    zeros = lucid.rms_norm(lucid.zeros(2, 3), 3)
    assert zeros.tolist() == [[0.0] * 3] * 2
    with pytest.raises(lucid.kernels.errors.ShapeError, match="rms_norm: weight of shape"):
        lucid.rms_norm(lucid.ones(2, 3), 3, lucid.ones(2))
