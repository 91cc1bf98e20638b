"""Losses before their reduction: one number for each pair of prediction and target."""

from __future__ import annotations

import math
from math import inf
from typing import Any

from lucid.kernels.catalog.arithmetic import square
from lucid.kernels.catalog.choice import clip, maximum, where
from lucid.kernels.catalog.exponential import exp, log, log1p, xlogy
from lucid.kernels.catalog.hyperbolic import sinh
from lucid.kernels.catalog.special import log_sigmoid, softplus
from lucid.kernels.pointwise import pointwise

__all__ = [
    "bce",
    "bce_with_logits",
    "cosine_embedding",
    "focal",
    "gaussian_nll",
    "hinge_embedding",
    "huber",
    "kl_div",
    "l1",
    "log_cosh",
    "mse",
    "poisson_nll",
    "smooth_l1",
    "soft_margin",
]


@pointwise
def mse(prediction: Any, target: Any) -> Any:
    """Squared error: ``(prediction - target) ** 2``.

    Any real dtype. Smooth; NaN in either stays NaN; equal infinities give NaN.
    Source: Gauss, Theoria combinationis observationum, 1823.

    >>> lucid.kernels.mse(np.array([1.0, 4.0]), np.array([1.0, 2.0]))
    array([0., 4.])
    """
    return square(prediction - target)


@pointwise
def l1(prediction: Any, target: Any) -> Any:
    """Absolute error: ``abs(prediction - target)``.

    Any real dtype. The derivative where both are equal is 0; NaN in either stays NaN.
    Source: Laplace, Théorie analytique des probabilités, 1812.

    >>> lucid.kernels.l1(np.array([1.0, 4.0]), np.array([1.0, 2.0]))
    array([0., 2.])
    """
    return abs(prediction - target)


@pointwise
def huber(prediction: Any, target: Any, delta: float = 1.0) -> Any:
    """Huber loss: with ``d = abs(prediction - target)``, ``d**2 / 2`` up to ``delta``, then linear.

    The linear part is ``delta * (d - delta / 2)``: value and derivative are continuous at
    ``delta``, which is positive. Floating dtypes. NaN in either stays NaN.
    Source: Huber, Robust Estimation of a Location Parameter, 1964.

    >>> lucid.kernels.huber(np.array([1.0, 5.0]), np.array([0.0, 0.0]))
    array([0.5, 4.5])
    """
    difference = prediction - target
    distance = abs(difference)
    return where(distance <= delta, 0.5 * square(difference), delta * (distance - 0.5 * delta))


@pointwise
def smooth_l1(prediction: Any, target: Any, beta: float = 1.0) -> Any:
    """Smooth absolute error: quadratic below ``beta``, linear above.

    With ``d = abs(prediction - target)``: ``d**2 / (2 * beta)`` below ``beta``, else
    ``d - beta / 2``. It is ``huber(..., delta=beta) / beta``, and with ``beta = 0`` it is ``l1``.
    Floating dtypes. NaN in either stays NaN.
    Source: Girshick, Fast R-CNN, 2015.

    >>> lucid.kernels.smooth_l1(np.array([1.0, 5.0]), np.array([0.0, 0.0]))
    array([0.5, 4.5])
    """
    difference = prediction - target
    distance = abs(difference)
    return where(distance < beta, 0.5 * square(difference) / beta, distance - 0.5 * beta)


@pointwise
def log_cosh(prediction: Any, target: Any) -> Any:
    """Logarithm of the hyperbolic cosine of the error: ``log(cosh(prediction - target))``.

    Quadratic near 0, linear far away, with no overflow there. Floating dtypes. Smooth; NaN in
    either stays NaN.
    Source: Green, Bayesian Reconstructions from Emission Tomography Data, 1990.

    >>> lucid.kernels.log_cosh(np.array([0.0, 1e4]), np.array([0.0, 0.0])).round(4)
    array([   0.    , 9999.3069])
    """
    difference = prediction - target
    distance = abs(difference)
    # log(cosh d) = log(1 + sinh(d)**2) / 2 has no cancellation near 0; d - log 2 + log(1 +
    # exp(-2 d)) has no overflow far away.
    return where(
        distance < 1,
        0.5 * log1p(square(sinh(difference))),
        distance - math.log(2) + softplus(-2 * distance),
    )


