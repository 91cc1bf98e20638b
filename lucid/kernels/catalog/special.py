"""Special functions: the logistic family, error functions, the normal distribution, gamma."""

from __future__ import annotations

import math
from math import inf
from typing import Any

from lucid.kernels.catalog.choice import where
from lucid.kernels.expression import apply
from lucid.kernels.pointwise import pointwise

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "gelu_erf",
    "gelu_tanh",
    "lgamma",
    "log_ndtr",
    "log_sigmoid",
    "logit",
    "mish",
    "ndtr",
    "ndtri",
    "sigmoid",
    "silu",
    "softplus",
    "trigamma",
]


@pointwise
def sigmoid(x: Any) -> Any:
    """Logistic function: ``1 / (1 + exp(-x))``.

    Floating dtypes; integers become floats. -inf gives 0, inf 1; NaN stays NaN.
    Source: Verhulst, Notice sur la loi que la population suit dans son accroissement, 1838.

    >>> lucid.sigmoid(np.array([-np.inf, 0.0, 2.0]))
    array([0.        , 0.5       , 0.88079708])
    """
    return apply("sigmoid", x)


@pointwise
def log_sigmoid(x: Any) -> Any:
    """Logarithm of the logistic function: ``-log(1 + exp(-x))``, with no overflow.

    Floating dtypes; integers become floats. -inf stays, inf gives -0.0; NaN stays NaN.
    Source: PyTorch, torch.nn.LogSigmoid.

    >>> lucid.log_sigmoid(np.array([-1e4, 0.0]))
    array([-1.00000000e+04, -6.93147181e-01])
    """
    return apply("log_sigmoid", x)


@pointwise
def softplus(x: Any) -> Any:
    """Smooth ramp: ``log(1 + exp(x))``, with no overflow.

    Floating dtypes; integers become floats. -inf gives 0, inf inf; NaN stays NaN.
    Source: Dugas et al., Incorporating Second-Order Functional Knowledge, 2000.

    >>> lucid.softplus(np.array([0.0, 1e4]))
    array([6.93147181e-01, 1.00000000e+04])
    """
    return apply("softplus", x)


@pointwise
def silu(x: Any) -> Any:
    """Sigmoid-weighted linear unit (swish): ``x * sigmoid(x)``.

    Floating dtypes; integers become floats. -inf gives -0.0, inf inf; NaN stays NaN.
    Source: Elfwing et al., Sigmoid-Weighted Linear Units, 2017.

    >>> lucid.silu(np.array([0.0, 2.0]))
    array([0.        , 1.76159416])
    """
    return apply("silu", x)


@pointwise
def mish(x: Any) -> Any:
    """Self-regularised activation: ``x * tanh(softplus(x))``.

    Floating dtypes; integers become floats. -inf gives -0.0, inf inf; NaN stays NaN.
    Source: Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2019.

    >>> lucid.mish(np.array([0.0, 2.0]))
    array([0.        , 1.94395896])
    """
    return apply("mish", x)


@pointwise
def gelu_erf(x: Any) -> Any:
    """Gaussian error linear unit: ``x * ndtr(x)``; what ``gelu`` computes by default.

    Floating dtypes; integers become floats. -inf gives -0.0, inf inf; NaN stays NaN.
    Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.

    >>> lucid.kernels.gelu_erf(np.array([0.0, 2.0]))
    array([0.        , 1.95449974])
    """
    return apply("gelu", x)


@pointwise
def gelu_tanh(x: Any) -> Any:
    """``gelu`` by its approximation with tanh.

    ``0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))``. Floating dtypes; integers
    become floats. -inf gives -0.0, inf inf; NaN stays NaN.
    Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.

    >>> lucid.kernels.gelu_tanh(np.array([0.0, 2.0]))
    array([0.        , 1.95459769])
    """
    return apply("gelu_tanh", x)


@pointwise
def erf(x: Any) -> Any:
    """Error function: ``2 / sqrt(pi)`` times the integral of ``exp(-t * t)`` from 0 to ``x``.

    Floating dtypes; integers become floats. Zeros keep their sign; infinities give -1 and 1; NaN
    stays NaN.
    Source: NIST Digital Library of Mathematical Functions, 7.2.1.

    >>> lucid.erf(np.array([0.0, 1.0, np.inf]))
    array([0.        , 0.84270079, 1.        ])
    """
    return apply("erf", x)


@pointwise
def erfc(x: Any) -> Any:
    """Complement of the error function: ``1 - erf(x)``, with no cancellation.

    Floating dtypes; integers become floats. -inf gives 2, inf 0; NaN stays NaN.
    Source: NIST Digital Library of Mathematical Functions, 7.2.2.

    >>> lucid.erfc(np.array([0.0, 5.0]))
    array([1.00000000e+00, 1.53745979e-12])
    """
    return apply("erfc", x)


@pointwise(domain=(-1.0, 1.0))
def erfinv(x: Any) -> Any:
    """Inverse of the error function.

    Floating dtypes; integers become floats. Zeros keep their sign; -1 and 1 give infinities,
    numbers beyond NaN; NaN stays NaN.
    Source: NIST Digital Library of Mathematical Functions, 7.17.

    >>> lucid.erfinv(np.array([0.0, 0.5, 1.0]))
    array([0.        , 0.47693628,        inf])
    """
    return apply("erfinv", x)


