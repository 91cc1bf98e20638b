"""Each optimiser's steps against its formula, written out in NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lucid
from lucid import nn, optim

STEPS = 4


def run(make, dtype=np.float64, seed=0):
    """Return the parameter after each of some steps with the gradients of ``gradients``."""
    parameter = nn.Parameter(start(seed).astype(dtype))
    optimizer = make([parameter])
    history = []
    for gradient in gradients(seed):
        parameter.grad = lucid.tensor(gradient.astype(dtype))
        optimizer.step()
        history.append(parameter.numpy().copy())
    assert parameter.dtype == dtype
    return np.array(history)


def start(seed):
    return np.random.default_rng(seed).standard_normal((2, 3))


def gradients(seed):
    return np.random.default_rng(seed + 1).standard_normal((STEPS, 2, 3))


def sgd(seed, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False):
    p, history, buffer = start(seed), [], None
    for g in gradients(seed):
        d = (-g if maximize else g) + weight_decay * p
        if momentum:
            buffer = d if buffer is None else momentum * buffer + (1 - dampening) * d
            d = d + momentum * buffer if nesterov else buffer
        p = p - lr * d
        history.append(p)
    return np.array(history)


def adam(seed, lr, betas, eps, weight_decay, amsgrad=False, decoupled=False, maximize=False):
    p, history = start(seed), []
    m = v = top = 0.0
    for t, gradient in enumerate(gradients(seed), 1):
        g = -gradient if maximize else gradient
        if decoupled:
            p = p * (1 - lr * weight_decay)
        else:
            g = g + weight_decay * p
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        top = np.maximum(top, v) if amsgrad else v
        root = np.sqrt(top / (1 - betas[1] ** t)) + eps
        p = p - lr * m / (1 - betas[0] ** t) / root
        history.append(p)
    return np.array(history)


rates = st.floats(1e-4, 1.0)
shares = st.floats(0.0, 0.95)


@given(st.integers(0, 99), rates, shares, shares, shares, st.booleans())
def test_sgd(seed, lr, momentum, dampening, weight_decay, maximize):
    settings = {
        "lr": lr,
        "momentum": momentum,
        "dampening": dampening,
        "weight_decay": weight_decay,
        "maximize": maximize,
    }
    got = run(lambda params: optim.SGD(params, **settings), seed=seed)
    np.testing.assert_allclose(got, sgd(seed, **settings), rtol=1e-10, atol=1e-12)


def test_sgd_nesterov():
    settings = {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}
    got = run(lambda params: optim.SGD(params, **settings))
    np.testing.assert_allclose(got, sgd(0, **settings), rtol=1e-12)


@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW])
@given(st.integers(0, 99), rates, shares, shares, shares, st.booleans(), st.booleans())
def test_adam(kind, seed, lr, beta1, beta2, weight_decay, amsgrad, maximize):
    settings = {
        "lr": lr,
        "betas": (beta1, beta2),
        "eps": 1e-6,
        "weight_decay": weight_decay,
        "amsgrad": amsgrad,
        "maximize": maximize,
    }
    got = run(lambda params: kind(params, **settings), seed=seed)
    expected = adam(seed, **settings, decoupled=kind is optim.AdamW)
    np.testing.assert_allclose(got, expected, rtol=1e-8, atol=1e-10)


def test_float32_keeps_its_digits_in_the_running_means():
    # 1 - beta2, computed in float32, would be wrong in the fifth digit.
    got = run(lambda params: optim.Adam(params, lr=0.1), np.float32)
    expected = adam(0, 0.1, (0.9, 0.999), 1e-8, 0.0)
    np.testing.assert_allclose(got, expected, rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_rmsprop(momentum):
    p, v, buffer, expected = start(0), 0.0, 0.0, []
    for gradient in gradients(0):
        g = gradient + 0.1 * p
        v = 0.9 * v + 0.1 * g * g
        step = g / (np.sqrt(v) + 1e-6)
        buffer = momentum * buffer + step
        p = p - 0.01 * buffer
        expected.append(p)
    got = run(
        lambda params: optim.RMSprop(params, 0.01, 0.9, 1e-6, weight_decay=0.1, momentum=momentum)
    )
    np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_adagrad():
    p, total, expected = start(0), 0.5, []
    for t, gradient in enumerate(gradients(0)):
        g = gradient + 0.1 * p
        total = total + g * g
        p = p - 0.3 / (1 + t * 0.25) * g / (np.sqrt(total) + 1e-10)
        expected.append(p)
    got = run(
        lambda params: optim.Adagrad(
            params, 0.3, lr_decay=0.25, weight_decay=0.1, initial_accumulator_value=0.5
        )
    )
    np.testing.assert_allclose(got, expected, rtol=1e-10)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: optim.SGD(p, 0.2),
        lambda p: optim.SGD(p, 0.02, momentum=0.9, nesterov=True),
        lambda p: optim.Adam(p, 0.3),
        lambda p: optim.AdamW(p, 0.3, weight_decay=0.0, amsgrad=True),
        lambda p: optim.RMSprop(p, 0.1, momentum=0.5),
        lambda p: optim.Adagrad(p, 1.0),
    ],
)
def test_they_find_the_bottom(make):
    x = lucid.tensor(np.array([3.0, -2.0]), requires_grad=True)
    optimizer = make([x])
    for _ in range(150):
        optimizer.zero_grad()
        ((x - 1) ** 2).sum().backward()
        optimizer.step()
    assert math.isclose(float(np.abs(x.numpy() - 1).max()), 0.0, abs_tol=0.05)


def test_updates_are_in_place_and_of_any_layout():
    array = np.asfortranarray(start(0))
    parameter = nn.Parameter(array)
    parameter.data = array
    view = parameter.numpy()
    optimizer = optim.AdamW([parameter])
    parameter.grad = lucid.tensor(gradients(0)[0])
    optimizer.step()
    assert parameter.numpy() is view
    np.testing.assert_allclose(view, adam(0, 1e-3, (0.9, 0.999), 1e-8, 0.01, decoupled=True)[0])


def test_targets_and_dtypes_of_gradients_agree():
    rng = np.random.default_rng(0)
    values = rng.standard_normal(300_000).astype(np.float32)
    gradient = rng.standard_normal(300_000).astype(np.float32)
    results = []
    for target, dtype in (("cpu", np.float32), ("parallel", np.float32), ("cpu", np.float64)):
        parameter = nn.Parameter(values)
        parameter.grad = lucid.tensor(gradient.astype(dtype))
        with lucid.target(target):
            optim.Adam([parameter], lr=0.1).step()
        assert parameter.dtype == np.float32
        results.append(parameter.numpy())
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_allclose(results[0], results[2], rtol=1e-5, atol=1e-6)
