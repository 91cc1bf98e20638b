"""Losses against their formulas, their gradients against differences, reductions, far values."""

import numpy as np
import pytest
from scipy import special, stats

import lucid
from lucid import nn
from lucid.kernels.errors import ShapeError
from lucid.nn import functional as fn

rng = np.random.default_rng(0)
PREDICTION = rng.standard_normal((4, 3)) * 2
REAL = rng.standard_normal((4, 3))
BITS = (rng.random((4, 3)) < 0.5).astype(float)
SIGNS = 2 * BITS - 1
SHARES = rng.random((4, 3)) * 0.9 + 0.05
COUNTS = rng.poisson(2.0, (4, 3)).astype(float)
VARIANCE = rng.random((4, 3)) + 0.5


def cross(p, t):
    return -(t * np.log(p) + (1 - t) * np.log1p(-p))


def focal(x, t, alpha, gamma):
    p = special.expit(x)
    right = np.where(t > 0, p, 1 - p)
    weight = np.where(t > 0, alpha, 1 - alpha)
    return weight * (1 - right) ** gamma * -np.log(right)


def poisson_full(x, t):
    with np.errstate(divide="ignore", invalid="ignore"):
        stirling = t * np.log(t) - t + 0.5 * np.log(2 * np.pi * t)
    return np.exp(x) - t * x + np.where(t > 1, stirling, 0)


