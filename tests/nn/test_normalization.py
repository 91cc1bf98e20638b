"""LayerNorm, RMSNorm and BatchNorm1d against their formulas."""

import numpy as np
import pytest

import lucid
from lucid import nn
from lucid.kernels.errors import ShapeError


def numeric(function, x, step=1e-6):
    """Central differences of the sum of ``function`` at ``x``."""
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * step
            ends.append(float(function(moved)))
        gradient[index] = (ends[0] - ends[1]) / (2 * step)
    return gradient


def data(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape) * 2 + 1


def check_gradient(module, x):
    weights = data(*x.shape, seed=1)

    def value(array):
        return (module(lucid.tensor(array)).numpy() * weights).sum()

    tensor = lucid.tensor(x, requires_grad=True)
    (module(tensor) * lucid.tensor(weights)).sum().backward()
    np.testing.assert_allclose(tensor.grad.numpy(), numeric(value, x), rtol=1e-6, atol=1e-7)
    for parameter in module.parameters():
        before = parameter.numpy().copy()

        def moved(array, parameter=parameter):
            parameter.numpy()[...] = array
            return value(x)

        expected = numeric(moved, before)
        parameter.numpy()[...] = before
        np.testing.assert_allclose(parameter.grad.numpy(), expected, rtol=1e-6, atol=1e-7)


def spread(module):
    """Move the parameters away from 0 and 1."""
    for index, parameter in enumerate(module.parameters()):
        parameter.numpy()[...] = data(*parameter.shape, seed=2 + index)
    return module


def test_layer_norm():
    x = data(3, 4, 5)
    norm = spread(nn.LayerNorm((4, 5), dtype=np.float64))
    mean, var = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    expected = (x - mean) / np.sqrt(var + 1e-5) * norm.weight.numpy() + norm.bias.numpy()
    np.testing.assert_allclose(norm(lucid.tensor(x)).numpy(), expected, rtol=1e-12, atol=1e-12)
    check_gradient(spread(nn.LayerNorm(4, dtype=np.float64)), data(3, 4))
    assert [n for n, _ in nn.LayerNorm(4, bias=False).named_parameters()] == ["weight"]
    assert list(nn.LayerNorm(4, elementwise_affine=False).parameters()) == []
    with pytest.raises(ShapeError):
        norm(lucid.ones((3, 5)))


def test_rms_norm():
    x = data(3, 4)
    norm = spread(nn.RMSNorm(4, eps=1e-3, dtype=np.float64))
    root = np.sqrt((x * x).mean(-1, keepdims=True) + 1e-3)
    result = norm(lucid.tensor(x)).numpy()
    np.testing.assert_allclose(result, x / root * norm.weight.numpy(), rtol=1e-12)
    check_gradient(norm, x)
    zeros = nn.RMSNorm(4)(lucid.zeros((2, 4)))
    assert (zeros.numpy() == 0).all()
    with pytest.raises(ShapeError, match=r"\(3, 5\).*\(4,\)"):
        norm(lucid.ones((3, 5)))


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5)])
def test_batch_norm_in_training(shape):
    x = data(*shape)
    norm = spread(nn.BatchNorm1d(3, dtype=np.float64))
    axes = (0, 2)[: len(shape) - 1]
    aligned = (3, 1)[: len(shape) - 1]
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    weight, bias = norm.weight.numpy().reshape(aligned), norm.bias.numpy().reshape(aligned)
    expected = (x - mean) / np.sqrt(var + 1e-5) * weight + bias
    np.testing.assert_allclose(norm(lucid.tensor(x)).numpy(), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(norm.running_mean.numpy(), 0.1 * mean.ravel(), rtol=1e-12)
    unbiased = x.var(axes, ddof=1)
    np.testing.assert_allclose(norm.running_var.numpy(), 0.9 + 0.1 * unbiased, rtol=1e-12)
    assert norm.num_batches_tracked.item() == 1
    check_gradient(norm, x)


def test_batch_norm_in_evaluation():
    norm = nn.BatchNorm1d(2, eps=0.0)
    norm.running_mean.numpy()[...] = [1.0, 2.0]
    norm.running_var.numpy()[...] = [4.0, 9.0]
    norm.eval()
    result = norm(lucid.tensor([[3.0, 5.0]]))
    np.testing.assert_allclose(result.numpy(), [[1.0, 1.0]], rtol=1e-6)
    assert norm.num_batches_tracked.item() == 0


def test_batch_norm_average_over_all_batches():
    norm = nn.BatchNorm1d(1, momentum=None, dtype=np.float64)
    batches = [data(5, 1, seed=s) for s in range(3)]
    for batch in batches:
        norm(lucid.tensor(batch))
    means = [b.mean() for b in batches]
    np.testing.assert_allclose(norm.running_mean.numpy(), np.mean(means), rtol=1e-12)


def test_batch_norm_without_statistics_uses_the_batch_always():
    norm = nn.BatchNorm1d(2, affine=False, track_running_stats=False).eval()
    assert list(norm.state_dict()) == []
    result = norm(lucid.tensor(data(50, 2))).numpy()
    np.testing.assert_allclose(result.mean(0), 0, atol=1e-6)


def test_batch_norm_errors():
    norm = nn.BatchNorm1d(3)
    with pytest.raises(ShapeError, match="larger batch"):
        norm(lucid.ones((1, 3)))
    with pytest.raises(ShapeError, match=r"\(N, 3\)"):
        norm(lucid.ones((4, 2)))
    with pytest.raises(ShapeError, match=r"\(N, 3\)"):
        norm(lucid.ones(3))
