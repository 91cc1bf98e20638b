"""What normalisation does to each element, once the statistics are there."""

from __future__ import annotations

from math import inf
from typing import Any

from lucid.kernels.catalog.powers import rsqrt
from lucid.kernels.pointwise import pointwise

__all__ = ["scale_by_rms", "standardize"]


@pointwise(domain=(None, None, (0.0, inf)))
def standardize(
    x: Any,
    mean: Any,
    variance: Any,
    weight: float = 1.0,
    bias: float = 0.0,
    eps: float = 1e-5,
) -> Any:
    """Standardise and map: ``(x - mean) / sqrt(variance + eps) * weight + bias``.

    ``weight`` and ``bias`` are numbers or arrays. Floating dtypes; ``variance + eps`` is
    positive. Smooth; NaN in any argument stays NaN.
    Source: Ioffe and Szegedy, Batch Normalization, 2015.

    >>> lucid.kernels.standardize(np.array([1.0, 5.0]), np.array(3.0), np.array(4.0), eps=0.0)
    array([-1.,  1.])
    """
    return (x - mean) * rsqrt(variance + eps) * weight + bias


@pointwise(domain=(None, (0.0, inf)))
def scale_by_rms(x: Any, mean_square: Any, weight: float = 1.0, eps: float = 1e-6) -> Any:
    """Divide by the root mean square and scale: ``x / sqrt(mean_square + eps) * weight``.

    ``weight`` is a number or an array. Floating dtypes; ``mean_square + eps`` is positive.
    Smooth; NaN in any argument stays NaN.
    Source: Zhang and Sennrich, Root Mean Square Layer Normalization, 2019.

    >>> lucid.kernels.scale_by_rms(np.array([1.0, 3.0]), np.array(4.0), eps=0.0)
    array([0.5, 1.5])
    """
    return x * rsqrt(mean_square + eps) * weight
