"""What a row of scores is held against: classes or probabilities, weighted and smoothed.

The loss of row ``i`` is ``-sum_j q[i, j] * log_probability[i, j]``, where ``q`` holds the target
with the weights. Its gradient by the scores is ``sum_j q[i, j] * softmax[i] - q[i]``. For classes
without smoothing, ``q`` has one element a row and is never written out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.variable import Array
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.ops.shape import expand_dims

__all__ = ["Target", "class_target", "probability_target"]


class Target:
    """The weighted target ``q``, as classes with a weight a row, or written out.

    Attributes
    ----------
    plain : bool
        Whether every row has weight 1.
    """

    __slots__ = ("classes", "divisor", "full", "plain", "rows", "shape", "weights")

    def __init__(
        self,
        shape: tuple[int, ...],
        divisor: float,
        classes: Array | None = None,
        weights: Array | None = None,
        full: Array | None = None,
    ) -> None:
        self.shape = shape
        self.divisor = divisor
        self.classes = classes
        self.weights = weights
        self.full = full
        self.plain = full is None and weights is None
        self.rows = np.arange(shape[0])

    def losses(self, logits: Array, log_total: Array | None) -> Array:
        """Loss of each row: of scores and the logarithm of their sum, or of log-probabilities."""
        if self.full is not None:
            logs = logits if log_total is None else logits - log_total
            # A probability of 0 asks nothing of its class, not even of one with score -infinity.
            terms = np.multiply(self.full, logs, where=self.full != 0, out=np.zeros_like(logs))
            return np.negative(np.add.reduce(terms, axis=1))
        taken = logits[self.rows, self.classes]
        result = np.negative(taken) if log_total is None else log_total[:, 0] - taken
        if self.weights is None:
            return result
        return np.multiply(result, self.weights, where=self.weights != 0, out=np.zeros_like(result))

    def reduce(self, losses: Array, reduction: str) -> Any:
        """Put the losses together."""
        if reduction == "none":
            return losses
        total = np.add.reduce(losses)
        if reduction == "sum":
            return total
        return total * losses.dtype.type(self.scale())

    def scale(self) -> float:
        """Return what the sum is multiplied by for the mean: NaN where nothing counts."""
        return 1.0 / self.divisor if self.divisor else np.nan

    def share(self, gradient: Any, reduction: str) -> Any:
        """Return the gradient that each row's loss gets: a number, or a column."""
        if reduction == "none":
            return expand_dims(gradient, 1)
        if reduction == "sum":
            return gradient
        return gradient * self.scale()

    def row_weights(self) -> Array:
        """``sum_j q[i, j]``, a column."""
        if self.full is not None:
            return np.add.reduce(self.full, axis=1, keepdims=True)
        if self.weights is not None:
            return self.weights[:, None]
        return np.ones((self.shape[0], 1), np.float32)

    def dense(self, dtype: np.dtype[Any]) -> Array:
        """``q`` written out."""
        if self.full is not None:
            return self.full.astype(dtype, copy=False)
        result = np.zeros(self.shape, dtype)
        result[self.rows, self.classes] = 1.0 if self.weights is None else self.weights
        return result

    def subtract(self, result: Array, share: Any) -> None:
        """Subtract ``q * share`` in place."""
        if self.full is not None:
            result -= self.full * share
            return
        part = np.asarray(share)
        if part.ndim:
            part = part[:, 0]
        result[self.rows, self.classes] -= part if self.weights is None else part * self.weights


def class_target(
    target: Array,
    shape: tuple[int, ...],
    rows: tuple[int, ...],
    weights: Array | None,
    ignore: int,
    smoothing: float,
    dtype: np.dtype[Any],
    name: str,
) -> Target:
    """Make the target of classes.

    Parameters
    ----------
    target : ndarray
        Integers of shape `shape`.
    shape, rows : tuple of int
        The shape of the losses, and that of the rows of scores.
    weights : ndarray, optional
        A factor for each class.
    ignore : int
        The class that does not count.
    smoothing : float
        The part of the target that is spread over all classes.
    dtype : dtype
        That of the scores.
    name : str
        Who asks, for messages.

    Raises
    ------
    DtypeError
        If the classes are no integers.
    ShapeError
        If the shapes do not fit, or a class is out of range.
    """
    if target.dtype.kind not in "iu":
        raise DtypeError(
            f"{name}: the target's dtype is {target.dtype}, expected integers. Convert classes: "
            "target.long()."
        )
    if target.shape != shape:
        raise ShapeError(
            f"{name}: target of shape {target.shape}, expected {shape}: one class for each row of "
            "scores, whose classes lie along axis 1."
        )
    count, classes = rows
    flat = target.reshape(-1)
    outside = flat.astype(np.uint64) >= classes
    ignored = None
    if np.logical_or.reduce(outside):
        ignored = flat == ignore
        wrong = flat[outside & ~ignored]
        if wrong.size:
            raise ShapeError(
                f"{name}: class {wrong[0]} in the target, but the scores have {classes} classes. "
                f"Use integers from 0 to {classes - 1}, or ignore_index={ignore} for what is to be "
                "left out."
            )
        flat = np.where(ignored, 0, flat)
    elif 0 <= ignore < classes:
        ignored = flat == ignore
    if weights is None and ignored is None and not smoothing:
        return Target(rows, count, flat)
    factors = np.ones(count, dtype) if weights is None else weights[flat]
    if ignored is not None:
        factors = np.where(ignored, factors.dtype.type(0), factors)
    divisor = float(np.add.reduce(factors))
    if not smoothing:
        return Target(rows, divisor, flat, factors)
    counted = np.ones(count, dtype) if ignored is None else (~ignored).astype(dtype)
    spread = (np.ones(classes, dtype) if weights is None else weights) * (smoothing / classes)
    full = counted[:, None] * spread
    full[np.arange(count), flat] += (1.0 - smoothing) * factors
    return Target(rows, divisor, full=full)


def probability_target(target: Array, weights: Array | None, smoothing: float) -> Target:
    """Make the target of probabilities.

    Parameters
    ----------
    target : ndarray
        Rows of probabilities.
    weights : ndarray, optional
        A factor for each class.
    smoothing : float
        The part of the target that is spread over all classes.
    """
    full = target
    if smoothing:
        full = full * (1.0 - smoothing) + smoothing / target.shape[1]
    if weights is not None:
        full = full * weights
    return Target(target.shape, target.shape[0], full=full)
