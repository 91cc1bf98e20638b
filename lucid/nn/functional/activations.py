"""Activations that are more than one operation: gated units, a random slope, a scaled softplus."""

from __future__ import annotations

from typing import Any

from lucid import kernels, ops
from lucid.kernels.errors import ShapeError
from lucid.nn._random import uniform
from lucid.tensors import Tensor

__all__ = ["geglu", "glu", "reglu", "rrelu", "softplus", "swiglu"]


def _halves(x: Any, dim: int, name: str) -> tuple[Tensor, Tensor]:
    if not -x.ndim <= dim < x.ndim or x.shape[dim] % 2:
        raise ShapeError(
            f"{name} splits axis {dim} in halves, and got the shape {tuple(x.shape)}; the axis "
            "must be there and of even length"
        )
    value, gate = ops.split(x, x.shape[dim] // 2, dim)
    return value, gate


def glu(x: Any, dim: int = -1) -> Any:
    """Gated linear unit: ``a * sigmoid(b)`` for the halves ``a`` and ``b`` along ``dim``.

    Examples
    --------
    >>> import lucid
    >>> print(lucid.nn.functional.glu(lucid.tensor([2.0, 0.0])))
    [1.0]
    """
    return kernels.glu(*_halves(x, dim, "glu"))


def swiglu(x: Any, dim: int = -1) -> Any:
    """Gated linear unit: ``a * silu(b)`` for the halves ``a`` and ``b`` of ``x`` along ``dim``."""
    return kernels.swiglu(*_halves(x, dim, "swiglu"))


def geglu(x: Any, dim: int = -1, approximate: str = "none") -> Any:
    """Gated linear unit: ``a * gelu(b)`` for the halves ``a`` and ``b`` of ``x`` along ``dim``."""
    return kernels.geglu(*_halves(x, dim, "geglu"), approximate=approximate)


def reglu(x: Any, dim: int = -1) -> Any:
    """Gated linear unit: ``a * relu(b)`` for the halves ``a`` and ``b`` of ``x`` along ``dim``."""
    return kernels.reglu(*_halves(x, dim, "reglu"))


def rrelu(
    x: Any,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    generator: Any = None,
) -> Any:
    """Leaky ReLU whose slope is drawn for each element; the slope's mean outside training.

    Parameters
    ----------
    x
        Any shape, floating.
    lower, upper
        Bounds of the uniformly drawn slope.
    training
        Whether slopes are drawn.
    generator
        Where they are drawn from; by default what ``lucid.manual_seed`` seeds.
    """
    if not training:
        return kernels.leaky_relu(x, negative_slope=(lower + upper) / 2)
    return kernels.rrelu(x, uniform(x, generator), lower=lower, upper=upper)


def softplus(x: Any, beta: float = 1.0) -> Any:
    """Smooth ramp ``log(1 + exp(beta * x)) / beta``, with no overflow.

    Examples
    --------
    >>> import lucid
    >>> print(lucid.nn.functional.softplus(lucid.tensor([1e4])))
    [10000.0]
    """
    return kernels.softplus(x) if beta == 1 else kernels.scaled_softplus(x, beta=beta)
