"""Functions of nn.functional that no module test covers."""

import numpy as np
import pytest

import lucid
from lucid import nn
from lucid.nn import functional as fn
from lucid.testing import gradcheck

rng = np.random.default_rng(0)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
def test_normalize(p):
    x = rng.standard_normal((3, 4))
    result = fn.normalize(lucid.tensor(x), p=p).numpy()
    np.testing.assert_allclose(result, x / np.linalg.norm(x, p, axis=1, keepdims=True))
    assert (fn.normalize(lucid.zeros((2, 2))).numpy() == 0).all()


def test_cosine_similarity_is_bounded_near_zero():
    a = lucid.zeros((1, 3), requires_grad=True)
    cosine = fn.cosine_similarity(a, lucid.ones((1, 3)))
    cosine.backward()
    assert cosine.item() == 0
    assert np.isfinite(a.grad.numpy()).all()


@pytest.mark.parametrize("dim", [0, -1])
def test_gradients_of_functions_of_rows(dim):
    a, b = (lucid.tensor(rng.uniform(0.5, 2, (3, 4)), requires_grad=True) for _ in range(2))
    gradcheck(lambda x: fn.normalize(x, dim=dim), [a])
    gradcheck(lambda x, y: fn.cosine_similarity(x, y, dim), [a, b])
    x, y = a.detach().numpy(), b.detach().numpy()
    expected = (x * y).sum(dim) / np.linalg.norm(x, axis=dim) / np.linalg.norm(y, axis=dim)
    np.testing.assert_allclose(fn.cosine_similarity(a, b, dim).detach().numpy(), expected)


def test_gradient_of_normalize_at_zero_is_finite():
    x = lucid.zeros((1, 3), requires_grad=True)
    fn.normalize(x, eps=0.5).backward(lucid.ones((1, 3)))
    assert x.grad.tolist() == [[2.0, 2.0, 2.0]]


def test_every_name_is_there_and_documented():
    for module in (nn, fn, nn.init, nn.utils, lucid.optim):
        assert sorted(set(module.__all__)) == sorted(module.__all__)
        for name in module.__all__:
            found = getattr(module, name)
            assert found.__doc__, f"{module.__name__}.{name}"


def test_every_activation_and_loss_runs_as_module_and_has_its_function():
    for name in nn.__all__:
        kind = getattr(nn, name)
        if name.endswith("Loss"):
            assert issubclass(kind, nn.Module)
            assert kind.function.__name__ in fn.__all__
