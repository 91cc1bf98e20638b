"""Functions of a row that the operations of this package are made of."""

from __future__ import annotations

from typing import Any

from lucid.kernels import (
    detach,
    exp,
    isinf,
    log,
    maximum,
    row_index,
    row_length,
    row_max,
    row_sum,
    rowwise,
    rsqrt,
    sqrt,
    where,
)

__all__ = [
    "class_loss",
    "cosine",
    "layer_norm",
    "log_softmax",
    "logsumexp",
    "normalize",
    "picked_loss",
    "probability_loss",
    "rms_norm",
    "softmax",
]


@rowwise(derivative=lambda g, out, x: out * (g - row_sum(g * out)))
def softmax(x: Any) -> Any:
    """``exp(x) / sum(exp(x))``, without overflow."""
    powers = exp(x - row_max(x))
    return powers / row_sum(powers)


@rowwise(derivative=lambda g, out, x: g - exp(out) * row_sum(g))
def log_softmax(x: Any) -> Any:
    """``x - log(sum(exp(x)))``, without overflow."""
    rest = x - row_max(x)
    return rest - log(row_sum(exp(rest)))


def _steady_exp(g: Any, out: Any, x: Any) -> Any:
    # Where every element is -inf, so is the result, and no element moves it.
    return g * exp(x - where(out == -float("inf"), 0.0, out))


@rowwise(derivative=_steady_exp)
def logsumexp(x: Any) -> Any:
    """``log(sum(exp(x)))``, without overflow."""
    largest = row_max(x)
    # Infinity less infinity is NaN: where it is infinite nothing is subtracted.
    steady = where(isinf(largest), 0.0, largest)
    return log(row_sum(exp(x - steady))) + steady


@rowwise
def layer_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """``(x - mean) / sqrt(var + eps) * weight + bias``."""
    centred = x - row_sum(x) / row_length()
    result = centred * rsqrt(row_sum(centred * centred) / row_length() + eps)
    if weight is not None:
        result = result * weight
    return result if bias is None else result + bias


@rowwise
def rms_norm(x: Any, weight: Any = None, eps: float = 1e-6) -> Any:
    """``x / sqrt(mean(x**2) + eps) * weight``."""
    result = x * rsqrt(row_sum(x * x) / row_length() + eps)
    return result if weight is None else result * weight


@rowwise
def normalize(x: Any, eps: float = 1e-12) -> Any:
    """``x / max(norm(x), eps)`` for the Euclidean norm."""
    return x / maximum(sqrt(row_sum(x * x)), eps)


@rowwise
def cosine(a: Any, b: Any, eps: float = 1e-8) -> Any:
    """Cosine of the angle between two rows, whose norms are ``eps`` at least; one value a row."""
    size_a = maximum(row_sum(a * a), eps * eps)
    size_b = maximum(row_sum(b * b), eps * eps)
    return row_sum(a * b) / (sqrt(size_a) * sqrt(size_b))


def _counting(loss: Any, factor: Any) -> Any:
    """Return the loss times its factor; a factor of 0 leaves out even a loss of infinity."""
    return where(factor == 0, 0.0, loss * factor)


@rowwise
def class_loss(
    x: Any,
    target: int = 0,
    factor: float = 1.0,
    counted: float = 1.0,
    kept: float = 1.0,
    spread: Any = None,
) -> Any:
    """Cross entropy of scores and a class, one value a row.

    ``factor`` is the weight of the row's class. With smoothing the target is ``kept`` times that
    at the class, and ``spread`` at each class of a row that is ``counted``.
    """
    rest = x - detach(row_max(x))
    total = log(row_sum(exp(rest)))
    at_class = row_sum(where(row_index() == target, rest, 0.0))
    loss = _counting(total - at_class, factor)
    if spread is None:
        return loss
    even = row_sum(where(spread == 0, 0.0, (total - rest) * spread))
    return loss * kept + _counting(even, counted)


@rowwise
def picked_loss(x: Any, target: int = 0, factor: float = 1.0) -> Any:
    """Negative log-likelihood of a class, for log-probabilities, one value a row."""
    return _counting(-row_sum(where(row_index() == target, x, 0.0)), factor)


@rowwise
def probability_loss(x: Any, target: Any) -> Any:
    """Cross entropy of scores and probabilities, one value a row."""
    rest = x - detach(row_max(x))
    total = log(row_sum(exp(rest)))
    # A probability of 0 asks nothing of its class, not even of one with score -infinity.
    empty = (target == 0) & (rest == -float("inf"))
    return row_sum(where(empty, 0.0, (total - rest) * target))
