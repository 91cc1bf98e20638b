"""Activations as modules: each is an operation of the catalogue and its settings."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

from lucid import kernels
from lucid.nn import functional
from lucid.nn._configured import Configured
from lucid.nn._sizes import check_sizes, empty_parameter
from lucid.nn.init import constant_
from lucid.nn.module import Module
from lucid.tensors import Tensor

__all__ = [
    "CELU",
    "ELU",
    "GEGLU",
    "GELU",
    "GLU",
    "SELU",
    "HardShrink",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "RReLU",
    "ReGLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "SoftShrink",
    "Softmax",
    "Softplus",
    "Softsign",
    "SquaredReLU",
    "SwiGLU",
    "Tanh",
    "TanhShrink",
    "Threshold",
]


class ReLU(Configured, function=kernels.relu):
    """``max(x, 0)``; see ``lucid.relu``."""


class ReLU6(Configured, function=kernels.relu6):
    """``min(max(x, 0), 6)``; see ``lucid.relu6``."""


class SquaredReLU(Configured, function=kernels.squared_relu):
    """``max(x, 0) ** 2``; see ``lucid.squared_relu``."""


class LeakyReLU(Configured, function=kernels.leaky_relu, negative_slope=0.01):
    """``x`` if positive, else ``negative_slope * x``; see ``lucid.leaky_relu``."""


class RReLU(Configured, function=functional.rrelu, random=True, lower=1 / 8, upper=1 / 3):
    """Leaky ReLU with a slope drawn for each element in training; see ``functional.rrelu``."""


class ELU(Configured, function=kernels.elu, alpha=1.0):
    """``x`` if positive, else ``alpha * (exp(x) - 1)``; see ``lucid.elu``."""


class SELU(Configured, function=kernels.selu):
    """Self-normalising ELU; see ``lucid.selu``."""


class CELU(Configured, function=kernels.celu, alpha=1.0):
    """``x`` if positive, else ``alpha * (exp(x / alpha) - 1)``; see ``lucid.celu``."""


class GELU(Configured, function=kernels.gelu, approximate="none"):
    """``x * P(X <= x)`` for a standard normal ``X``; see ``lucid.gelu``."""


class Sigmoid(Configured, function=kernels.sigmoid):
    """``1 / (1 + exp(-x))``; see ``lucid.sigmoid``."""


class LogSigmoid(Configured, function=kernels.log_sigmoid):
    """``log(sigmoid(x))``; see ``lucid.log_sigmoid``."""


class HardSigmoid(Configured, function=kernels.hard_sigmoid, slope=0.2, offset=0.5):
    """``max(0, min(1, slope * x + offset))``; see ``lucid.hard_sigmoid``.

    Examples
    --------
    On a tensor:

    >>> import numpy as np
    >>> from lucid import Tensor, nn
    >>> x = Tensor([[-1.0, 2.0, -0.5, 3.0]], requires_grad=True)
    >>> output = nn.HardSigmoid()(x)
    >>> print(output)
    Tensor([[0.3, 0.9, 0.4, 1.0]], grad=None)
    >>> output.backward()
    >>> print(x.grad)
    [[0.2, 0.2, 0.2, 0.0]]
    >>> np.asarray(x.grad)
    array([[0.2, 0.2, 0.2, 0. ]], dtype=float32)

    Inside of a module:

    >>> class Gate(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.activation = nn.HardSigmoid()
    ...
    ...     def forward(self, x):
    ...         return self.activation(x)
    >>> x = Tensor([[-1.0, 2.0, -0.5, 3.0]], requires_grad=True)
    >>> output = Gate()(x)
    >>> print(output)
    Tensor([[0.3, 0.9, 0.4, 1.0]], grad=None)
    >>> output.backward()
    >>> print(x.grad)
    [[0.2, 0.2, 0.2, 0.0]]

    Between two linear layers:

    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.first = nn.Linear(in_features=3, out_features=5)
    ...         self.activation = nn.HardSigmoid()
    ...         self.second = nn.Linear(in_features=5, out_features=2)
    ...
    ...     def forward(self, x):
    ...         return self.second(self.activation(self.first(x)))
    >>> net = Net()
    >>> output = net(Tensor([[1.0, 2.0, 3.0]]))
    >>> output.shape
    (1, 2)
    >>> output.backward()
    >>> net.first.weight.grad.shape
    (5, 3)
    >>> print(net.second.bias.grad)
    [1.0, 1.0]
    """


class SiLU(Configured, function=kernels.silu):
    """``x * sigmoid(x)``; see ``lucid.silu``."""


class Mish(Configured, function=kernels.mish):
    """``x * tanh(softplus(x))``; see ``lucid.mish``."""


class Softplus(Configured, function=functional.softplus, beta=1.0):
    """``log(1 + exp(beta * x)) / beta``; see ``functional.softplus``."""


class Softsign(Configured, function=kernels.softsign):
    """``x / (1 + abs(x))``; see ``lucid.softsign``."""


class Tanh(Configured, function=kernels.tanh):
    """Hyperbolic tangent; see ``lucid.tanh``."""


class HardSwish(Configured, function=kernels.hard_swish):
    """0 up to -3, ``x`` from 3 on, ``x * (x + 3) / 6`` between; see ``lucid.hard_swish``."""


class HardTanh(Configured, function=kernels.hard_tanh, min_val=-1.0, max_val=1.0):
    """``x`` clipped to ``[min_val, max_val]``; see ``lucid.hard_tanh``."""


class HardShrink(Configured, function=kernels.hard_shrink, lambd=0.5):
    """0 where ``abs(x) <= lambd``, else ``x``; see ``lucid.hard_shrink``."""


class SoftShrink(Configured, function=kernels.soft_shrink, lambd=0.5):
    """``x`` moved towards 0 by ``lambd``; see ``lucid.soft_shrink``."""


class TanhShrink(Configured, function=kernels.tanh_shrink):
    """``x - tanh(x)``; see ``lucid.tanh_shrink``."""


class Threshold(Configured, function=kernels.threshold, threshold=0.0, value=0.0):
    """``x`` where it is above ``threshold``, else ``value``; see ``lucid.threshold``."""


class GLU(Configured, function=functional.glu, dim=-1):
    """First half along ``dim`` times the sigmoid of the second; see ``functional.glu``."""


class SwiGLU(Configured, function=functional.swiglu, dim=-1):
    """First half along ``dim`` times the SiLU of the second; see ``functional.swiglu``."""


class GEGLU(Configured, function=functional.geglu, dim=-1, approximate="none"):
    """First half along ``dim`` times the GELU of the second; see ``functional.geglu``."""


class ReGLU(Configured, function=functional.reglu, dim=-1):
    """First half along ``dim`` times the ReLU of the second; see ``functional.reglu``."""


class Softmax(Configured, function=functional.softmax, dim=-1):
    """``exp(x)`` divided by its sum along ``dim``."""


class LogSoftmax(Configured, function=functional.log_softmax, dim=-1):
    """Logarithm of the softmax along ``dim``."""


class PReLU(Module):
    """Leaky ReLU with learned slopes: ``x`` if positive, else ``weight * x``; see ``lucid.prelu``.

    Parameters
    ----------
    num_parameters
        1, or one slope for each channel (axis 1).
    init
        Slope at the start.
    dtype
        Floating dtype of the slopes, float32 by default.
    device
        Where they lie, ``"cpu"`` (by default) or ``"cuda"``; the numbers are the same.
    """

    def __init__(
        self,
        num_parameters: int = 1,
        init: float = 0.25,
        dtype: DTypeLike | None = None,
        device: Any = None,
    ) -> None:
        super().__init__()
        check_sizes(self, num_parameters=num_parameters)
        self.num_parameters = num_parameters
        self.weight = constant_(empty_parameter((num_parameters,), dtype, device), init)

    def forward(self, x: Any) -> Tensor:
        """Apply the function."""
        weight: Any = self.weight
        if self.num_parameters > 1 and x.ndim > 2:
            weight = weight.reshape((self.num_parameters, *(1,) * (x.ndim - 2)))
        result: Tensor = kernels.prelu(x, weight)
        return result

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"num_parameters={self.num_parameters}"
