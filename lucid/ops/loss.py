"""cross_entropy and nll_loss: each one node and one kernel, from the scores to the reduced loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.devices import as_data
from lucid.autograd.function import Cast
from lucid.autograd.rows import RowCall
from lucid.autograd.taped import taped
from lucid.autograd.variable import Array, Variable
from lucid.kernels import multiply
from lucid.kernels.errors import DtypeError, ShapeError, StateError
from lucid.kernels.launch.taping import run_flat
from lucid.ops import row_functions
from lucid.ops.common import operand, raw, shape_of
from lucid.ops.target import class_target

__all__ = ["cross_entropy", "nll_loss"]


class RowLoss(RowCall):
    """A loss of rows, reduced in the same pass."""

    __slots__ = ("scale",)

    def __init__(self, program: Any, shown: tuple[int, ...], scale: float | None) -> None:
        super().__init__(program, shown)
        #: What the sum of the losses is multiplied by; None where they are not reduced.
        self.scale = scale

    def compute(self, program: Any, values: Sequence[Any]) -> tuple[Array, ...]:
        if self.scale is None:
            return super().compute(program, values)
        one_a_row = _losses_shape(values[0].shape)
        shapes = ((), *(one_a_row,) * (program.outputs - 1))
        total, *saved = program.fold(values, shapes)
        return (total if self.scale == 1.0 else run_flat(multiply, (total, self.scale)), *saved)

    def backward(self, gradient: Any) -> Any:
        if self.scale not in (None, 1.0):
            gradient = gradient * self.scale
            if not isinstance(gradient, Variable):
                gradient = as_data(gradient)
        return super().backward(gradient)


def _losses_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of scores with 1 in the place of the classes."""
    return (1,) if len(shape) == 1 else (shape[0], 1, *shape[2:])


def _checked(x: Any, name: str) -> tuple[tuple[int, ...], int]:
    """Check scores; return the shape of the losses without reduction, and the number of classes."""
    shape = shape_of(x)
    if not shape:
        raise ShapeError(
            f"{name}: the input has no axes. Expected (classes,), (batch, classes) or (batch, "
            "classes, ...)."
        )
    if raw(x).dtype.kind != "f":
        raise DtypeError(
            f"{name}: expected floating-point scores, got {raw(x).dtype}. Convert first: "
            "x.to('float32')."
        )
    if len(shape) == 1:
        return (), shape[0]
    return (shape[0], *shape[2:]), shape[1]


def _apply(operation: Any, values: tuple[Any, ...], options: Any, scale: float | None) -> Any:
    """Apply a loss of rows along the axis of classes."""
    program, bound = operation.bind(values, options)
    shape = shape_of(values[0])
    program = program.along(-1 if len(shape) == 1 else 1 - len(shape))
    shown = () if scale is not None or len(shape) == 1 else (shape[0], *shape[2:])
    return RowLoss.apply(*bound, program=program, shown=shown, scale=scale)


def _scale(reduction: str, divisor: float) -> float | None:
    """Return what the sum is multiplied by; for the mean NaN where nothing counts."""
    if reduction == "none":
        return None
    if reduction == "sum":
        return 1.0
    return 1.0 / divisor if divisor else np.nan


def _check_reduction(reduction: str, name: str) -> None:
    if reduction not in ("mean", "sum", "none"):
        raise StateError(
            f"{name}: reduction={reduction!r} is unknown. Use 'mean', 'sum' or 'none'."
        )


def _class_weights(weight: Any, classes: int, scores: Array, name: str) -> Array | None:
    if weight is None:
        return None
    array: Array = raw(operand(weight, name)).astype(scores.dtype, copy=False)
    if array.shape != (classes,):
        raise ShapeError(
            f"{name}: weight of shape {array.shape} for {classes} classes. Expected ({classes},)."
        )
    return array


