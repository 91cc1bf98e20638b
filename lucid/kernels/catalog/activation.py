"""Activations of neural networks, apart from the smooth ones that are primitives.

``sigmoid``, ``log_sigmoid``, ``softplus``, ``silu``, ``mish`` and ``tanh`` have kernels of their
own and live in the families ``special`` and ``hyperbolic``.
"""

from __future__ import annotations

from typing import Any

from lucid.kernels.catalog.arithmetic import sign, square
from lucid.kernels.catalog.choice import clip, where
from lucid.kernels.catalog.comparison import isinf
from lucid.kernels.catalog.exponential import expm1
from lucid.kernels.catalog.hyperbolic import tanh
from lucid.kernels.catalog.special import gelu_erf, gelu_tanh, sigmoid, silu, softplus
from lucid.kernels.errors import TraceError
from lucid.kernels.pointwise import pointwise

__all__ = [
    "celu",
    "elu",
    "geglu",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "prelu",
    "reglu",
    "relu",
    "relu6",
    "rrelu",
    "scaled_softplus",
    "selu",
    "soft_shrink",
    "softsign",
    "squared_relu",
    "swiglu",
    "tanh_shrink",
    "threshold",
]

# The fixed point of self-normalisation: mean 0 and variance 1 go to mean 0 and variance 1.
# Klambauer et al., Self-Normalizing Neural Networks, 2017, equation 14.
SELU_ALPHA = 1.6732632423543772848
SELU_SCALE = 1.0507009873554804934