@pointwise(domain=((0.0, 1.0), (0.0, 1.0)))
def bce(probability: Any, target: Any) -> Any:
    """Binary cross entropy: ``-(t * log(p) + (1 - t) * log(1 - p))``.

    Both logarithms are held at -100 or above, so that a wrong certainty costs 100 and not
    infinity; where the bound holds one of them, its derivative is 0. Floating dtypes, both
    arguments in [0, 1]; outside, and for NaN, the result is NaN. ``bce_with_logits`` is more
    accurate where the probability is a sigmoid.
    Source: PyTorch, torch.nn.BCELoss.

    >>> lucid.kernels.bce(np.array([0.5, 0.0]), np.array([1.0, 1.0])).round(4)
    array([  0.6931, 100.    ])
    """
    yes = maximum(log(probability), -100.0)
    no = maximum(log1p(-probability), -100.0)
    return -(target * yes + (1 - target) * no)


@pointwise(domain=(None, (0.0, 1.0)))
def bce_with_logits(logit: Any, target: Any, pos_weight: float = 1.0) -> Any:
    """Binary cross entropy of a logit: ``w * t * softplus(-x) + (1 - t) * softplus(x)``.

    ``w`` is ``pos_weight``, the weight of the positive class: a number or an array. Floating
    dtypes, targets in [0, 1]. Smooth, accurate for logits of every size (two terms of one sign);
    NaN stays NaN.
    Source: Cox, The Regression Analysis of Binary Sequences, 1958.

    >>> lucid.kernels.bce_with_logits(np.array([0.0, -100.0]), np.array([1.0, 1.0])).round(4)
    array([  0.6931, 100.    ])
    """
    positive = pos_weight * target
    negative = 1 - target
    # One softplus, of -abs(x): written with where, because abs has derivative 0 at 0 and
    # the loss has not.
    rest = softplus(where(logit > 0, -logit, logit))
    return rest * (positive + negative) + where(logit > 0, negative * logit, -positive * logit)


@pointwise(domain=(None, (0.0, 1.0)))
def focal(logit: Any, target: Any, alpha: float = 0.25, gamma: float = 2.0) -> Any:
    """Focal loss of a logit: cross entropy, weighted down where the answer is already right.

    With ``A(z) = sigmoid(z)**gamma * softplus(z)`` it is
    ``alpha * t * A(-x) + (1 - alpha) * (1 - t) * A(x)``. Floating dtypes, targets in [0, 1]:
    0 and 1 are the classes, between them it interpolates. Smooth; NaN stays NaN.
    Source: Lin et al., Focal Loss for Dense Object Detection, 2017.

    >>> lucid.kernels.focal(np.array([0.0, 4.0]), np.array([1.0, 1.0])).round(6)
    array([4.3322e-02, 1.0000e-06])
    """
    # sigmoid(z)**gamma by its logarithm: finite derivatives however small the sigmoid gets.
    missed = exp(gamma * log_sigmoid(-logit)) * softplus(-logit)
    false = exp(gamma * log_sigmoid(logit)) * softplus(logit)
    return alpha * target * missed + (1 - alpha) * (1 - target) * false


@pointwise(domain=(None, (0.0, inf)))
def kl_div(log_probability: Any, target: Any, log_target: bool = False) -> Any:
    """Pointwise Kullback-Leibler divergence: ``t * (log(t) - log_probability)``.

    ``log_target=True`` takes the logarithm of the target. Floating dtypes, targets not
    negative. A target of 0 gives 0; NaN stays NaN.
    Source: Kullback and Leibler, On Information and Sufficiency, 1951.

    >>> lucid.kernels.kl_div(np.log(np.array([0.5, 0.5])), np.array([1.0, 0.0])).round(4)
    array([0.6931, 0.    ])
    """
    if log_target:
        return exp(target) * (target - log_probability)
    return xlogy(target, target) - target * log_probability


