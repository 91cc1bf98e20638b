"""Optimiser steps: the new parameter and the new state from the old ones, in one kernel.

Each takes a parameter, its gradient and the state, and returns the new parameter and the new
state in the order in which they came; with ``out=(parameter, ...)`` the update is in place.
Factors such as ``1 - beta1`` come as numbers of their own: in float32 they would lose the digits
that matter.
"""

from __future__ import annotations

from math import inf
from typing import Any

from lucid.kernels.catalog.arithmetic import square
from lucid.kernels.catalog.choice import maximum
from lucid.kernels.catalog.powers import sqrt
from lucid.kernels.pointwise import pointwise

__all__ = [
    "adagrad_step",
    "adam_step",
    "amsgrad_step",
    "rmsprop_momentum_step",
    "rmsprop_step",
    "sgd_momentum_step",
    "sgd_step",
]


def _slope(parameter: Any, gradient: Any, weight_decay: Any, maximize: bool) -> Any:
    """Return the direction to go down: the gradient with its sign and the L2 penalty."""
    return (-gradient if maximize else gradient) + weight_decay * parameter


@pointwise
def sgd_step(
    parameter: Any,
    gradient: Any,
    lr: float = 1e-3,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> Any:
    """Stochastic gradient descent: ``p - lr * (g + weight_decay * p)``.

    Floating dtypes. NaN stays NaN.
    Source: Robbins and Monro, A Stochastic Approximation Method, 1951.

    >>> lucid.kernels.sgd_step(np.array([1.0]), np.array([2.0]), lr=0.25)
    array([0.5])
    """
    return parameter - lr * _slope(parameter, gradient, weight_decay, maximize)


@pointwise
def sgd_momentum_step(
    parameter: Any,
    gradient: Any,
    momentum_buffer: Any,
    lr: float = 1e-3,
    momentum: float = 0.9,
    gain: float = 1.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
    maximize: bool = False,
) -> tuple[Any, Any]:
    """Gradient descent with momentum: ``b' = momentum * b + gain * d``, ``p' = p - lr * b'``.

    ``d`` is ``g + weight_decay * p``, ``gain`` is 1 minus the dampening. With ``nesterov`` the
    step goes along ``d + momentum * b'``. Returns ``(p', b')``. Floating dtypes. NaN stays NaN.
    Source: Sutskever et al., On the Importance of Initialization and Momentum, 2013.

    >>> lucid.kernels.sgd_momentum_step(np.array([1.0]), np.array([2.0]), np.array([4.0]),
    ...                                 lr=0.25, momentum=0.5)
    (array([0.]), array([4.]))
    """
    slope = _slope(parameter, gradient, weight_decay, maximize)
    buffer = momentum * momentum_buffer + gain * slope
    direction = slope + momentum * buffer if nesterov else buffer
    return parameter - lr * direction, buffer


@pointwise(domain=(None, None, None, (0.0, inf)))
def adam_step(
    parameter: Any,
    gradient: Any,
    m: Any,
    v: Any,
    step_size: float = 1e-3,
    rest1: float = 0.1,
    beta2: float = 0.999,
    rest2: float = 0.001,
    root: float = 1.0,
    eps: float = 1e-8,
    keep: float = 1.0,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> tuple[Any, Any, Any]:
    """Adam: ``p' = keep * p - step_size * m' / (sqrt(v') / root + eps)``.

    ``m' = m + rest1 * (d - m)`` and ``v' = beta2 * v + rest2 * d**2``, where ``d`` is
    ``g + weight_decay * p``. ``rest1`` is ``1 - beta1`` and ``rest2`` is ``1 - beta2``;
    ``step_size`` is ``lr / (1 - beta1**t)`` and ``root`` is ``sqrt(1 - beta2**t)`` at step
    ``t``; ``keep`` is ``1 - lr * decay`` for decoupled weight decay (AdamW), else 1. Returns
    ``(p', m', v')``. Floating dtypes. NaN stays NaN.
    Source: Kingma and Ba, Adam, 2014; Loshchilov and Hutter, Decoupled Weight Decay, 2017.

    >>> p, m, v = lucid.kernels.adam_step(np.array([1.0]), np.array([2.0]), np.array([0.0]),
    ...                                   np.array([0.0]), step_size=0.5, rest1=0.5, rest2=0.25)
    >>> p, m, v
    (array([0.5]), array([1.]), array([1.]))
    """
    slope = _slope(parameter, gradient, weight_decay, maximize)
    m = m + rest1 * (slope - m)
    v = beta2 * v + rest2 * square(slope)
    return keep * parameter - step_size * m / (sqrt(v) / root + eps), m, v


@pointwise(domain=(None, None, None, (0.0, inf), (0.0, inf)))
def amsgrad_step(
    parameter: Any,
    gradient: Any,
    m: Any,
    v: Any,
    v_max: Any,
    step_size: float = 1e-3,
    rest1: float = 0.1,
    beta2: float = 0.999,
    rest2: float = 0.001,
    root: float = 1.0,
    eps: float = 1e-8,
    keep: float = 1.0,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> tuple[Any, Any, Any, Any]:
    """Adam that divides by the largest ``v`` so far: ``adam_step`` with ``max(v_max, v')``.

    Returns ``(p', m', v', v_max')``. Floating dtypes. NaN stays NaN.
    Source: Reddi et al., On the Convergence of Adam and Beyond, 2018.

    >>> state = lucid.kernels.amsgrad_step(np.array([1.0]), np.array([2.0]), np.array([0.0]),
    ...                                    np.array([0.0]), np.array([4.0]), step_size=0.5,
    ...                                    rest1=0.5, rest2=0.25)
    >>> state[0], state[3]
    (array([0.75]), array([4.]))
    """
    slope = _slope(parameter, gradient, weight_decay, maximize)
    m = m + rest1 * (slope - m)
    v = beta2 * v + rest2 * square(slope)
    v_max = maximum(v_max, v)
    return keep * parameter - step_size * m / (sqrt(v_max) / root + eps), m, v, v_max


@pointwise(domain=(None, None, (0.0, inf)))
def rmsprop_step(
    parameter: Any,
    gradient: Any,
    v: Any,
    lr: float = 1e-2,
    alpha: float = 0.99,
    rest: float = 0.01,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> tuple[Any, Any]:
    """RMSprop: ``v' = alpha * v + rest * d**2``, ``p' = p - lr * d / (sqrt(v') + eps)``.

    ``d`` is ``g + weight_decay * p``, ``rest`` is ``1 - alpha``. Returns ``(p', v')``. Floating
    dtypes. NaN stays NaN.
    Source: Hinton, Neural Networks for Machine Learning, lecture 6, 2012.

    >>> lucid.kernels.rmsprop_step(np.array([1.0]), np.array([2.0]), np.array([0.0]), lr=0.5,
    ...                            rest=0.25, eps=0.0)
    (array([0.]), array([1.]))
    """
    slope = _slope(parameter, gradient, weight_decay, maximize)
    v = alpha * v + rest * square(slope)
    return parameter - lr * slope / (sqrt(v) + eps), v


@pointwise(domain=(None, None, (0.0, inf), None))
def rmsprop_momentum_step(
    parameter: Any,
    gradient: Any,
    v: Any,
    momentum_buffer: Any,
    lr: float = 1e-2,
    alpha: float = 0.99,
    rest: float = 0.01,
    eps: float = 1e-8,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> tuple[Any, Any, Any]:
    """RMSprop with momentum: ``b' = momentum * b + d / (sqrt(v') + eps)``, ``p' = p - lr * b'``.

    ``v'`` and ``d`` are those of ``rmsprop_step``. Returns ``(p', v', b')``. Floating dtypes.
    NaN stays NaN.
    Source: Graves, Generating Sequences with Recurrent Neural Networks, 2013.

    >>> p, v, b = lucid.kernels.rmsprop_momentum_step(
    ...     np.array([1.0]), np.array([2.0]), np.array([0.0]), np.array([4.0]), lr=0.25,
    ...     rest=0.25, eps=0.0, momentum=0.5)
    >>> p, v, b
    (array([0.]), array([1.]), array([4.]))
    """
    slope = _slope(parameter, gradient, weight_decay, maximize)
    v = alpha * v + rest * square(slope)
    buffer = momentum * momentum_buffer + slope / (sqrt(v) + eps)
    return parameter - lr * buffer, v, buffer


@pointwise(domain=(None, None, (0.0, inf)))
def adagrad_step(
    parameter: Any,
    gradient: Any,
    total: Any,
    lr: float = 1e-2,
    eps: float = 1e-10,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> tuple[Any, Any]:
    """Adagrad: ``s' = s + d**2``, ``p' = p - lr * d / (sqrt(s') + eps)``.

    ``d`` is ``g + weight_decay * p``. Returns ``(p', s')``. Floating dtypes. NaN stays NaN.
    Source: Duchi et al., Adaptive Subgradient Methods, 2011.

    >>> lucid.kernels.adagrad_step(np.array([1.0]), np.array([2.0]), np.array([0.0]), lr=0.5,
    ...                            eps=0.0)
    (array([0.5]), array([4.]))
    """
    slope = _slope(parameter, gradient, weight_decay, maximize)
    total = total + square(slope)
    return parameter - lr * slope / (sqrt(total) + eps), total
