"""An operation followed by a sum, mean, maximum or minimum, in one pass."""

import numpy as np
import pytest

import lucid
from lucid.kernels.errors import ShapeError

RNG = np.random.default_rng(0)
X = RNG.standard_normal((30, 4, 50)).astype(np.float32)
Y = RNG.standard_normal((4, 1)).astype(np.float32)
AXES = [None, 0, -1, 1, (0, 2), (0, -1), (), (0, 1, 2)]


@lucid.pointwise
def shifted(x, y, scale=2.0, mode="plus"):
    return x + scale * y if mode == "plus" else x - scale * y


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", ["sum", "mean", "max", "min"])
def test_same_as_one_after_the_other(name, axis, keepdims):
    expected = getattr(np, name)(shifted(X, Y), axis=axis, keepdims=keepdims)
    for target in ("cpu", "parallel"):
        found = getattr(shifted, name)(X, Y, axis=axis, keepdims=keepdims, target=target)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
        assert found.dtype == np.float32
        assert found.shape == expected.shape
        assert type(found) is type(expected)


def test_options_of_the_operation():
    found = shifted.sum(X, y=Y, mode="minus", scale=3.0, axis=0)
    np.testing.assert_allclose(found, (X - 3 * Y).sum(axis=0), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "i8", "f2", "f4", "f8"])
def test_dtypes_are_those_of_numpy(dtype):
    x = (RNG.uniform(0, 3, (5, 6))).astype(dtype)
    for name in ("sum", "mean", "max", "min"):
        found = getattr(lucid.positive, name)(x, axis=1) if dtype != "?" else None
        if found is not None:
            assert found.dtype == getattr(np, name)(x, axis=1).dtype
    assert lucid.less.sum(x, 2, axis=0).dtype == np.int64
    assert lucid.less.max(x, 2).dtype == bool
    np.testing.assert_array_equal(lucid.less.mean(x, 2), (x < 2).mean())


def test_several_outputs():
    @lucid.pointwise
    def pair(x):
        return x + 1.0, x * x

    plus, square = pair.sum(X, axis=(0, 1))
    np.testing.assert_allclose(plus, (X + 1).sum(axis=(0, 1)), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(square, (X * X).sum(axis=(0, 1)), rtol=1e-5)


def test_lists_and_numbers():
    assert lucid.add.sum([1.0, 2.0], 1) == 5
    assert lucid.square.sum(3.0) == 9
    assert lucid.square.mean(3) == 9
    assert lucid.multiply.max([[1, 2], [3, 4]], 2, axis=0).tolist() == [6, 8]


def test_no_elements():
    empty = np.zeros((0, 3), np.float32)
    np.testing.assert_array_equal(lucid.square.sum(empty, axis=0), np.zeros(3))
    assert np.isnan(lucid.square.mean(empty))
    with pytest.raises(ShapeError, match="no elements"):
        lucid.square.max(empty)


@pytest.mark.parametrize("axis", [3, -4, (0, 0), (0, -3)], ids=str)
def test_axes_that_are_not_there(axis):
    with pytest.raises(ShapeError, match="3 axes"):
        lucid.square.sum(X, axis=axis)


def test_a_tensor_gives_a_tensor_with_a_gradient():
    x = lucid.tensor([1.0, 2.0], requires_grad=True)
    lucid.square.sum(x).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2.0, 4.0])