@taped
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    """Cross entropy between scores (logits) and classes: ``-log(softmax(input)[target])``.

    Parameters
    ----------
    input : Tensor or array
        Scores of shape ``(classes,)``, ``(batch, classes)`` or ``(batch, classes, ...)``.
    target : Tensor or array
        Classes as integers, of the shape of `input` without its axis of classes; or probabilities,
        floating-point numbers of the shape of `input`, which get a gradient too.
    weight : Tensor or array, optional
        A factor for each class, without a gradient.
    ignore_index : int, optional
        Places with this class count neither in the loss nor in its mean.
    label_smoothing : float, optional
        From 0 to 1: this part of the target is spread evenly over all classes.
    reduction : {"mean", "sum", "none"}, optional
        For classes, "mean" divides by the sum of the weights that count; for probabilities, by the
        number of rows.

    Returns
    -------
    Tensor or array
        A single number, or the losses for "none".

    Raises
    ------
    ShapeError
        If the shapes do not fit or a class is out of range.
    DtypeError
        If the scores are not floating-point numbers.
    StateError
        If the reduction or the smoothing is none that exists.

    Notes
    -----
    NaN in a row of scores makes its loss NaN. A score of -infinity is a class with probability 0,
    its loss infinity. If every place is ignored, the mean is NaN. PyTorch's function of this name.

    Examples
    --------
    >>> import lucid
    >>> scores = lucid.tensor([[0.0, 0.0], [1000.0, 0.0]], requires_grad=True)
    >>> loss = lucid.cross_entropy(scores, lucid.tensor([0, 0]), reduction="sum")
    >>> round(loss.item(), 4)
    0.6931
    >>> loss.backward()
    >>> print(scores.grad)
    [[-0.5, 0.5],
     [0.0, 0.0]]
    """
    name = "cross_entropy"
    _check_reduction(reduction, name)
    if not 0.0 <= label_smoothing <= 1.0:
        raise StateError(
            f"{name}: label_smoothing={label_smoothing} is not between 0 and 1. Pass a part of 1."
        )
    input, target = operand(input, name), operand(target, name)
    losses, classes = _checked(input, name)
    weights = _class_weights(weight, classes, raw(input), name)
    if raw(target).dtype.kind == "f":
        return _soft(input, target, weights, label_smoothing, reduction, losses)
    _check_target(target, losses, name)
    goal = class_target(
        raw(target),
        _losses_shape(shape_of(input)),
        classes,
        weights,
        ignore_index,
        label_smoothing,
        raw(input).dtype,
        name,
    )
    scale = _scale(reduction, goal.divisor)
    return _apply(row_functions.class_loss, (input, *goal.values), goal.options, scale)


def _soft(
    input: Any,
    target: Any,
    weights: Array | None,
    smoothing: float,
    reduction: str,
    losses: tuple[int, ...],
) -> Any:
    """Cross entropy between scores and probabilities, which may want a gradient too."""
    shape = shape_of(input)
    if shape_of(target) != shape:
        raise ShapeError(
            f"cross_entropy: probabilities of shape {shape_of(target)} for scores of shape "
            f"{shape}. Both must be the same; for classes, pass integers."
        )
    if raw(target).dtype != raw(input).dtype:
        target = Cast.apply(target, dtype=raw(input).dtype)
    if smoothing:
        target = target * (1.0 - smoothing) + smoothing / shape[1 if len(shape) > 1 else 0]
    if weights is not None:
        target = target * weights.reshape(-1, *(1,) * (len(shape) - 2))
    scale = _scale(reduction, math.prod(losses))
    return _apply(row_functions.probability_loss, (input, target), {}, scale)


@taped
def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """Negative log-likelihood of classes: ``-input[target]`` for log-probabilities.

    Parameters
    ----------
    input : Tensor or array
        Log-probabilities of shape ``(classes,)``, ``(batch, classes)`` or
        ``(batch, classes, ...)``, such as `log_softmax` gives.
    target : Tensor or array
        Classes as integers, of the shape of `input` without its axis of classes.
    weight, ignore_index, reduction
        As for `cross_entropy`.

    Returns
    -------
    Tensor or array
        A single number, or the losses for "none".

    Raises
    ------
    ShapeError
        If the shapes do not fit or a class is out of range.
    DtypeError
        If the input is not floating-point or the classes are no integers.
    StateError
        If the reduction is none that exists.

    Examples
    --------
    >>> import lucid
    >>> lucid.nll_loss(lucid.tensor([[-0.5, -1.0]]), lucid.tensor([1]))
    Tensor(1.0)
    """
    name = "nll_loss"
    _check_reduction(reduction, name)
    input, target = operand(input, name), operand(target, name)
    losses, classes = _checked(input, name)
    weights = _class_weights(weight, classes, raw(input), name)
    _check_target(target, losses, name)
    goal = class_target(
        raw(target),
        _losses_shape(shape_of(input)),
        classes,
        weights,
        ignore_index,
        0.0,
        raw(input).dtype,
        name,
    )
    scale = _scale(reduction, goal.divisor)
    return _apply(row_functions.picked_loss, (input, *goal.values), {}, scale)


def _check_target(target: Any, losses: tuple[int, ...], name: str) -> None:
    if shape_of(target) != losses:
        raise ShapeError(
            f"{name}: target of shape {shape_of(target)}, expected {losses}: one class for each "
            "row of scores, whose classes lie along axis 1."
        )