@pointwise
def ndtr(x: Any) -> Any:
    """Distribution function of the standard normal: ``erfc(-x / sqrt(2)) / 2``.

    Floating dtypes; integers become floats. -inf gives 0, inf 1; NaN stays NaN.
    Source: SciPy, scipy.special.ndtr.

    >>> lucid.ndtr(np.array([-np.inf, 0.0, 1.0]))
    array([0.        , 0.5       , 0.84134475])
    """
    return apply("ndtr", x)


@pointwise
def log_ndtr(x: Any) -> Any:
    """Logarithm of the distribution function of the standard normal, with no underflow.

    Floating dtypes; integers become floats. -inf stays, inf gives 0; NaN stays NaN.
    Source: SciPy, scipy.special.log_ndtr.

    >>> lucid.log_ndtr(np.array([-100.0, 0.0]))
    array([-5.00552421e+03, -6.93147181e-01])
    """
    return apply("log_ndtr", x)


@pointwise(
    domain=(0.0, 1.0),
    derivative=lambda g, out, x: g * (math.sqrt(2 * math.pi) * apply("exp", 0.5 * (out * out))),
)
def ndtri(x: Any) -> Any:
    """Quantile of the standard normal: the inverse of ``ndtr``.

    Floating dtypes; integers become floats. 0 gives -inf, 1 inf, numbers beyond NaN; NaN stays
    NaN.
    Source: SciPy, scipy.special.ndtri.

    >>> lucid.ndtri(np.array([0.0, 0.25, 0.5]))
    array([      -inf, -0.67448975,  0.        ])
    """
    # 2 x - 1 is exact in the middle. In the tails it keeps few digits of a small x, so there the
    # equation log_ndtr(y) = log(x) is solved by two of Halley's steps, each of which triples the
    # digits of a start that has three at least.
    small = where(x < 0.5, x, 1.0 - x)
    middle = math.sqrt(2.0) * apply("erfinv", 2.0 * x - 1.0)
    depth = -2.0 * apply("log", small)
    rough = -apply("sqrt", depth - apply("log", 2.0 * math.pi * depth))
    y = where(small < 1e-4, rough, -abs(middle))
    for _ in range(2):
        slope = apply("log_ndtr_grad", y)
        step = (apply("log_ndtr", y) + 0.5 * depth) / slope
        y = y - step / (1.0 + 0.5 * step * (y + slope))
    tail = where(small == 0, -inf, y)
    return where(small > 0.15, middle, where(x < 0.5, tail, -tail))


@pointwise(domain=(0.0, inf))
def lgamma(x: Any) -> Any:
    """Logarithm of the absolute value of the gamma function.

    Floating dtypes; integers become floats. Zero, negative integers and infinities give inf; NaN
    stays NaN.
    Source: NIST Digital Library of Mathematical Functions, 5.2; C17, 7.12.8.3.

    >>> lucid.lgamma(np.array([1.0, 4.0, 0.0]))
    array([0.        , 1.79175947,        inf])
    """
    return apply("lgamma", x)


@pointwise(domain=(0.0, inf))
def digamma(x: Any) -> Any:
    """Digamma function: the derivative of ``lgamma``.

    Floating dtypes; integers become floats. 0.0 gives -inf, -0.0 inf, negative integers and -inf
    NaN, inf inf; NaN stays NaN.
    Source: NIST Digital Library of Mathematical Functions, 5.2.2.

    >>> lucid.digamma(np.array([1.0, 4.0]))
    array([-0.57721566,  1.25611767])
    """
    return apply("digamma", x)


@pointwise(domain=(0.0, inf))
def trigamma(x: Any) -> Any:
    """Trigamma function: the derivative of ``digamma``.

    Floating dtypes; integers become floats. Zero and negative integers give inf, inf 0; NaN stays
    NaN. It has no gradient of its own.
    Source: NIST Digital Library of Mathematical Functions, 5.15.

    >>> lucid.trigamma(np.array([1.0, 4.0]))
    array([1.64493407, 0.28382296])
    """
    return apply("trigamma", x)


@pointwise(domain=(0.0, 1.0), derivative=lambda g, out, x: g / (x * (1.0 - x)))
def _logit(x: Any) -> Any:
    # Near 1/2, where the logarithms cancel, 2 x - 1 is exact.
    return where(
        x < 0.25,
        apply("log", x) - apply("log1p", -x),
        2.0 * apply("atanh", 2.0 * x - 1.0),
    )


@pointwise(domain=(0.0, 1.0))
def logit(x: Any, eps: Any = None) -> Any:
    """Inverse of the logistic function: ``log(x / (1 - x))``, with no cancellation near 1/2.

    ``eps``, if it is given, clips ``x`` to ``[eps, 1 - eps]`` first. Floating dtypes; integers
    become floats. 0 gives -inf, 1 inf, numbers beyond NaN; NaN stays NaN.
    Source: Berkson, Application of the Logistic Function to Bio-Assay, 1944.

    >>> lucid.logit(np.array([0.0, 0.5, 0.75]))
    array([      -inf, 0.        , 1.09861229])
    """
    return _logit(x if eps is None else apply("clip", x, eps, 1.0 - eps))


@pointwise(domain=(0.0, inf), derivative=lambda g, out, x: g * (-1.0 - apply("log", x)))
def entr(x: Any) -> Any:
    """Term of an entropy: ``-x * log(x)``, 0 at 0, -inf for negative numbers.

    Floating dtypes; integers become floats. inf gives -inf; NaN stays NaN. The derivative at 0
    is inf, below NaN.
    Source: SciPy, scipy.special.entr.

    >>> lucid.entr(np.array([0.0, 0.5]))
    array([0.        , 0.34657359])
    """
    return where(x == 0, 0.0, where(x < 0, -inf, -x * apply("log", x)))
