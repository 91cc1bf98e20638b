"""Row operations in the graph: gradients, broadcasting, second order, changes in place."""

import numpy as np
import pytest

import lucid
from lucid.kernels import errors
from lucid.testing import gradcheck, gradgradcheck


@lucid.rowwise
def normal(x, weight, bias=None, eps=0.1):
    centred = x - lucid.row_sum(x) / lucid.row_length()
    size = lucid.row_sum(centred * centred) / lucid.row_length()
    result = centred * lucid.rsqrt(size + eps) * weight
    return result if bias is None else result + bias


@lucid.rowwise
def pair(x, scale=0.5):
    largest = lucid.detach(lucid.row_max(x))
    powers = lucid.exp(x - largest)
    total = lucid.row_sum(powers)
    return powers / total * scale, (lucid.log(total) + largest) * scale


def tensor(*shape, seed=0):
    return lucid.tensor(np.random.default_rng(seed).uniform(0.5, 2, shape), requires_grad=True)


CALLS = {
    "weights by columns": (normal, (2, 3, 4), (4,), (3, 4)),
    "weights by rows": (normal, (3, 4), (3, 1), (1, 1)),
    "weights wider than the rows": (normal, (1, 4), (3, 1), (2, 1, 4)),
    "one value a row": (lambda x, s: pair(x, s), (2, 3, 4), (3, 1)),
    "one value for all": (lambda x, s: pair(x, s), (3, 4), (1,)),
    "second output alone": (lambda x: pair(x)[1], (3, 4)),
    "first output alone": (lambda x: pair(x)[0], (3, 4)),
    "along another axis": (lambda x, s: pair(x, s, axis=0), (3, 4), (1, 4)),
    "fold": (lucid.row_sum, (3, 4)),
    "largest": (lucid.row_max, (3, 4)),
}


@pytest.mark.parametrize("name", CALLS)
def test_gradients(name):
    function, *shapes = CALLS[name]
    inputs = [tensor(*shape, seed=k) for k, shape in enumerate(shapes)]
    gradcheck(function, inputs)
    gradgradcheck(function, inputs)


def test_gradient_of_some_arguments():
    x, weight = np.random.default_rng(0).normal(size=(3, 4)), tensor(4)
    normal(lucid.from_numpy(x), weight, eps=0.1).sum().backward()
    centred = x - x.mean(-1, keepdims=True)
    expected = (centred / np.sqrt(x.var(-1, keepdims=True) + 0.1)).sum(0)
    np.testing.assert_allclose(weight.grad.numpy(), expected, atol=1e-12)


def test_float32_and_halves():
    for dtype, tolerance in (("float32", 1e-5), ("float16", 2e-2)):
        x = lucid.tensor(np.linspace(-2, 2, 24).reshape(4, 6), dtype=dtype, requires_grad=True)
        wide = lucid.tensor(x.detach().numpy().astype(np.float64), requires_grad=True)
        for t in (x, wide):
            (normal(t, 1.5) * normal(t, 1.0)).sum().backward()
        assert x.grad.dtype == dtype
        np.testing.assert_allclose(
            x.grad.numpy().astype(np.float64), wide.grad.numpy(), atol=tolerance, rtol=tolerance
        )


def test_what_comes_back():
    x = tensor(3, 4)
    share, total = pair(x)
    assert share.shape == (3, 4)
    assert total.shape == (3, 1)
    with lucid.no_grad():
        assert not pair(x)[0].requires_grad
    mixed = pair(np.ones((2, 2)), scale=lucid.tensor([[1.0], [2.0]], dtype="float64"))
    assert isinstance(mixed[0], lucid.Tensor)
    np.testing.assert_allclose(mixed[0].numpy(), [[0.5, 0.5], [1.0, 1.0]])


def test_changed_in_place():
    x = tensor(2, 3) * 1.0
    result = normal(x, 2.0)
    x += 1.0
    with pytest.raises(errors.GraphError, match=r"normal.*changed in place"):
        result.sum().backward()


def test_freed_graph():
    x = tensor(2, 3)
    total = normal(x, 2.0).square().sum()
    total.backward()
    with pytest.raises(errors.GraphError):
        total.backward()


def test_out():
    x = tensor(2, 3)
    with pytest.raises(errors.GraphError, match="out="):
        normal(x, 2.0, out=lucid.zeros(2, 3))
    out = lucid.zeros(2, 3, dtype="float64")
    with lucid.no_grad():
        assert normal(x, 2.0, out=out) is out
    np.testing.assert_array_equal(out.numpy(), normal(x.detach().numpy(), 2.0))
