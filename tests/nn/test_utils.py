"""Gradient clipping, and parameters as a vector."""

import math

import numpy as np
import pytest

import lucid
from lucid import nn, optim
from lucid.kernels.errors import GraphError, ShapeError
from lucid.nn import utils


def parameters(*gradients, dtype=np.float64):
    result = []
    for gradient in gradients:
        parameter = nn.Parameter(np.zeros(np.shape(gradient), dtype))
        parameter.grad = lucid.tensor(np.array(gradient, dtype))
        result.append(parameter)
    return result


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, float("inf")])
def test_clip_norm(p):
    held = parameters([3.0, -4.0], [[12.0]])
    flat = np.array([3.0, -4.0, 12.0])
    total = utils.clip_grad_norm_(held, 1.0, norm_type=p)
    np.testing.assert_allclose(total.item(), np.linalg.norm(flat, p))
    clipped = np.concatenate([q.grad.numpy().ravel() for q in held])
    np.testing.assert_allclose(np.linalg.norm(clipped, p), 1.0, rtol=1e-6)
    np.testing.assert_allclose(clipped / clipped[0], flat / flat[0])


def test_small_gradients_stay_as_they_are():
    held = parameters([0.3, 0.4])
    held.append(nn.Parameter([1.0]))
    assert utils.clip_grad_norm_(iter(held), 1.0).item() == 0.5
    assert held[0].grad.numpy().tolist() == [0.3, 0.4]
    assert utils.clip_grad_norm_([], 1.0).item() == 0.0


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_norms_do_not_overflow_or_vanish(size):
    held = parameters([3 * size, 4 * size], dtype=np.float32)
    np.testing.assert_allclose(utils.clip_grad_norm_(held[0], 1e38).item(), 5 * size, rtol=1e-6)


def test_norms_that_are_not_finite():
    held = parameters([math.inf, 1.0])
    with pytest.raises(GraphError, match="inf"):
        utils.clip_grad_norm_(held, 1.0, error_if_nonfinite=True)
    assert held[0].grad.numpy().tolist() == [math.inf, 1.0]
    held = parameters([math.nan, 1.0])
    assert math.isnan(utils.clip_grad_norm_(held, 1.0).item())
    with pytest.raises(ValueError, match="norm_type"):
        utils.clip_grad_norm_(held, 1.0, norm_type=0)


def test_clip_value():
    held = parameters([3.0, -0.25, -9.0])
    optim.clip_grad_value_(held, 1.0)
    assert held[0].grad.numpy().tolist() == [1.0, -0.25, -1.0]
    with pytest.raises(ValueError, match="clip_value"):
        optim.clip_grad_value_(held, -1.0)


def test_vector_and_back():
    net = nn.Linear(3, 2)
    vector = utils.parameters_to_vector(net.parameters())
    assert vector.shape == (8,)
    utils.vector_to_parameters(vector * 2, net.parameters())
    np.testing.assert_array_equal(
        utils.parameters_to_vector(net.parameters()).numpy(), vector.numpy() * 2
    )
    with pytest.raises(ShapeError, match=r"\(8,\)"):
        utils.vector_to_parameters(lucid.ones(7), net.parameters())
