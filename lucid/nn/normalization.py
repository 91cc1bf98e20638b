"""Layers that normalise: over the last axes, or over the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from lucid.kernels.errors import ShapeError
from lucid.nn import functional, init
from lucid.nn._sizes import check_sizes, empty_buffer, empty_parameter
from lucid.nn.module import Module
from lucid.nn.parameter import Parameter
from lucid.tensors import Tensor

__all__ = ["BatchNorm1d", "LayerNorm", "RMSNorm"]


def _shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


class LayerNorm(Module):
    """Standardise over the last axes: ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Ba et al., Layer Normalization, 2016.

    Parameters
    ----------
    normalized_shape
        Lengths of the last axes.
    eps
        Added to the variance.
    elementwise_affine
        Whether there is a learned weight, 1 at the start.
    bias
        Whether there is a learned bias, 0 at the start, beside the weight.
    dtype
        Floating dtype of the parameters, float32 by default.
    device
        Where they lie, ``"cpu"`` (by default) or ``"cuda"``; the numbers are the same.

    Examples
    --------
    >>> import lucid
    >>> norm = lucid.nn.LayerNorm(2, eps=0.0)
    >>> print(norm(lucid.tensor([[1.0, 3.0]])).detach())
    [[-1.0, 1.0]]
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: DTypeLike | None = None,
        device: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        for name, wanted in (
            ("weight", elementwise_affine),
            ("bias", elementwise_affine and bias),
        ):
            self.register_parameter(
                name, empty_parameter(self.normalized_shape, dtype, device) if wanted else None
            )
        self.reset_parameters()

    weight: Parameter | None
    bias: Parameter | None

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, x: Any) -> Tensor:
        """Standardise."""
        return functional.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{self.normalized_shape}, eps={self.eps}"


class RMSNorm(Module):
    """Divide by the root mean square over the last axes: ``x / sqrt(mean(x**2) + eps) * weight``.

    Zhang and Sennrich, Root Mean Square Layer Normalization, 2019.

    Parameters
    ----------
    normalized_shape
        Lengths of the last axes.
    eps
        Added to the mean square; by default the machine epsilon of the dtype.
    elementwise_affine
        Whether there is a learned weight, 1 at the start.
    dtype
        Floating dtype of the weight, float32 by default.
    device
        Where they lie, ``"cpu"`` (by default) or ``"cuda"``; the numbers are the same.

    Examples
    --------
    >>> import lucid
    >>> norm = lucid.nn.RMSNorm(2, eps=0.0)
    >>> print(norm(lucid.tensor([[3.0, -3.0]])).detach())
    [[1.0, -1.0]]
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        dtype: DTypeLike | None = None,
        device: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.register_parameter(
            "weight",
            empty_parameter(self.normalized_shape, dtype, device) if elementwise_affine else None,
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, x: Any) -> Tensor:
        """Normalise."""
        result: Tensor = functional.rms_norm(x, self.normalized_shape, self.weight, self.eps)
        return result

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{self.normalized_shape}, eps={self.eps}"


class BatchNorm1d(Module):
    """Standardise each channel over the batch: ``(x - mean) / sqrt(var + eps) * weight + bias``.

    In training by the batch's own statistics, in evaluation by the running ones. Ioffe and
    Szegedy, Batch Normalization, 2015.

    Parameters
    ----------
    num_features
        Number of channels, the length of axis 1 of inputs ``(N, C)`` or ``(N, C, L)``.
    eps
        Added to the variance.
    momentum
        Weight of the batch in the running statistics; None for the average over all batches.
    affine
        Whether there are a learned weight, 1 at the start, and bias, 0 at the start.
    track_running_stats
        Whether there are running statistics; without, the batch's serve in evaluation too.
    dtype
        Floating dtype of parameters and statistics, float32 by default.
    device
        Where they lie, ``"cpu"`` (by default) or ``"cuda"``; the numbers are the same.

    Examples
    --------
    >>> import lucid
    >>> norm = lucid.nn.BatchNorm1d(1, eps=0.0)
    >>> print(norm(lucid.tensor([[1.0], [3.0]])).detach())
    [[-1.0], [1.0]]
    >>> print(norm.running_mean)
    [0.2]
    """

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: DTypeLike | None = None,
        device: Any = None,
    ) -> None:
        super().__init__()
        check_sizes(self, num_features=num_features)
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        for name in ("weight", "bias"):
            self.register_parameter(
                name, empty_parameter((num_features,), dtype, device) if affine else None
            )
        for name in ("running_mean", "running_var"):
            statistic = empty_buffer((num_features,), dtype, device)
            self.register_buffer(name, statistic if track_running_stats else None)
        count = empty_buffer((), np.int64, device)
        self.register_buffer("num_batches_tracked", count if track_running_stats else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Set the running mean to 0, the running variance to 1 and the count to 0."""
        if self.running_mean is not None and self.running_var is not None:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
        if self.num_batches_tracked is not None:
            init.zeros_(self.num_batches_tracked)

    def reset_parameters(self) -> None:
        """Set the weight to 1, the bias to 0, and forget the statistics."""
        self.reset_running_stats()
        if self.weight is not None and self.bias is not None:
            init.ones_(self.weight)
            init.zeros_(self.bias)

    def forward(self, x: Any) -> Tensor:
        """Standardise, and in training record the batch's statistics."""
        if x.ndim not in (2, 3) or x.shape[1] != self.num_features:
            raise ShapeError(
                f"BatchNorm1d({self.num_features}) got the shape {tuple(x.shape)}; give "
                f"(N, {self.num_features}) or (N, {self.num_features}, L)"
            )
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.data[...] += 1
            if self.momentum is None:
                momentum = 1.0 / float(self.num_batches_tracked.data)
        result: Tensor = functional.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training,
            momentum,
            self.eps,
        )
        return result

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )
