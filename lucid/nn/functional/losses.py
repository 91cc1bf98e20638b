"""Losses: the pointwise ones of the catalogue with a shape check, reduced in the same pass."""

from __future__ import annotations

from typing import Any

from lucid import kernels
from lucid.autograd.taped import taped
from lucid.kernels.errors import ShapeError
from lucid.nn.functional.layers import cosine_similarity

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "focal_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "log_cosh_loss",
    "mse_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
]


def reduced(
    operation: Any, arguments: tuple[Any, ...], reduction: str, weight: Any = None, **options: Any
) -> Any:
    """Apply an operation; return its results, or their mean or sum, in one pass where it can."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"reduction={reduction!r} came; give 'none', 'mean' or 'sum'")
    if weight is None and reduction != "none":
        fold = operation.mean if reduction == "mean" else operation.sum
        return fold(*arguments, **options)
    values = operation(*arguments, **options)
    if weight is not None:
        if reduction != "none":
            return reduced(kernels.multiply, (values, weight), reduction)
        values = values * weight
    return values


def same_shape(name: str, x: Any, target: Any) -> None:
    """Refuse to compare every prediction with every target.

    ``(N, 1)`` against ``(N,)`` would broadcast to ``(N, N)`` and train towards the mean.
    """
    shape = getattr(target, "shape", None)
    if shape is not None and tuple(shape) != tuple(x.shape):
        raise ShapeError(
            f"{name} got an input of shape {tuple(x.shape)} and a target of shape {tuple(shape)}; "
            "give both the same shape (target.reshape(input.shape), or input.squeeze(-1))"
        )


@taped
def mse_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """Squared error ``(input - target)**2``; see ``lucid.kernels.mse``.

    Parameters
    ----------
    input, target
        The same shape.
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    weight
        Factor of each element, broadcast; None for 1.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([1.0, 4.0])
    >>> lucid.nn.functional.mse_loss(x, lucid.tensor([1.0, 2.0])).item()
    2.0
    """
    same_shape("mse_loss", input, target)
    return reduced(kernels.mse, (input, target), reduction, weight)


@taped
def l1_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """Absolute error ``abs(input - target)``; parameters as in ``mse_loss``."""
    same_shape("l1_loss", input, target)
    return reduced(kernels.l1, (input, target), reduction, weight)


@taped
def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """Absolute error, quadratic below ``beta``; see ``lucid.kernels.smooth_l1``."""
    same_shape("smooth_l1_loss", input, target)
    if beta < 0:
        raise ValueError(f"smooth_l1_loss got beta={beta}; give 0 or more")
    return reduced(kernels.smooth_l1, (input, target), reduction, beta=beta)


@taped
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Squared error, linear beyond ``delta``; see ``lucid.kernels.huber``."""
    same_shape("huber_loss", input, target)
    if not delta > 0:
        raise ValueError(f"huber_loss got delta={delta}; give a number above 0")
    return reduced(kernels.huber, (input, target), reduction, delta=delta)


@taped
def log_cosh_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """``log(cosh(input - target))``; see ``lucid.kernels.log_cosh``."""
    same_shape("log_cosh_loss", input, target)
    return reduced(kernels.log_cosh, (input, target), reduction)


@taped
def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean"
) -> Any:
    """Cross entropy of probabilities; see ``lucid.kernels.bce``."""
    same_shape("binary_cross_entropy", input, target)
    return reduced(kernels.bce, (input, target), reduction, weight)


@taped
def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """Cross entropy of logits; see ``lucid.kernels.bce_with_logits``.

    Parameters
    ----------
    input, target
        Logits, and targets in [0, 1], of the same shape.
    weight
        Factor of each element, broadcast; None for 1.
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    pos_weight
        Weight of the positive class, broadcast; None for 1.
    """
    same_shape("binary_cross_entropy_with_logits", input, target)
    if pos_weight is None:
        pos_weight = 1.0
    return reduced(
        kernels.bce_with_logits, (input, target), reduction, weight, pos_weight=pos_weight
    )


@taped
def focal_loss(
    input: Any, target: Any, alpha: float = 0.25, gamma: float = 2.0, reduction: str = "mean"
) -> Any:
    """Focal loss of logits; see ``lucid.kernels.focal``."""
    same_shape("focal_loss", input, target)
    return reduced(kernels.focal, (input, target), reduction, alpha=alpha, gamma=gamma)


@taped
def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """Kullback-Leibler divergence of log probabilities from targets; see ``lucid.kernels.kl_div``.

    ``reduction="batchmean"`` divides the sum by the length of the first axis, which is the
    divergence's definition; ``"mean"`` divides it by the number of elements.
    """
    same_shape("kl_div", input, target)
    if reduction == "batchmean":
        total = reduced(kernels.kl_div, (input, target), "sum", log_target=log_target)
        return total / max(input.shape[0], 1)
    return reduced(kernels.kl_div, (input, target), reduction, log_target=log_target)


@taped
def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Any:
    """Negative log likelihood of counts; see ``lucid.kernels.poisson_nll``."""
    same_shape("poisson_nll_loss", input, target)
    options = {"eps": eps, "log_input": log_input, "full": full}
    return reduced(kernels.poisson_nll, (input, target), reduction, **options)


@taped
def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Any:
    """Negative log likelihood with a predicted variance; see ``lucid.kernels.gaussian_nll``.

    ``var`` has the input's shape, or one that broadcasts to it.
    """
    same_shape("gaussian_nll_loss", input, target)
    return reduced(kernels.gaussian_nll, (input, target, var), reduction, eps=eps, full=full)


@taped
def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Logistic loss with targets -1 and 1; see ``lucid.kernels.soft_margin``."""
    same_shape("soft_margin_loss", input, target)
    return reduced(kernels.soft_margin, (input, target), reduction)


@taped
def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    """Hinge loss of distances with targets -1 and 1; see ``lucid.kernels.hinge_embedding``."""
    same_shape("hinge_embedding_loss", input, target)
    return reduced(kernels.hinge_embedding, (input, target), reduction, margin=margin)


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean"
) -> Any:
    """Loss of the cosine between pairs of vectors, with targets -1 and 1.

    ``1 - cos`` for a target of 1, ``max(0, cos - margin)`` for -1.

    Parameters
    ----------
    input1, input2
        Shape ``(N, D)``, or ``(D,)`` for one pair.
    target
        Shape ``(N,)``, or one number.
    margin
        From -1 to 1; cosines below cost nothing.
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    """
    same_shape("cosine_embedding_loss", input1, input2)
    cosine = cosine_similarity(input1, input2, dim=-1)
    same_shape("cosine_embedding_loss", cosine, target)
    return reduced(kernels.cosine_embedding, (cosine, target), reduction, margin=margin)
