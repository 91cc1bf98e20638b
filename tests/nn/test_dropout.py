"""Dropout."""

import numpy as np
import pytest

import lucid
from lucid import nn
from lucid.nn import functional as fn


def test_drops_the_share_and_keeps_the_mean():
    lucid.manual_seed(0)
    x = lucid.ones(20_000, requires_grad=True)
    y = nn.Dropout(0.25)(x)
    kept = y.numpy() != 0
    assert abs(kept.mean() - 0.75) < 0.02
    np.testing.assert_allclose(y.numpy()[kept], 1 / 0.75, rtol=1e-6)
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy())


def test_the_seed_decides():
    x = lucid.ones(64)
    first = fn.dropout(x, generator=lucid.Generator(5))
    again = fn.dropout(x, generator=lucid.Generator(5))
    other = fn.dropout(x, generator=np.random.default_rng(6))
    np.testing.assert_array_equal(first.numpy(), again.numpy())
    assert (first.numpy() != other.numpy()).any()
    with pytest.raises(TypeError, match=r"lucid\.Generator"):
        fn.dropout(x, generator=7)


def test_edges():
    x = lucid.tensor([1.0, 2.0], requires_grad=True)
    assert fn.dropout(x, 0.0) is x
    assert nn.Dropout(0.5).eval()(x) is x
    y = fn.dropout(x, 1.0)
    assert y.numpy().tolist() == [0.0, 0.0]
    y.backward()
    assert x.grad.numpy().tolist() == [0.0, 0.0]
    for p in (-0.1, 1.5):
        with pytest.raises(ValueError, match="probability"):
            nn.Dropout(p)
        with pytest.raises(ValueError, match="probability"):
            fn.dropout(x, p)
