"""Initial values of parameters, written in place and past the graph.

Each function takes a tensor, overwrites its values and returns it. Random ones draw from the
library's generator, which ``lucid.manual_seed`` seeds, or from one given as ``generator``.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, TypeVar

import numpy as np

from lucid.kernels.errors import ShapeError
from lucid.nn._random import numpy_generator
from lucid.nn._state import assign
from lucid.tensors import Tensor

__all__ = [
    "calculate_gain",
    "constant_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

T = TypeVar("T", bound=Tensor)


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, generator: Any = None) -> T:
    """Draw from the uniform distribution on ``[a, b)``."""
    assign(tensor, numpy_generator(generator).uniform(a, b, tensor.shape))
    return tensor


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> T:
    """Draw from the normal distribution with this mean and standard deviation."""
    assign(tensor, numpy_generator(generator).normal(mean, std, tensor.shape))
    return tensor


def trunc_normal_(
    tensor: T,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> T:
    """Draw from the normal distribution, cut off outside ``[a, b]``.

    By inversion: a uniform number between the distribution's values at the bounds, turned back by
    the inverse of the distribution.
    """
    from lucid.kernels import ndtri

    if not a < b:
        raise ValueError(f"trunc_normal_ got a={a} and b={b}; a is less than b")
    normal = NormalDist(mean, std)
    share = numpy_generator(generator).uniform(normal.cdf(a), normal.cdf(b), tensor.shape)
    assign(tensor, np.clip(mean + std * ndtri(share), a, b))
    return tensor


def constant_(tensor: T, value: float) -> T:
    """Fill with ``value``."""
    assign(tensor, np.broadcast_to(np.asarray(value, tensor.dtype), tensor.shape))
    return tensor


def zeros_(tensor: T) -> T:
    """Fill with 0."""
    return constant_(tensor, 0)


def ones_(tensor: T) -> T:
    """Fill with 1."""
    return constant_(tensor, 1)


def eye_(tensor: T) -> T:
    """Fill a matrix with 1 on the diagonal and 0 beside it."""
    if tensor.ndim != 2:
        raise ShapeError(f"eye_ needs a matrix and got the shape {tensor.shape}")
    rows, columns = tensor.shape
    assign(tensor, np.eye(rows, columns))
    return tensor


def _fans(tensor: Tensor, name: str) -> tuple[int, int]:
    """Return the numbers of inputs and outputs of a weight ``(out, in, *kernel)``."""
    if tensor.ndim < 2:
        raise ShapeError(
            f"{name} counts a weight's inputs and outputs, so it needs at least two axes "
            f"(out, in); the shape is {tensor.shape}"
        )
    window = math.prod(tensor.shape[2:])
    return tensor.shape[1] * window, tensor.shape[0] * window


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor by which a weight's spread makes up for the activation after it.

    Parameters
    ----------
    nonlinearity
        ``"linear"``, ``"sigmoid"``, ``"tanh"`` (5/3), ``"relu"`` (sqrt 2), ``"leaky_relu"``
        (``sqrt(2 / (1 + param**2))``) or ``"selu"`` (3/4).
    param
        The negative slope of ``leaky_relu``, 0.01 by default.

    Examples
    --------
    >>> from lucid import nn
    >>> round(nn.init.calculate_gain("relu"), 4)
    1.4142
    """
    slope = 0.01 if param is None else param
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "leaky_relu": math.sqrt(2 / (1 + slope**2)),
        "selu": 3 / 4,
    }
    if nonlinearity not in gains:
        raise ValueError(
            f"calculate_gain knows no activation {nonlinearity!r}; give one of {', '.join(gains)}"
        )
    return gains[nonlinearity]


def _xavier_std(tensor: Tensor, gain: float, name: str) -> float:
    return gain * math.sqrt(2 / sum(_fans(tensor, name)))


def xavier_uniform_(tensor: T, gain: float = 1.0, generator: Any = None) -> T:
    """Draw uniformly so that signals keep their variance in both directions.

    Bound ``gain * sqrt(6 / (inputs + outputs))``: Glorot and Bengio, Understanding the
    Difficulty of Training Deep Networks, 2010.
    """
    bound = math.sqrt(3) * _xavier_std(tensor, gain, "xavier_uniform_")
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: T, gain: float = 1.0, generator: Any = None) -> T:
    """Draw from a normal distribution with deviation ``gain * sqrt(2 / (inputs + outputs))``."""
    return normal_(tensor, 0.0, _xavier_std(tensor, gain, "xavier_normal_"), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str, name: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"{name} got mode={mode!r}; give 'fan_in' or 'fan_out'")
    fan = _fans(tensor, name)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(
    tensor: T,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> T:
    """Draw uniformly so that signals keep their variance through rectified layers.

    Bound ``gain * sqrt(3 / fan)``, with the gain of a leaky rectifier of slope ``a`` and ``fan``
    the number of inputs (``mode="fan_in"``) or outputs (``"fan_out"``): He et al., Delving Deep
    into Rectifiers, 2015.
    """
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity, "kaiming_uniform_")
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: T,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> T:
    """Draw from a normal distribution with deviation ``gain / sqrt(fan)``; see the uniform one."""
    std = _kaiming_std(tensor, a, mode, nonlinearity, "kaiming_normal_")
    return normal_(tensor, 0.0, std, generator)


def orthogonal_(tensor: T, gain: float = 1.0, generator: Any = None) -> T:
    """Fill with ``gain`` times a matrix whose rows or columns are orthonormal.

    Axes after the first are taken as one. The matrix is uniformly distributed: the QR
    decomposition of a normal matrix, with the signs of R's diagonal (Mezzadri, How to Generate
    Random Matrices from the Classical Compact Groups, 2006).
    """
    if tensor.ndim < 2:
        raise ShapeError(f"orthogonal_ needs at least two axes; the shape is {tensor.shape}")
    if tensor.size == 0:
        return tensor
    rows = tensor.shape[0]
    columns = tensor.size // rows
    normal = numpy_generator(generator).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
    assign(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))
    return tensor
