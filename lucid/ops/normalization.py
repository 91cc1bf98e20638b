"""``layer_norm`` as one node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid import kernels
from lucid.autograd.function import Function
from lucid.autograd.variable import Variable
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.ops.common import operand, raw, shape_of, sum_to
from lucid.ops.reduce import mean

__all__ = ["layer_norm"]


class LayerNorm(Function):
    """``(x - mean) / sqrt(var + eps) * weight + bias`` over the last axes."""

    __slots__ = ("axes", "eps")

    def __init__(self, axes: tuple[int, ...], eps: float) -> None:
        self.axes = axes
        self.eps = eps

    @property
    def name(self) -> str:
        return "layer_norm"

    def forward(self, x: Any, weight: Any, bias: Any) -> Any:
        self.save(inputs=(0, 1))
        centred = x - np.mean(x, axis=self.axes, keepdims=True)
        variance = np.mean(np.square(centred), axis=self.axes, keepdims=True)
        scale = 1 / np.sqrt(variance + x.dtype.type(self.eps))
        normal = np.multiply(centred, scale, out=centred)
        self.cache = (normal, scale) if any(self.needs) else None
        result = normal * weight if weight is not None else normal
        if bias is not None:
            return result + bias
        return result.copy() if weight is None else result

    def _normalised(self, x: Any) -> tuple[Any, Any]:
        """Return normalised values and scale; computed again where they are to be a graph."""
        if not isinstance(x, Variable):
            normal, scale = self.cache
            return normal, scale
        centred = x - mean(x, self.axes, True)
        scale = kernels.rsqrt(mean(centred * centred, self.axes, True) + self.eps)
        return centred * scale, scale

    def backward(self, gradient: Any) -> Any:
        x, weight = self.saved
        normal, scale = self._normalised(x)
        for_x = for_weight = for_bias = None
        inner = gradient if weight is None else gradient * weight
        if self.needs[0]:
            axes = self.axes
            steady = mean(inner, axes, True) + normal * mean(inner * normal, axes, True)
            for_x = (inner - steady) * scale
        tail = shape_of(x)[self.axes[0] :]
        if self.needs[1]:
            for_weight = sum_to(gradient * normal, tail)
        if self.needs[2]:
            for_bias = sum_to(gradient, tail)
        return for_x, for_weight, for_bias


def layer_norm(
    x: Any,
    normalized_shape: int | Sequence[int],
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
) -> Any:
    """Normalise over the last axes: ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    normalized_shape : int or tuple of int
        The lengths of the last axes, those over which mean and variance are taken.
    weight, bias : Tensor or array, optional
        Of shape `normalized_shape`.
    eps : float, optional
        Added to the variance, so that equal elements divide by no zero.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If the shapes do not fit.

    Notes
    -----
    NaN goes through to all elements that are normalised together. Ba, Kiros and Hinton, "Layer
    Normalization", 2016.

    Examples
    --------
    >>> import lucid
    >>> lucid.layer_norm(lucid.tensor([[1.0, 3.0]]), 2, eps=0.0)
    Tensor([[-1.0, 1.0]])
    """
    x = operand(x, "layer_norm")
    shape = shape_of(x)
    tail = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if raw(x).dtype.kind != "f":
        raise DtypeError(
            f"layer_norm: expected floating-point numbers, got {raw(x).dtype}. Convert first: "
            "x.to('float32')."
        )
    if not tail or shape[len(shape) - len(tail) :] != tail:
        raise ShapeError(
            f"layer_norm: input of shape {shape} does not end in normalized_shape={tail}. Pass the "
            "lengths of its last axes."
        )
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and shape_of(value) != tail:
            raise ShapeError(
                f"layer_norm: {name} of shape {shape_of(value)}; expected {tail}, the "
                "normalized_shape."
            )
    axes = tuple(range(len(shape) - len(tail), len(shape)))
    return LayerNorm.apply(x, weight, bias, axes=axes, eps=eps)