@pointwise(kinks=(0,))
def relu(x: Any) -> Any:
    """Rectified linear unit: ``x`` where it is positive, else 0.

    Any real dtype. The derivative at 0 is 0; NaN stays NaN; -inf gives 0.
    Source: Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, 2010.

    >>> lucid.relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    # The comparison is false for NaN, so NaN takes the branch that keeps it.
    return where(x <= 0, 0, x)


@pointwise(kinks=(0, 6))
def relu6(x: Any) -> Any:
    """Rectified linear unit with a ceiling: ``min(max(x, 0), 6)``.

    Any real dtype. The derivative is 0 at both kinks, 0 and 6, as that of ``relu`` is at 0;
    NaN stays NaN.
    Source: Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10, 2010.

    >>> lucid.relu6(np.array([-1.0, 2.0, 8.0]))
    array([0., 2., 6.])
    """
    return where(x <= 0, 0, where(x >= 6, 6, x))


@pointwise(kinks=(0,))
def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """Leaky rectified linear unit: ``x`` where it is positive, else ``negative_slope * x``.

    Floating dtypes. The derivative at 0 is ``negative_slope``; NaN stays NaN.
    Source: Maas et al., Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013.

    >>> lucid.leaky_relu(np.array([-1.0, 2.0]), negative_slope=0.1)
    array([-0.1,  2. ])
    """
    return where(x > 0, x, negative_slope * x)


@pointwise
def prelu(x: Any, weight: Any) -> Any:
    """Leaky rectified linear unit with a learned slope: ``x`` if positive, else ``weight * x``.

    Floating dtypes. The derivative at 0 is ``weight``; NaN stays NaN.
    Source: He et al., Delving Deep into Rectifiers, 2015.

    >>> lucid.prelu(np.array([-1.0, 2.0]), np.array([0.25]))
    array([-0.25,  2.  ])
    """
    return where(x > 0, x, weight * x)


@pointwise(domain=(None, (0.0, 1.0)))
def rrelu(x: Any, noise: Any, lower: float = 1 / 8, upper: float = 1 / 3) -> Any:
    """Leaky rectified linear unit with a random slope, for training.

    ``x`` where it is positive, else ``(lower + (upper - lower) * noise) * x``, with ``noise``
    uniform in [0, 1). Floating dtypes. The derivative at 0 is the slope; NaN stays NaN.
    Source: Xu et al., Empirical Evaluation of Rectified Activations, 2015.

    >>> lucid.rrelu(np.array([-1.0, 2.0]), np.array([0.5, 0.5]), lower=0.25, upper=0.75)
    array([-0.5,  2. ])
    """
    return where(x > 0, x, (lower + (upper - lower) * noise) * x)


@pointwise
def elu(x: Any, alpha: float = 1.0) -> Any:
    """Exponential linear unit: ``x`` where it is positive, else ``alpha * (exp(x) - 1)``.

    Floating dtypes. The derivative at 0 is ``alpha``; NaN stays NaN; -inf gives ``-alpha``.
    Source: Clevert et al., Fast and Accurate Deep Network Learning by ELUs, 2015.

    >>> lucid.elu(np.array([-np.inf, 0.0, 2.0]))
    array([-1.,  0.,  2.])
    """
    return where(x > 0, x, alpha * expm1(x))


@pointwise(kinks=(0,))
def selu(x: Any) -> Any:
    """Scaled exponential linear unit: ``scale * elu(x, alpha)`` with the two fixed constants.

    ``alpha`` is 1.67326..., ``scale`` 1.05070...: they keep mean 0 and variance 1. Floating
    dtypes. The derivative at 0 is ``scale * alpha``; NaN stays NaN; -inf gives -1.758...
    Source: Klambauer et al., Self-Normalizing Neural Networks, 2017.

    >>> lucid.selu(np.array([0.0, 2.0])).round(4)
    array([0.    , 2.1014])
    """
    return SELU_SCALE * where(x > 0, x, SELU_ALPHA * expm1(x))


@pointwise
def celu(x: Any, alpha: float = 1.0) -> Any:
    """Continuously differentiable ELU: ``x`` if positive, else ``alpha * (exp(x / alpha) - 1)``.

    Floating dtypes; ``alpha`` is not 0. The derivative at 0 is 1 for every ``alpha``; NaN stays
    NaN; -inf gives ``-alpha``.
    Source: Barron, Continuously Differentiable Exponential Linear Units, 2017.

    >>> lucid.celu(np.array([-np.inf, 2.0]), alpha=0.5)
    array([-0.5,  2. ])
    """
    return where(x > 0, x, alpha * expm1(x / alpha))


@pointwise
def gelu(x: Any, approximate: str = "none") -> Any:
    """Gaussian error linear unit: ``x * P(X <= x)`` for a standard normal ``X``.

    ``approximate="none"`` is the definition, by the error function; ``approximate="tanh"`` is
    ``0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))``. Floating dtypes. Smooth;
    NaN stays NaN; -inf gives 0.
    Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.

    >>> lucid.gelu(np.array([0.0, 2.0])).round(4)
    array([0.    , 1.9545])
    >>> lucid.gelu(np.array([0.0, 2.0]), approximate="tanh").round(4)
    array([0.    , 1.9546])
    """
    if approximate == "none":
        return gelu_erf(x)
    if approximate == "tanh":
        return gelu_tanh(x)
    raise TraceError(f"gelu got approximate={approximate!r}; give 'none' or 'tanh'")


@pointwise(kinks=(-2.5, 2.5))
def hard_sigmoid(x: Any, slope: float = 0.2, offset: float = 0.5) -> Any:
    """Piecewise-linear sigmoid: ``max(0, min(1, slope * x + offset))``.

    Floating dtypes. The derivative is ``slope`` where ``0 <= slope * x + offset <= 1``, bounds
    included, else 0; NaN stays NaN. PyTorch's has the slope 1/6.
    Source: Courbariaux et al., BinaryConnect, 2015; ONNX operator HardSigmoid.

    >>> lucid.hard_sigmoid(np.array([-1.0, 2.0, -0.5, 3.0]))
    array([0.3, 0.9, 0.4, 1. ])
    """
    return clip(slope * x + offset, 0.0, 1.0)


@pointwise(kinks=(-3, 3))
def hard_swish(x: Any) -> Any:
    """Piecewise-quadratic swish: 0 up to -3, ``x`` from 3 on, ``x * (x + 3) / 6`` between.

    Floating dtypes. At the kinks the derivative is that of the outer pieces: 0 at -3, 1 at 3;
    NaN stays NaN; -inf gives 0.
    Source: Howard et al., Searching for MobileNetV3, 2019.

    >>> lucid.hard_swish(np.array([-4.0, 1.5, 4.0]))
    array([0.   , 1.125, 4.   ])
    """
    return where(x <= -3, 0.0, where(x >= 3, x, x * (x + 3) / 6))


@pointwise(kinks=(-1, 1))
def hard_tanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """Piecewise-linear tanh: ``x`` clipped to ``[min_val, max_val]``.

    Any real dtype. The derivative is 1 between the bounds, the bounds included (as that of
    ``clip``), else 0; NaN stays NaN.
    Source: Collobert, Large Scale Machine Learning, 2004.

    >>> lucid.hard_tanh(np.array([-2.0, 0.5, 2.0]))
    array([-1. ,  0.5,  1. ])
    """
    return clip(x, min_val, max_val)


@pointwise(kinks=(-0.5, 0.5))
def hard_shrink(x: Any, lambd: float = 0.5) -> Any:
    """Hard shrinkage: 0 where ``abs(x) <= lambd``, else ``x``.

    Floating dtypes. The derivative at ``-lambd`` and ``lambd`` is 0; NaN stays NaN.
    Source: Donoho and Johnstone, Ideal Spatial Adaptation by Wavelet Shrinkage, 1994.

    >>> lucid.hard_shrink(np.array([-2.0, 0.25, 0.5]))
    array([-2.,  0.,  0.])
    """
    return where(abs(x) <= lambd, 0, x)


@pointwise(kinks=(-0.5, 0.5))
def soft_shrink(x: Any, lambd: float = 0.5) -> Any:
    """Soft shrinkage: ``x`` moved towards 0 by ``lambd``, and 0 where ``abs(x) <= lambd``.

    Floating dtypes; ``lambd`` is not negative. The derivative at ``-lambd`` and ``lambd`` is 0;
    NaN stays NaN.
    Source: Donoho and Johnstone, Ideal Spatial Adaptation by Wavelet Shrinkage, 1994.

    >>> lucid.soft_shrink(np.array([-2.0, 0.25, 1.0]))
    array([-1.5,  0. ,  0.5])
    """
    return x - clip(x, -lambd, lambd)


def _tanh_shrink_gradient(gradient: Any, output: Any, x: Any) -> Any:
    # 1 - (1 - tanh**2), without the cancellation near 0.
    return gradient * square(tanh(x))


@pointwise(derivative=_tanh_shrink_gradient)
def tanh_shrink(x: Any) -> Any:
    """Shrinkage by tanh: ``x - tanh(x)``.

    Floating dtypes. Smooth; NaN stays NaN; infinities stay. Near 0, where the result is about
    ``x**3 / 3``, the subtraction leaves an error of an ulp of ``x``, not of the result.
    Source: PyTorch, torch.nn.Tanhshrink.

    >>> lucid.tanh_shrink(np.array([0.0, 2.0])).round(4)
    array([0.   , 1.036])
    """
    return x - tanh(x)


@pointwise(kinks=(0,))
def threshold(x: Any, threshold: float = 0.0, value: float = 0.0) -> Any:
    """``x`` where it is above ``threshold``, else ``value``.

    Any real dtype. The derivative at the threshold is 0; NaN stays NaN.
    Source: PyTorch, torch.nn.Threshold.

    >>> lucid.threshold(np.array([0.05, 0.5]), threshold=0.1, value=20.0)
    array([20. ,  0.5])
    """
    return where(x <= threshold, value, x)


@pointwise
def scaled_softplus(x: Any, beta: float = 1.0) -> Any:
    """Softplus with a sharper or blunter bend: ``softplus(beta * x) / beta``.

    Floating dtypes; ``beta`` is not 0. Smooth, no overflow; NaN stays NaN.
    Source: PyTorch, torch.nn.Softplus.

    >>> lucid.scaled_softplus(np.array([0.0, 1e4]), beta=2.0).round(4)
    array([3.466e-01, 1.000e+04])
    """
    return softplus(beta * x) / beta


@pointwise
def squared_relu(x: Any) -> Any:
    """Square of the rectified linear unit: ``max(x, 0) ** 2``.

    Any real dtype. The derivative at 0 is 0, from both sides; NaN stays NaN.
    Source: So et al., Primer: Searching for Efficient Transformers, 2021.

    >>> lucid.squared_relu(np.array([-1.0, 3.0]))
    array([0., 9.])
    """
    return relu(x) ** 2


def _softsign_gradient(gradient: Any, output: Any, x: Any) -> Any:
    # One term; the quotient rule gives a difference of two that cancel far from 0.
    return gradient / square(1 + abs(x))


@pointwise(derivative=_softsign_gradient)
def softsign(x: Any) -> Any:
    """Softsign: ``x / (1 + abs(x))``.

    Floating dtypes. Smooth; NaN stays NaN; infinities give -1 and 1.
    Source: Glorot and Bengio, Understanding the Difficulty of Training Deep Networks, 2010.

    >>> lucid.softsign(np.array([-1.0, 3.0, np.inf]))
    array([-0.5 ,  0.75,  1.  ])
    """
    return where(isinf(x), sign(x), x / (1 + abs(x)))


@pointwise
def glu(x: Any, gate: Any) -> Any:
    """Gated linear unit: ``x * sigmoid(gate)``.

    Floating dtypes. Smooth; NaN in either stays NaN.
    Source: Dauphin et al., Language Modeling with Gated Convolutional Networks, 2016.

    >>> lucid.glu(np.array([2.0]), np.array([0.0]))
    array([1.])
    """
    return x * sigmoid(gate)


@pointwise
def swiglu(x: Any, gate: Any) -> Any:
    """Gated linear unit with SiLU as its gate: ``x * silu(gate)``.

    Floating dtypes. Smooth; NaN in either stays NaN.
    Source: Shazeer, GLU Variants Improve Transformer, 2020.

    >>> lucid.swiglu(np.array([2.0]), np.array([1.0])).round(4)
    array([1.4621])
    """
    return x * silu(gate)


@pointwise
def geglu(x: Any, gate: Any, approximate: str = "none") -> Any:
    """Gated linear unit with GELU as its gate: ``x * gelu(gate, approximate)``.

    Floating dtypes. Smooth; NaN in either stays NaN.
    Source: Shazeer, GLU Variants Improve Transformer, 2020.

    >>> lucid.geglu(np.array([2.0]), np.array([1.0])).round(4)
    array([1.6827])
    """
    return x * gelu(gate, approximate=approximate)


@pointwise
def reglu(x: Any, gate: Any) -> Any:
    """Gated linear unit with ReLU as its gate: ``x * relu(gate)``.

    Any real dtype. The derivative with respect to the gate at 0 is 0; NaN in either stays NaN.
    Source: Shazeer, GLU Variants Improve Transformer, 2020.

    >>> lucid.reglu(np.array([2.0, 2.0]), np.array([-1.0, 3.0]))
    array([0., 6.])
    """
    return x * relu(gate)
