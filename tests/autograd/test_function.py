import numpy as np
import pytest

import lucid
from lucid.autograd import Function
from lucid.kernels.errors import GraphError, ShapeError


class Cube(Function):
    def __init__(self, factor=1.0):
        self.factor = factor

    def forward(self, x):
        self.save(inputs=(0,))
        return x**3 * self.factor

    def backward(self, gradient):
        (x,) = self.saved
        return gradient * x * x * (3 * self.factor)


class Exponential(Function):
    def forward(self, x):
        self.save(outputs=(0,))
        return np.exp(x)

    def backward(self, gradient):
        (y,) = self.saved
        return gradient * y


class MeanAndSum(Function):
    def forward(self, x):
        self.shape = x.shape
        return x.mean(), x.sum(), np.arange(3)

    def backward(self, mean, total, indices):
        size = int(np.prod(self.shape))
        return lucid.broadcast_to(mean * (1 / size) + total, self.shape)


def leaf(*values):
    return lucid.tensor(np.array(values, np.float64), requires_grad=True)


def test_first_and_second_derivative():
    x = leaf(1.0, 2.0)
    y = Cube.apply(x, factor=2.0)
    assert y.grad_fn == "cube"
    (first,) = lucid.grad(y, x, create_graph=True)
    np.testing.assert_allclose(first.detach().numpy(), 6 * x.numpy() ** 2)
    (second,) = lucid.grad(first, x)
    np.testing.assert_allclose(second.numpy(), 12 * x.numpy())


def test_saved_outputs_lead_back_to_the_graph():
    x = leaf(0.5, 1.0)
    current = Exponential.apply(x)
    for _ in range(3):
        (current,) = lucid.grad(current, x, create_graph=True)
    np.testing.assert_allclose(current.detach().numpy(), np.exp(x.numpy()))


def test_arrays_alone_give_arrays():
    assert type(Cube.apply(np.ones(2))) is np.ndarray
    assert not Cube.apply(lucid.ones(2)).requires_grad
    with lucid.no_grad():
        assert not Cube.apply(leaf(1.0)).requires_grad


def test_several_outputs():
    x = leaf(1.0, 2.0, 3.0)
    mean, total, indices = MeanAndSum.apply(x)
    assert not indices.requires_grad
    (mean + 2 * total).backward()
    np.testing.assert_allclose(x.grad.numpy(), [2 + 1 / 3] * 3)
    x.zero_grad()
    MeanAndSum.apply(x)[1].backward()
    np.testing.assert_allclose(x.grad.numpy(), [1.0] * 3)


def test_needs():
    seen = []

    class Product(Function):
        def forward(self, x, y):
            seen.append(self.needs)
            self.save(inputs=(0, 1))
            return x * y

        def backward(self, gradient):
            x, y = self.saved
            return gradient * y, gradient * x

    x = leaf(2.0)
    Product.apply(x, 3.0).backward()
    Product.apply(lucid.ones(1), x).backward()
    assert seen == [(True, False), (False, True)]
    np.testing.assert_array_equal(x.grad.numpy(), [4.0])


def test_changed_in_place():
    x = leaf(1.0, 2.0) * 1
    y = Cube.apply(x)
    with lucid.no_grad():
        x += 1
    with pytest.raises(GraphError, match="'cube'"):
        y.backward()


def _broken(result):
    class Broken(Function):
        def forward(self, x):
            return x * 2

        def backward(self, gradient):
            return result(gradient)

    return Broken


@pytest.mark.parametrize(
    ("result", "error", "words"),
    [
        (lambda g: (g, g), GraphError, "returned 2 gradients, but forward took 1"),
        (lambda g: g.sum(), ShapeError, r"shape \(\) for a value of shape \(2,\)"),
    ],
)
def test_broken_backward(result, error, words):
    with pytest.raises(error, match=words):
        _broken(result).apply(leaf(1.0, 2.0)).backward()


def test_no_gradient_at_all():
    x = leaf(1.0, 2.0)
    _broken(lambda g: None).apply(x).backward()
    assert x.grad is None


def test_wrong_dtype_is_converted():
    x = lucid.ones(2, requires_grad=True)
    _broken(lambda g: g.astype(np.float64)).apply(x).backward()
    assert x.grad.dtype == np.float32


def test_undefined_methods():
    class Empty(Function):
        pass

    with pytest.raises(NotImplementedError, match="Empty defines no forward"):
        Empty.apply(np.ones(2))


def test_infinite_results_warn_of_nothing():
    class Inverse(Function):
        def forward(self, x):
            self.save(inputs=(0,))
            return 1 / x

        def backward(self, gradient):
            (x,) = self.saved
            return -gradient / (x * x)

    x = leaf(0.0, 1.0)
    Inverse.apply(x).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [-np.inf, -1.0])
