"""cross_entropy and nll_loss: each one node, from the scores to the reduced loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.function import Function
from lucid.autograd.variable import Array, Variable
from lucid.kernels.errors import DtypeError, ShapeError, StateError
from lucid.ops.axes import moveaxis
from lucid.ops.common import operand, raw, shape_of
from lucid.ops.shape import reshape
from lucid.ops.soft import log_softmax, shifted, softmax
from lucid.ops.target import Target, class_target, probability_target

__all__ = ["cross_entropy", "nll_loss"]


class CrossEntropy(Function):
    """``-sum(target * log_softmax(x))`` for rows of scores, reduced."""

    __slots__ = ("reduction", "rule")

    def __init__(self, rule: Target, reduction: str) -> None:
        self.rule = rule
        self.reduction = reduction

    @property
    def name(self) -> str:
        return "cross_entropy"

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,))
        rest, _ = shifted(x, (1,))
        powers = np.exp(rest)
        total = np.add.reduce(powers, axis=1, keepdims=True)
        if self.needs[0]:
            self.cache = np.divide(powers, total, out=powers)
        losses = self.rule.losses(rest, np.log(total))
        return self.rule.reduce(losses, self.reduction)

    def backward(self, gradient: Any) -> Any:
        (x,) = self.saved
        rule = self.rule
        share = rule.share(gradient, self.reduction)
        if isinstance(x, Variable):
            return (softmax(x) * rule.row_weights() - rule.dense(x._data.dtype)) * share
        result = self.cache * (share if rule.plain else rule.row_weights() * share)
        rule.subtract(result, share)
        return result


class NLL(Function):
    """``-sum(target * x)`` for rows of log-probabilities, reduced."""

    __slots__ = ("meta", "reduction", "rule")

    def __init__(self, rule: Target, reduction: str) -> None:
        self.rule = rule
        self.reduction = reduction

    @property
    def name(self) -> str:
        return "nll_loss"

    def forward(self, x: Any) -> Any:
        self.meta = (x.shape, x.dtype)
        return self.rule.reduce(self.rule.losses(x, None), self.reduction)

    def backward(self, gradient: Any) -> Any:
        share = self.rule.share(gradient, self.reduction)
        shape, dtype = self.meta
        if isinstance(share, Variable):
            return share * -self.rule.dense(dtype)
        result = np.zeros(shape, dtype)
        self.rule.subtract(result, share)
        return result


def _rows(x: Any, name: str) -> tuple[Any, tuple[int, ...]]:
    """Bring scores to rows of classes; say which shape the losses have without reduction."""
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
    if len(shape) == 2:
        return x, shape[:1]
    if len(shape) == 1:
        return reshape(x, (1, *shape)), ()
    last = moveaxis(x, 1, -1)
    return reshape(last, (-1, shape[1])), (shape[0], *shape[2:])


def _check_reduction(reduction: str, name: str) -> None:
    if reduction not in ("mean", "sum", "none"):
        raise StateError(
            f"{name}: reduction={reduction!r} is unknown. Use 'mean', 'sum' or 'none'."
        )


def _class_weights(weight: Any, classes: int, dtype: np.dtype[Any], name: str) -> Array | None:
    if weight is None:
        return None
    array = np.asarray(raw(operand(weight, name)), dtype)
    if array.shape != (classes,):
        raise ShapeError(
            f"{name}: weight of shape {array.shape} for {classes} classes. Expected ({classes},)."
        )
    return array


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
    rows, shape = _rows(input, name)
    classes = shape_of(rows)[1]
    weights = _class_weights(weight, classes, raw(input).dtype, name)
    if raw(target).dtype.kind == "f":
        if shape_of(target) != shape_of(input):
            raise ShapeError(
                f"{name}: probabilities of shape {shape_of(target)} for scores of shape "
                f"{shape_of(input)}. Both must be the same; for classes, pass integers."
            )
        goal, _ = _rows(target, name)
        if isinstance(goal, Variable) and (goal._node is not None or goal._leaf):
            return _soft(rows, goal, weights, label_smoothing, reduction, shape)
        rule = probability_target(raw(goal), weights, label_smoothing)
    else:
        rule = class_target(
            raw(target),
            shape,
            shape_of(rows),
            weights,
            ignore_index,
            label_smoothing,
            raw(input).dtype,
            name,
        )
    result = CrossEntropy.apply(rows, rule=rule, reduction=reduction)
    return reshape(result, shape) if reduction == "none" else result


def _soft(
    rows: Any,
    goal: Any,
    weights: Array | None,
    smoothing: float,
    reduction: str,
    shape: tuple[int, ...],
) -> Any:
    """Compute the same from simpler operations, where the probabilities want a gradient too."""
    classes = shape_of(rows)[1]
    mixed = goal * (1.0 - smoothing) + smoothing / classes
    terms = log_softmax(rows) * mixed
    if weights is not None:
        terms = terms * weights
    losses = -terms.sum(1)
    if reduction == "none":
        return reshape(losses, shape)
    return losses.mean() if reduction == "mean" else losses.sum()


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
    input = operand(input, name)
    rows, shape = _rows(input, name)
    weights = _class_weights(weight, shape_of(rows)[1], raw(input).dtype, name)
    rule = class_target(
        raw(operand(target, name)),
        shape,
        shape_of(rows),
        weights,
        ignore_index,
        0.0,
        raw(input).dtype,
        name,
    )
    result = NLL.apply(rows, rule=rule, reduction=reduction)
    return reshape(result, shape) if reduction == "none" else result
