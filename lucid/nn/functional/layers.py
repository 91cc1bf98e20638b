"""Layers as functions: bilinear map, dropout, normalisation, similarity."""

from __future__ import annotations

from typing import Any

from lucid import kernels, ops
from lucid.kernels.errors import ShapeError
from lucid.nn._random import numpy_generator
from lucid.nn._state import assign
from lucid.ops import row_functions
from lucid.tensors import Tensor

__all__ = [
    "batch_norm",
    "bilinear",
    "cosine_similarity",
    "dropout",
    "normalize",
]


def bilinear(x1: Any, x2: Any, weight: Any, bias: Any = None) -> Any:
    """Bilinear map: ``y[..., k] = x1 @ weight[k] @ x2 + bias[k]``.

    Parameters
    ----------
    x1, x2
        Shapes ``(..., i)`` and ``(..., j)``, the leading axes the same.
    weight
        Shape ``(k, i, j)``.
    bias
        Shape ``(k,)``, or None.
    """
    if x1.shape[-1] != weight.shape[1] or x2.shape[-1] != weight.shape[2]:
        raise ShapeError(
            f"bilinear got inputs of shapes {tuple(x1.shape)} and {tuple(x2.shape)} and a weight "
            f"of shape {tuple(weight.shape)}; the inputs' last axes must have the lengths "
            f"{weight.shape[1]} and {weight.shape[2]}"
        )
    y = ops.einsum("...i,kij,...j->...k", x1, weight, x2)
    return y if bias is None else y + bias


def dropout(x: Any, p: float = 0.5, training: bool = True, generator: Any = None) -> Any:
    """Set each element to 0 with probability ``p`` and scale the others by ``1 / (1 - p)``.

    Parameters
    ----------
    x
        Any shape, floating.
    p
        Probability, from 0 to 1.
    training
        Outside training the input comes back unchanged.
    generator
        Where the draws come from; by default what ``lucid.manual_seed`` seeds.

    Examples
    --------
    >>> import lucid
    >>> print(lucid.nn.functional.dropout(lucid.ones(3), p=1.0))
    [0.0, 0.0, 0.0]
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout got p={p}; a probability lies between 0 and 1")
    if not training or p == 0:
        return x
    # Only the seed is kept for backward, which draws the same bits again by position.
    seed = int(numpy_generator(generator).integers(2**53))
    # A tensor on the CPU is not asked for its array, for which it may wait: see `lucid.fuse`.
    on_cpu = isinstance(x, Tensor) and x.device == "cpu"
    places = kernels.positions(x.shape, None if on_cpu else getattr(x, "_data", x))
    return kernels.random_dropout(x, seed, places, p=float(p))


def batch_norm(
    x: Any,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Standardise each channel: over the batch in training, by the running statistics outside.

    Parameters
    ----------
    x
        Shape ``(N, C)`` or ``(N, C, ...)``.
    running_mean, running_var
        Shape ``(C,)``. In training they move by ``momentum`` towards the batch's mean and
        (unbiased) variance; without them the batch's statistics serve always.
    weight, bias
        Scale and shift of each channel, or None.
    training
        Whether the batch's own statistics are used.
    momentum
        Weight of the batch in the running statistics.
    eps
        Added to the variance.
    """
    if x.ndim < 2:
        raise ShapeError(
            f"batch norm needs the shape (N, C) or (N, C, ...) and got {tuple(x.shape)}"
        )
    channels = x.shape[1]
    across = (0, *range(2, x.ndim))
    aligned = (channels, *(1,) * (x.ndim - 2))

    def align(value: Any) -> Any:
        return value if x.ndim == 2 else value.reshape(aligned)

    if training or running_mean is None or running_var is None:
        count = x.size // channels if channels else 0
        if count < 2:
            raise ShapeError(
                "batch norm in training takes the variance over the batch and got one value for "
                f"each channel (shape {tuple(x.shape)}); give a larger batch, or call eval() first"
            )
        mean = ops.mean(x, across)
        variance = ops.var(x, across, correction=0)
        if training and running_mean is not None and running_var is not None:
            unbiased = variance.data * (count / (count - 1))
            for running, now in ((running_mean, mean.data), (running_var, unbiased)):
                assign(running, running.data + momentum * (now - running.data))
    else:
        mean, variance = running_mean, running_var
    return kernels.standardize(
        x,
        align(mean),
        align(variance),
        weight=1.0 if weight is None else align(weight),
        bias=0.0 if bias is None else align(bias),
        eps=eps,
    )


def normalize(x: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """Divide by the ``p``-norm along ``dim``, or by ``eps`` where the norm is smaller."""
    if p == 2:
        return row_functions.normalize(x, eps, axis=dim)
    norm = ops.sum(kernels.abs(x) ** p, dim, keepdims=True) ** (1 / p)
    return x / kernels.maximum(norm, eps)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """Cosine of the angle between ``x1`` and ``x2`` along ``dim``; norms are ``eps`` at least.

    Examples
    --------
    >>> import lucid
    >>> a, b = lucid.tensor([[3.0, 4.0]]), lucid.tensor([[4.0, 3.0]])
    >>> print(lucid.nn.functional.cosine_similarity(a, b))
    [0.96]
    """
    return ops.squeeze(row_functions.cosine(x1, x2, eps, axis=dim), dim)
