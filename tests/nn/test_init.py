"""Initial values: bounds, moments, special matrices, errors."""

import math

import numpy as np
import pytest

import lucid
from lucid import nn
from lucid.kernels.errors import ShapeError
from lucid.nn import init


@pytest.fixture
def weight():
    return nn.Parameter(np.full((200, 100), np.nan, np.float32))


def moments(tensor):
    return float(tensor.numpy().mean()), float(tensor.numpy().std())


def test_uniform_and_normal(weight):
    assert init.uniform_(weight, -2, 4, generator=lucid.Generator(0)) is weight
    assert weight.numpy().min() >= -2
    assert weight.numpy().max() <= 4
    mean, std = moments(weight)
    assert abs(mean - 1) < 0.05
    assert abs(std - 6 / math.sqrt(12)) < 0.05
    mean, std = moments(init.normal_(weight, 3, 0.5, generator=lucid.Generator(0)))
    assert abs(mean - 3) < 0.02
    assert abs(std - 0.5) < 0.02


def test_truncated_normal(weight):
    init.trunc_normal_(weight, 1.0, 2.0, 0.0, 4.0, generator=lucid.Generator(0))
    assert weight.numpy().min() >= 0
    assert weight.numpy().max() <= 4
    # A normal distribution cut at mean - std / 2 and mean + 3 / 2 std.
    mean, _ = moments(weight)
    density = [math.exp(-0.125), math.exp(-1.125)]
    share = (math.erf(1.5 / math.sqrt(2)) + math.erf(0.5 / math.sqrt(2))) / 2
    expected = 1 + 2 * (density[0] - density[1]) / math.sqrt(2 * math.pi) / share
    assert abs(mean - expected) < 0.02
    with pytest.raises(ValueError, match="less than b"):
        init.trunc_normal_(weight, a=1.0, b=1.0)


def test_constants(weight):
    assert (init.constant_(weight, 3).numpy() == 3).all()
    assert (init.ones_(weight).numpy() == 1).all()
    assert (init.zeros_(weight).numpy() == 0).all()
    assert (init.eye_(weight).numpy() == np.eye(200, 100)).all()
    assert weight.requires_grad
    assert weight.dtype == np.float32


@pytest.mark.parametrize(
    ("fill", "variance"),
    [
        (init.xavier_uniform_, 2 / 300),
        (init.xavier_normal_, 2 / 300),
        (init.kaiming_uniform_, 2 / 100),
        (init.kaiming_normal_, 2 / 100),
        (lambda w: init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"), 2 / 200),
        (lambda w: init.kaiming_uniform_(w, a=math.sqrt(5)), 1 / 300),
    ],
)
def test_spread(weight, fill, variance):
    lucid.manual_seed(0)
    mean, std = moments(fill(weight))
    assert abs(mean) < 0.005
    assert abs(std / math.sqrt(variance) - 1) < 0.03


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (3, 2, 2)])
def test_orthogonal(shape):
    tensor = init.orthogonal_(nn.Parameter(np.empty(shape)), gain=2.0)
    matrix = tensor.numpy().reshape(shape[0], -1) / 2
    gram = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-12)


def test_gain():
    assert init.calculate_gain("tanh") == 5 / 3
    assert init.calculate_gain("leaky_relu", 1.0) == 1.0
    with pytest.raises(ValueError, match="'rolu'"):
        init.calculate_gain("rolu")


def test_errors():
    vector = nn.Parameter([1.0, 2.0])
    for fill in (init.xavier_uniform_, init.kaiming_normal_, init.orthogonal_, init.eye_):
        with pytest.raises(ShapeError, match=r"\(2,\)"):
            fill(vector)
    with pytest.raises(ValueError, match="fan_avg"):
        init.kaiming_uniform_(nn.Parameter(np.zeros((2, 2))), mode="fan_avg")