# Module, input, target, formula.
CASES = {
    "MSE": (nn.MSELoss, {}, PREDICTION, REAL, lambda x, t: (x - t) ** 2),
    "L1": (nn.L1Loss, {}, PREDICTION, REAL, lambda x, t: abs(x - t)),
    "SmoothL1": (
        nn.SmoothL1Loss,
        {"beta": 0.5},
        PREDICTION,
        REAL,
        lambda x, t: np.where(abs(x - t) < 0.5, (x - t) ** 2, abs(x - t) - 0.25),
    ),
    "SmoothL1_0": (nn.SmoothL1Loss, {"beta": 0.0}, PREDICTION, REAL, lambda x, t: abs(x - t)),
    "Huber": (
        nn.HuberLoss,
        {"delta": 0.5},
        PREDICTION,
        REAL,
        lambda x, t: special.huber(0.5, x - t),
    ),
    "LogCosh": (nn.LogCoshLoss, {}, PREDICTION, REAL, lambda x, t: np.log(np.cosh(x - t))),
    "BCE": (nn.BCELoss, {}, SHARES, BITS, cross),
    "BCEWithLogits": (
        nn.BCEWithLogitsLoss,
        {},
        PREDICTION,
        SHARES,
        lambda x, t: cross(special.expit(x), t),
    ),
    "BCEWithLogitsWeighted": (
        nn.BCEWithLogitsLoss,
        {"pos_weight": np.array([1.0, 2.0, 3.0])},
        PREDICTION,
        BITS,
        lambda x, t: cross(special.expit(x), t) * np.where(t > 0, [1.0, 2.0, 3.0], 1),
    ),
    "Focal": (
        nn.FocalLoss,
        {"alpha": 0.3, "gamma": 1.5},
        PREDICTION,
        BITS,
        lambda x, t: focal(x, t, 0.3, 1.5),
    ),
    "KLDiv": (nn.KLDivLoss, {}, np.log(SHARES), BITS, lambda x, t: special.xlogy(t, t) - t * x),
    "KLDivLog": (
        nn.KLDivLoss,
        {"log_target": True},
        np.log(SHARES),
        PREDICTION,
        lambda x, t: np.exp(t) * (t - x),
    ),
    "PoissonNLL": (nn.PoissonNLLLoss, {}, REAL, COUNTS, lambda x, t: np.exp(x) - t * x),
    "PoissonNLLFull": (nn.PoissonNLLLoss, {"full": True}, REAL, COUNTS, poisson_full),
    "PoissonNLLRate": (
        nn.PoissonNLLLoss,
        {"log_input": False},
        SHARES,
        COUNTS,
        lambda x, t: x - t * np.log(x + 1e-8),
    ),
    "SoftMargin": (
        nn.SoftMarginLoss,
        {},
        PREDICTION,
        SIGNS,
        lambda x, t: np.log1p(np.exp(-t * x)),
    ),
    "HingeEmbedding": (
        nn.HingeEmbeddingLoss,
        {"margin": 0.75},
        PREDICTION,
        SIGNS,
        lambda x, t: np.where(t > 0, x, np.maximum(0, 0.75 - x)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_value_reduction_and_gradient(name):
    kind, settings, x, t, formula = CASES[name]
    expected = formula(x, t)
    tensor, target = lucid.tensor(x, requires_grad=True), lucid.tensor(t)
    values = kind(**settings, reduction="none")(tensor, target)
    np.testing.assert_allclose(values.numpy(), expected, rtol=1e-10, atol=1e-12)
    total = kind(**settings, reduction="sum")(tensor, target)
    np.testing.assert_allclose(total.item(), expected.sum(), rtol=1e-10)
    mean = kind(**settings)(tensor, target)
    np.testing.assert_allclose(mean.item(), expected.mean(), rtol=1e-10)
    total.backward()
    step = 1e-6
    slope = (formula(x + step, t) - formula(x - step, t)) / (2 * step)
    np.testing.assert_allclose(tensor.grad.numpy(), slope, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_shapes_that_would_broadcast_are_refused(name):
    kind, settings, x, t, _ = CASES[name]
    with pytest.raises(ShapeError, match=r"\(4, 1\).*\(4,\)"):
        kind(**settings)(lucid.tensor(x[:, :1]), lucid.tensor(t[:, 0]))


def test_logit_losses_are_right_far_out():
    x = lucid.tensor(np.array([-1e4, -100.0, 0.0, 100.0, 1e4]), requires_grad=True)
    zeros, ones = lucid.zeros(5, dtype=np.float64), lucid.ones(5, dtype=np.float64)
    up = fn.binary_cross_entropy_with_logits(x, ones, reduction="none").numpy()
    np.testing.assert_allclose(up, [1e4, 100, np.log(2), np.exp(-100), 0], rtol=1e-12)
    down = fn.binary_cross_entropy_with_logits(x, zeros, reduction="none")
    np.testing.assert_allclose(down.numpy(), up[::-1], rtol=1e-12)
    down.backward()
    np.testing.assert_allclose(x.grad.numpy(), [0, np.exp(-100), 0.5, 1, 1], rtol=1e-12)
    for gamma in (0.0, 0.5, 2.0):
        x.grad = None
        fn.focal_loss(x, ones, gamma=gamma, reduction="sum").backward()
        assert np.isfinite(x.grad.numpy()).all()
        np.testing.assert_allclose(x.grad.numpy()[0], -0.25, rtol=1e-12)


def test_log_cosh_has_no_cancellation_and_no_overflow():
    x = lucid.tensor(np.array([1e-9, 1e-3, 1e4]), requires_grad=True)
    loss = fn.log_cosh_loss(x, lucid.zeros(3, dtype=np.float64), reduction="none")
    expected = [5e-19, 5e-7 - 1e-12 / 12, 1e4 - np.log(2)]
    np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-12)
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), np.tanh(x.numpy()), rtol=1e-12)


def test_bce_holds_the_logarithms():
    p = lucid.tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    loss = fn.binary_cross_entropy(p, lucid.tensor([1.0, 0.0, 0.0, 1.0]), reduction="none")
    assert loss.numpy().tolist() == [100.0, 100.0, 0.0, 0.0]
    loss.backward()
    assert np.isfinite(p.grad.numpy()).all()


def test_gaussian_nll():
    full = nn.GaussianNLLLoss(full=True, reduction="none")
    values = full(lucid.tensor(PREDICTION), lucid.tensor(REAL), lucid.tensor(VARIANCE)).numpy()
    np.testing.assert_allclose(values, -stats.norm.logpdf(REAL, PREDICTION, VARIANCE**0.5))
    row = lucid.tensor(VARIANCE[:, :1])
    assert fn.gaussian_nll_loss(lucid.tensor(PREDICTION), lucid.tensor(REAL), row).ndim == 0


def test_weights():
    weight = np.array([1.0, 2.0, 4.0])
    x, t = lucid.tensor(PREDICTION), lucid.tensor(REAL)
    expected = ((PREDICTION - REAL) ** 2 * weight).mean()
    np.testing.assert_allclose(fn.mse_loss(x, t, weight=weight).item(), expected)
    bits = lucid.tensor(BITS)
    got = nn.BCELoss(weight=weight)(lucid.tensor(SHARES), bits).item()
    np.testing.assert_allclose(got, (cross(SHARES, BITS) * weight).mean())
    got = nn.BCEWithLogitsLoss(weight=weight, reduction="sum")(x, bits).item()
    np.testing.assert_allclose(got, (cross(special.expit(PREDICTION), BITS) * weight).sum())


def test_kl_div_by_batch():
    x, t = lucid.tensor(np.log(SHARES)), lucid.tensor(SHARES[::-1].copy())
    total = fn.kl_div(x, t, reduction="sum").item()
    np.testing.assert_allclose(nn.KLDivLoss("batchmean")(x, t).item(), total / 4)


def test_cosine_embedding():
    a, b = rng.standard_normal((2, 5, 3))
    t = np.array([1.0, -1.0, 1.0, -1.0, -1.0])
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    expected = np.where(t > 0, 1 - cosine, np.maximum(0, cosine - 0.1))
    x = lucid.tensor(a, requires_grad=True)
    loss = nn.CosineEmbeddingLoss(0.1, reduction="none")(x, lucid.tensor(b), lucid.tensor(t))
    np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-12, atol=1e-15)
    loss.backward()
    assert np.isfinite(x.grad.numpy()).all()
    # The gradient of a cosine is orthogonal to the vector.
    np.testing.assert_allclose((x.grad.numpy() * a).sum(1), 0, atol=1e-12)


def test_cross_entropy_and_nll():
    classes = np.array([0, 2, 1, -100])
    logits = lucid.tensor(PREDICTION, requires_grad=True)
    logs = special.log_softmax(PREDICTION, axis=1)
    expected = -logs[[0, 1, 2], [0, 2, 1]].mean()
    loss = nn.CrossEntropyLoss()(logits, lucid.tensor(classes))
    np.testing.assert_allclose(loss.item(), expected)
    loss.backward()
    one_hot = np.eye(3)[[0, 2, 1]]
    slope = np.vstack([special.softmax(PREDICTION, axis=1)[:3] - one_hot, np.zeros((1, 3))]) / 3
    np.testing.assert_allclose(logits.grad.numpy(), slope, atol=1e-12)
    nll = nn.NLLLoss()(lucid.tensor(logs), lucid.tensor(classes))
    np.testing.assert_allclose(nll.item(), expected)


def test_unknown_reductions_are_refused():
    with pytest.raises(ValueError, match="'average'"):
        nn.MSELoss("average")(lucid.ones(2), lucid.ones(2))
    assert repr(nn.HuberLoss(delta=2.0)) == "HuberLoss(delta=2.0)"
    with pytest.raises(ValueError, match="delta"):
        nn.HuberLoss(delta=0.0)(lucid.ones(2), lucid.ones(2))
