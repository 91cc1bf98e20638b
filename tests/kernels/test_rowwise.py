"""The decorator `rowwise`: arguments, inlining, stated derivatives, what it shows of itself."""

import numpy as np
import pytest

import lucid
from lucid.kernels import errors


@lucid.rowwise
def softmax(x):
    powers = lucid.exp(x - lucid.detach(lucid.row_max(x)))
    return powers / lucid.row_sum(powers)


@lucid.rowwise
def standard(x, weight=None, eps=1e-5, centre=True):
    if centre:
        x = x - lucid.row_sum(x) / lucid.row_length()
    x = x * lucid.rsqrt(lucid.row_sum(x * x) / lucid.row_length() + eps)
    return x if weight is None else x * weight


X = np.array([[1.0, 2.0, 4.0], [0.0, 0.0, 3.0]])


def test_options_choose_between_programs():
    rms = np.sqrt((X * X).mean(-1, keepdims=True))
    np.testing.assert_allclose(standard(X, eps=0.0, centre=False), X / rms)
    centred = X - X.mean(-1, keepdims=True)
    expected = centred / X.std(-1, keepdims=True)
    np.testing.assert_allclose(standard(X, eps=0.0), expected)
    weight = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(standard(X, weight, eps=0.0), expected * weight)


def test_numbers_may_be_one_value_a_row():
    eps = np.array([[0.5], [2.0]])
    found = standard(X, eps=eps)
    for k in range(2):
        np.testing.assert_allclose(found[k], standard(X[k], eps=eps[k].item()))
    with pytest.raises(errors.ShapeError, match="eps is one value a row"):
        standard(X, eps=np.ones(3))


def test_operations_are_inlined():
    @lucid.pointwise
    def sharpened(x, power):
        return x**power

    @lucid.rowwise
    def tempered(x, power=1.0):
        return sharpened(softmax(x), power) - lucid.row_max(softmax(x))

    inner = np.exp(X) / np.exp(X).sum(-1, keepdims=True)
    expected = inner**2.5 - inner.max(-1, keepdims=True)
    np.testing.assert_allclose(tempered(X, power=2.5), expected)
    # One kernel: softmax is computed once.
    assert tempered.source().count("exp_f32(") == 1


def test_stated_derivative():
    calls = []

    def rule(gradient, out, x):
        calls.append(1)
        return out * (gradient - lucid.row_sum(gradient * out))

    @lucid.rowwise(name="gentle", derivative=rule)
    def function(x):
        return softmax(x)

    assert function.name == "gentle"
    seed = np.arange(6.0).reshape(2, 3)
    found = []
    for operation in (function, softmax):
        x = lucid.tensor(X, requires_grad=True)
        operation(x).backward(lucid.tensor(seed))
        found.append(x.grad.numpy())
    assert calls
    np.testing.assert_allclose(*found, rtol=1e-12, atol=1e-15)


def test_functions_of_this_kind_by_name():
    assert repr(softmax) == "<rowwise softmax(x)>"
    assert softmax.__reduce__() == "softmax"
    assert str(standard.signature) == "(x, weight=None, eps=1e-05, centre=True)"
    assert "for row in range(rows)" in standard.source("cpu", np.float64, eps=0.5)


def test_axis():
    along = softmax(X, axis=0)
    np.testing.assert_allclose(along, softmax(X.T).T)
    np.testing.assert_allclose(softmax(X, axis=-2), along)
    assert lucid.row_sum(X, axis=0).tolist() == [[1.0, 2.0, 7.0]]
    for axis in (2, -3):
        with pytest.raises(errors.ShapeError, match="out of range"):
            softmax(X, axis=axis)


def test_out_and_targets():
    out = np.empty_like(X)
    assert softmax(X, out=out, target="cpu") is out
    np.testing.assert_array_equal(out, softmax(X, target="parallel"))
    with pytest.raises(errors.TargetError, match="unknown target"):
        softmax(X, target="gpu")
    with pytest.raises(errors.TargetError, match="unknown target"):
        softmax.source(target="gpu")


def test_errors():
    with pytest.raises(TypeError, match="missing a required argument"):
        softmax()
    with pytest.raises(errors.TraceError, match="lucid\\.rowwise instead"):
        lucid.pointwise(lambda x: lucid.row_sum(x) * x, name="share")(X)
    with pytest.raises(errors.TraceError, match="True or False"):
        lucid.rowwise(lambda x: x if lucid.row_sum(x) > 0 else -x, name="branch")(X)
    with pytest.raises(errors.ShapeError, match="that has this axis"):
        softmax(3.0)
    with pytest.raises(errors.TraceError, match="exactly one output"):
        lucid.rowwise(derivative=lambda g, out, x: g, name="pair")(lambda x: (x, x))(X)


def test_detach():
    x = lucid.tensor([2.0], requires_grad=True)
    assert not lucid.detach(x).requires_grad
    array = np.ones(2)
    assert lucid.detach(array) is array
    square = lucid.pointwise(lambda x: x * lucid.detach(x), name="square_of_detached")
    square(x).backward()
    assert x.grad.tolist() == [2.0]


def test_names_that_the_kernel_uses_itself():
    def range(x, min, rows):
        return (lucid.row_max(x) - lucid.row_min(x)) * min + rows

    found = lucid.rowwise(range)(X, X, X)
    np.testing.assert_array_equal(found, np.ptp(X, axis=-1, keepdims=True) * X + X)
