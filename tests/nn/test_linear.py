"""Linear, Bilinear, Embedding, Flatten, Identity."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lucid
from lucid import nn
from lucid.kernels.errors import LucidError, ShapeError


@given(st.integers(1, 9), st.integers(1, 9), st.booleans(), st.sampled_from([(), (3,), (2, 3)]))
def test_linear_is_the_formula(inputs, outputs, bias, lead):
    layer = nn.Linear(inputs, outputs, bias=bias, dtype=np.float64)
    x = np.random.default_rng(inputs).standard_normal((*lead, inputs))
    expected = x @ layer.weight.numpy().T + (layer.bias.numpy() if bias else 0)
    np.testing.assert_allclose(layer(lucid.tensor(x)).numpy(), expected, rtol=1e-12, atol=1e-12)
    bound = 1 / math.sqrt(inputs)
    assert all(np.abs(p.numpy()).max() <= bound for p in layer.parameters())


def test_linear_gradients():
    layer = nn.Linear(3, 2, dtype=np.float64)
    x = lucid.tensor(np.arange(12.0).reshape(4, 3), requires_grad=True)
    layer(x).sum().backward()
    np.testing.assert_allclose(layer.bias.grad.numpy(), [4.0, 4.0])
    np.testing.assert_allclose(layer.weight.grad.numpy(), np.tile(x.numpy().sum(0), (2, 1)))
    np.testing.assert_allclose(x.grad.numpy(), np.tile(layer.weight.numpy().sum(0), (4, 1)))


def test_draws_depend_on_the_seed_alone():
    lucid.manual_seed(3)
    first = nn.Linear(4, 4)
    lucid.manual_seed(3)
    again = nn.Linear(4, 4)
    np.testing.assert_array_equal(first.weight.numpy(), again.weight.numpy())
    first.reset_parameters()
    assert (first.weight.numpy() != again.weight.numpy()).any()


def test_linear_says_which_shapes_do_not_fit():
    with pytest.raises(ShapeError, match=r"\(2, 4\)"):
        nn.Linear(3, 5)(lucid.ones((2, 4)))


@pytest.mark.parametrize("size", [0, -1, 2.5, True, "3"])
def test_sizes_are_whole_numbers(size):
    with pytest.raises(ShapeError, match="in_features"):
        nn.Linear(size, 3)


def test_bilinear_is_the_formula():
    layer = nn.Bilinear(3, 4, 2, dtype=np.float64)
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((5, 3)), rng.standard_normal((5, 4))
    expected = np.einsum("ni,kij,nj->nk", a, layer.weight.numpy(), b) + layer.bias.numpy()
    np.testing.assert_allclose(layer(lucid.tensor(a), lucid.tensor(b)).numpy(), expected)
    with pytest.raises(ShapeError, match="lengths 3 and 4"):
        layer(lucid.tensor(b), lucid.tensor(a))
    assert "bias=False" in repr(nn.Bilinear(1, 1, 1, bias=False))


def test_embedding_looks_up_and_adds_gradients():
    table = nn.Embedding(5, 3, padding_idx=-1)
    assert table.padding_idx == 4
    assert (table.weight.numpy()[4] == 0).all()
    rows = table(lucid.tensor([[1, 1], [4, 0]]))
    np.testing.assert_array_equal(rows.numpy()[0, 1], table.weight.numpy()[1])
    rows.sum().backward()
    assert table.weight.grad.numpy()[:, 0].tolist() == [1.0, 2.0, 0.0, 0.0, 0.0]
    with pytest.raises(LucidError, match="5"):
        table(lucid.tensor([5]))
    with pytest.raises(ShapeError, match="padding_idx=7"):
        nn.Embedding(5, 3, padding_idx=7)


def test_flatten_and_identity():
    x = lucid.ones((2, 3, 4))
    assert nn.Flatten()(x).shape == (2, 12)
    assert nn.Flatten(0, 1)(x).shape == (6, 4)
    assert nn.Identity()(x) is x