@pointwise(domain=(None, (0.0, inf)))
def poisson_nll(
    prediction: Any, target: Any, eps: float = 1e-8, log_input: bool = True, full: bool = False
) -> Any:
    """Negative log likelihood of a Poisson distribution.

    ``exp(x) - t * x`` where the prediction is the logarithm of the rate, ``x - t * log(x + eps)``
    with ``log_input=False``. ``full=True`` adds Stirling's approximation of ``log(t!)``,
    ``t * log(t) - t + log(2 * pi * t) / 2``, for targets above 1. Floating dtypes. NaN stays NaN.
    Source: PyTorch, torch.nn.PoissonNLLLoss.

    >>> lucid.kernels.poisson_nll(np.array([0.0, 1.0]), np.array([2.0, 2.0])).round(4)
    array([1.    , 0.7183])
    """
    if log_input:
        loss = exp(prediction) - target * prediction
    else:
        loss = prediction - target * log(prediction + eps)
    if full:
        stirling = xlogy(target, target) - target + 0.5 * log(2 * math.pi * target)
        loss = loss + where(target > 1, stirling, 0.0)
    return loss


@pointwise(domain=(None, None, (0.0, inf)))
def gaussian_nll(
    prediction: Any, target: Any, variance: Any, eps: float = 1e-6, full: bool = False
) -> Any:
    """Negative log likelihood of a normal distribution, without its constant.

    ``(log(v) + (prediction - target)**2 / v) / 2`` with ``v = max(variance, eps)``; ``full=True``
    adds ``log(2 * pi) / 2``. Floating dtypes. The derivative for a variance below ``eps`` is 0,
    at ``eps`` that of the formula; NaN stays NaN.
    Source: Nix and Weigend, Estimating the Mean and Variance of the Target Distribution, 1994.

    >>> lucid.kernels.gaussian_nll(np.array([1.0]), np.array([3.0]), np.array([2.0])).round(4)
    array([1.3466])
    """
    bounded = clip(variance, eps, None)
    loss = 0.5 * (log(bounded) + square(prediction - target) / bounded)
    return loss + 0.5 * math.log(2 * math.pi) if full else loss


@pointwise
def soft_margin(prediction: Any, target: Any) -> Any:
    """Logistic loss with targets -1 and 1: ``log(1 + exp(-target * prediction))``.

    Floating dtypes. Smooth, no overflow; NaN in either stays NaN.
    Source: PyTorch, torch.nn.SoftMarginLoss.

    >>> lucid.kernels.soft_margin(np.array([0.0, -1e4]), np.array([1.0, 1.0])).round(4)
    array([6.931e-01, 1.000e+04])
    """
    return softplus(-target * prediction)


@pointwise
def hinge_embedding(distance: Any, target: Any, margin: float = 1.0) -> Any:
    """Hinge loss of a distance: itself where the target is positive, else ``max(0, margin - x)``.

    Targets are 1 (similar) and -1 (not similar). Floating dtypes. The derivative at
    ``x == margin`` is 0 for a target of -1; NaN in the distance stays NaN.
    Source: PyTorch, torch.nn.HingeEmbeddingLoss.

    >>> lucid.kernels.hinge_embedding(np.array([0.25, 0.25]), np.array([1.0, -1.0]))
    array([0.25, 0.75])
    """
    return where(target > 0, distance, where(distance >= margin, 0, margin - distance))


@pointwise(domain=((-1.0, 1.0), None))
def cosine_embedding(cosine: Any, target: Any, margin: float = 0.0) -> Any:
    """Loss of a cosine: ``1 - cosine`` if the target is positive, else what exceeds the margin.

    What exceeds it is ``max(0, cosine - margin)``; targets are 1 (similar) and -1 (not similar).
    Floating dtypes. The derivative at ``cosine == margin`` is 0 for a target of -1; NaN in the
    cosine stays NaN.
    Source: PyTorch, torch.nn.CosineEmbeddingLoss.

    >>> lucid.kernels.cosine_embedding(np.array([0.75, 0.75]), np.array([1.0, -1.0]))
    array([0.25, 0.75])
    """
    return where(target > 0, 1 - cosine, where(cosine <= margin, 0, cosine - margin))
