"""Arguments called as the keywords of a call are given by name like any other."""

import numpy as np
import pytest

import lucid
from lucid.kernels.errors import TraceError

X = np.array([1.0, 2.0, 4.0])
Y = np.array([3.0, 5.0, 8.0])


@lucid.pointwise
def gap(value, target, power=1.0):
    return (target - value) * power


@lucid.pointwise
def reach(value, target=2.0, out=1.0):
    return value * target + out


def test_by_name_and_by_position():
    for _ in range(3):  # in Python, then by machine code
        for found in (gap(X, Y), gap(X, target=Y), gap(target=Y, value=X)):
            np.testing.assert_array_equal(found, Y - X)
        np.testing.assert_array_equal(gap(X, target=Y, power=2.0), 2 * (Y - X))
        np.testing.assert_array_equal(reach(X, out=3.0), 2 * X + 3)
        np.testing.assert_array_equal(reach(X, target=0.5), 0.5 * X + 1)
    out = np.empty(3)
    assert gap(X, target=Y, out=out) is out
    np.testing.assert_array_equal(out, Y - X)


def test_the_librarys_losses():
    np.testing.assert_array_equal(lucid.kernels.mse(X, target=Y), (X - Y) ** 2)


def test_of_tensors_and_inside_of_another_function():
    x = lucid.tensor(X, requires_grad=True)
    for _ in range(3):
        x.grad = None
        gap(x, target=lucid.tensor(Y), power=3.0).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [-3.0] * 3)

    @lucid.pointwise
    def half(a, b):
        return 0.5 * gap(a, target=b)

    np.testing.assert_array_equal(half(X, Y), 0.5 * (Y - X))
    np.testing.assert_array_equal(gap.derivative(X, target=Y)[1], np.ones(3))


def test_calls_that_wait():
    x, y = (lucid.tensor(np.resize(array, 200_000)) for array in (X, Y))
    with lucid.fuse():
        found = gap(x, target=y) * 2.0
        assert type(found) is not lucid.Tensor
    np.testing.assert_array_equal(found.numpy(), 2 * (y.numpy() - x.numpy()))


def test_where_it_runs_is_chosen_around_it():
    with lucid.target("cpu"):
        np.testing.assert_array_equal(gap(X, target=Y), Y - X)
    with pytest.raises(TypeError, match=r"'target'; .*argument of its own.*lucid.target"):
        gap(X, Y, target="cpu")


def test_functions_of_rows():
    @lucid.rowwise
    def share(x, axis=2.0, target=None):
        return axis * x / lucid.row_sum(x) + (0.0 if target is None else target)

    rows = np.array([[1.0, 3.0]])
    np.testing.assert_array_equal(share(rows), [[0.5, 1.5]])
    np.testing.assert_array_equal(share(rows, axis=1.0), [[0.25, 0.75]])
    np.testing.assert_array_equal(share(rows, target=rows), [[1.5, 4.5]])
    x = lucid.tensor(rows, requires_grad=True)
    share(x, target=x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[1.0, 1.0]])


def test_by_keyword_alone_is_refused_where_it_is_defined():
    with pytest.raises(TraceError, match="in front of the"):

        @lucid.pointwise
        def loss(value, *, target):
            return value - target
