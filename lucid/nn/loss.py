"""Losses as modules: each is a function of ``nn.functional`` and its settings."""

from __future__ import annotations

from lucid.nn import functional
from lucid.nn._configured import Configured

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "FocalLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LogCoshLoss",
    "MSELoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
]


class MSELoss(Configured, function=functional.mse_loss, reduction="mean"):
    """Squared error.

    Examples
    --------
    >>> import lucid
    >>> loss = lucid.nn.MSELoss(reduction="sum")
    >>> loss
    MSELoss(reduction='sum')
    >>> loss(lucid.tensor([1.0, 4.0]), lucid.tensor([1.0, 2.0])).item()
    4.0
    """


class L1Loss(Configured, function=functional.l1_loss, reduction="mean"):
    """Absolute error; see ``functional.l1_loss``."""


class SmoothL1Loss(Configured, function=functional.smooth_l1_loss, reduction="mean", beta=1.0):
    """Absolute error, quadratic below ``beta``; see ``functional.smooth_l1_loss``."""


class HuberLoss(Configured, function=functional.huber_loss, reduction="mean", delta=1.0):
    """Squared error, linear beyond ``delta``; see ``functional.huber_loss``."""


class LogCoshLoss(Configured, function=functional.log_cosh_loss, reduction="mean"):
    """``log(cosh(input - target))``; see ``functional.log_cosh_loss``."""


class CrossEntropyLoss(
    Configured,
    function=functional.cross_entropy,
    weight=None,
    ignore_index=-100,
    reduction="mean",
    label_smoothing=0.0,
):
    """Cross entropy of logits ``(N, C)`` and classes ``(N,)``; see ``functional.cross_entropy``."""


class NLLLoss(
    Configured, function=functional.nll_loss, weight=None, ignore_index=-100, reduction="mean"
):
    """Negative log likelihood of log probabilities; see ``functional.nll_loss``."""


class BCELoss(Configured, function=functional.binary_cross_entropy, weight=None, reduction="mean"):
    """Binary cross entropy of probabilities; see ``functional.binary_cross_entropy``."""


class BCEWithLogitsLoss(
    Configured,
    function=functional.binary_cross_entropy_with_logits,
    weight=None,
    reduction="mean",
    pos_weight=None,
):
    """Binary cross entropy of logits; see ``functional.binary_cross_entropy_with_logits``."""


class FocalLoss(
    Configured, function=functional.focal_loss, alpha=0.25, gamma=2.0, reduction="mean"
):
    """Focal loss of logits; see ``functional.focal_loss``."""


class KLDivLoss(Configured, function=functional.kl_div, reduction="mean", log_target=False):
    """Kullback-Leibler divergence; see ``functional.kl_div``."""


class PoissonNLLLoss(
    Configured,
    function=functional.poisson_nll_loss,
    log_input=True,
    full=False,
    eps=1e-8,
    reduction="mean",
):
    """Negative log likelihood of counts; see ``functional.poisson_nll_loss``."""


class GaussianNLLLoss(
    Configured, function=functional.gaussian_nll_loss, full=False, eps=1e-6, reduction="mean"
):
    """Negative log likelihood with a predicted variance; see ``functional.gaussian_nll_loss``."""


class SoftMarginLoss(Configured, function=functional.soft_margin_loss, reduction="mean"):
    """Logistic loss with targets -1 and 1; see ``functional.soft_margin_loss``."""


class HingeEmbeddingLoss(
    Configured, function=functional.hinge_embedding_loss, margin=1.0, reduction="mean"
):
    """Hinge loss of distances, targets -1 and 1; see ``functional.hinge_embedding_loss``."""


class CosineEmbeddingLoss(
    Configured, function=functional.cosine_embedding_loss, margin=0.0, reduction="mean"
):
    """Loss of the cosine between pairs; see ``functional.cosine_embedding_loss``."""
