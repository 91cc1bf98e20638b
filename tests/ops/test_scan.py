"""cumsum, cumprod, cummax, cummin and logcumsumexp, with first and second gradients."""

import math

import numpy as np
import pytest

import lucid
from lucid.kernels.errors import DtypeError, ShapeError

RNG = np.random.default_rng(0)
NAMES = ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"]


def values_of(result):
    return result.values if isinstance(result, tuple) else result


def plain(name, x, axis):
    if name == "logcumsumexp":
        return np.logaddexp.accumulate(x, axis)
    ufunc = {"cumsum": np.add, "cumprod": np.multiply, "cummax": np.maximum, "cummin": np.minimum}
    return ufunc[name].accumulate(x, axis=axis)


@pytest.mark.parametrize("shape", [(7,), (3, 10), (10, 12), (2, 5, 9)], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_values(name, shape):
    x = RNG.normal(size=shape)
    for axis in range(-1, len(shape) - 1):
        wanted = plain(name, x, axis)
        for dtype, tolerance in (("f8", 1e-13), ("f4", 1e-6), ("f2", 5e-3)):
            for given in (x.astype(dtype), lucid.tensor(x.astype(dtype))):
                found = values_of(getattr(lucid, name)(given, axis))
                assert type(found) is type(given)
                assert found.dtype == np.dtype(dtype)
                np.testing.assert_allclose(
                    np.asarray(found), wanted, rtol=tolerance, atol=10 * tolerance
                )
    flat = values_of(getattr(lucid.tensor(x), name)())
    np.testing.assert_allclose(flat.numpy(), plain(name, x.reshape(-1), 0), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("shape", "axis"), [((7,), 0), ((3, 4), 1), ((4, 3), 0)])
@pytest.mark.parametrize("name", NAMES)
def test_gradients(check_gradient, name, shape, axis):
    x = RNG.normal(size=shape)
    # Second differences of what is linear between its kinks are rounding alone.
    check_gradient(lambda t: values_of(getattr(t, name)(axis)), x)


def test_gradient_of_products_with_zeros(check_gradient):
    for zeros in ([0], [2], [1, 3]):
        x = np.array([2.0, -1.0, 3.0, 0.5])
        x[zeros] = 0
        check_gradient(lambda t: t.cumprod(0), x)


def test_gradient_of_an_extreme_goes_to_its_place():
    x = lucid.tensor([1.0, 3.0, 2.0, 3.0, 4.0], requires_grad=True)
    weights = lucid.tensor([1.0, 10.0, 100.0, 1000.0, math.inf])
    values, indices = lucid.cummax(x)
    np.testing.assert_array_equal(indices.numpy(), [0, 1, 1, 3, 4])
    assert indices.dtype == np.int64
    assert not indices.requires_grad
    values.backward(weights)
    np.testing.assert_array_equal(x.grad.numpy(), [1, 110, 0, 1000, math.inf])


@pytest.mark.parametrize(
    ("given", "wanted", "gradient"),
    [
        ([-math.inf, -math.inf, 1.0], [-math.inf, -math.inf, 1.0], [0.0, 0.0, 1.0]),
        ([0.0, -50.0], [0.0, math.exp(-50)], [2.0, math.exp(-50)]),
        ([-1000.0, 0.0, -1000.0], [-1000.0, 0.0, 0.0], [1.0, 2.0, 0.0]),
        ([1000.0, 1000.0], [1000.0, 1000.0 + math.log(2)], [1.5, 0.5]),
        ([1.0, math.inf, 2.0], [1.0, math.inf, math.inf], None),
        ([1.0, math.nan, 2.0], [1.0, math.nan, math.nan], None),
    ],
)
def test_logcumsumexp_at_the_ends(given, wanted, gradient):
    for rows in (False, True):
        x = np.array(given)
        x = lucid.tensor(np.stack([x] * 9, 1) if rows else x, requires_grad=True)
        y = x.logcumsumexp(0)
        np.testing.assert_allclose(y.numpy()[:, 0] if rows else y.numpy(), wanted, rtol=1e-14)
        y.backward()
        if gradient is not None:
            found = x.grad.numpy()[:, 0] if rows else x.grad.numpy()
            np.testing.assert_allclose(found, gradient, rtol=1e-10)


def test_integers_and_dtypes():
    x = lucid.tensor([[True, False], [True, True]])
    assert x.cumsum(0).dtype == np.int64
    assert lucid.cumprod(np.uint8([200, 200]), 0).dtype == np.uint64
    assert lucid.cummax(np.int8([1, -3, 2])).values.dtype == np.int8
    assert lucid.cumsum(np.int32([1, 2]), dtype=np.float32).dtype == np.float32
    assert lucid.cumsum(np.zeros((0, 3)), 0).shape == (0, 3)
    np.testing.assert_array_equal(lucid.cumsum(np.int64([2**63 - 1, 1])), [2**63 - 1, -(2**63)])


def test_calls_that_were_learned_look_at_their_arrays():
    for size in (10, 10, 12, 10):
        for dtype in ("f4", "f8"):
            x = RNG.normal(size=size).astype(dtype)
            for given in (x, x[::-1], np.repeat(x, 2)[::2]):
                t = lucid.from_numpy(given).requires_grad_()
                y = t.cumsum(0)
                np.testing.assert_allclose(
                    y.detach().numpy(), np.cumsum(given), rtol=1e-5, atol=1e-5
                )
                y.backward()
                np.testing.assert_array_equal(t.grad.numpy(), np.arange(size, 0, -1))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: x.cumsum(2), ShapeError, "axis 2"),
        (lambda x: x.cummax(0, dim=1), ShapeError, "dim=1"),
        (lambda x: x.long().logcumsumexp(0), DtypeError, "floating-point"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(lucid.ones(2, 3))
