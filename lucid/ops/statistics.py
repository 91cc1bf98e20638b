"""Spread and length: var, std, norm."""

from __future__ import annotations

import math
from typing import Any

from lucid import kernels
from lucid.autograd.taped import taped
from lucid.autograd.variable import Variable
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.kernels.launch.fold_array import fold_array
from lucid.kernels.launch.taping import run_flat
from lucid.ops.common import Axes, raw
from lucid.ops.extreme import max, min
from lucid.ops.logical import count_nonzero
from lucid.ops.reduce import Reduction, Span, mean, mean_dtype, reduction, sum

__all__ = ["norm", "std", "var"]


class Var(Reduction):
    """The mean squared distance from the mean."""

    __slots__ = ("correction",)

    fresh = True
    warns = False

    def __init__(self, span: Span, correction: float) -> None:
        super().__init__(span)
        self.correction = correction

    def divisor(self) -> float:
        """Return the number of elements less the correction."""
        return float(self.span.elements - self.correction)

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,))
        return self.of_squares(kernels.divide, x)

    def of_squares(self, operation: Any, x: Any) -> Any:
        """Apply an operation to the sum of the squared distances, and the divisor."""
        kept = self.span.kept
        wide = mean_dtype(x.dtype)
        total = fold_array(x, kept, "add", wide)
        middle = run_flat(kernels.divide, (total, float(self.span.elements)))
        self.cache = (middle,)
        program, values = kernels.mse.bind((x, middle), {})
        (squares,) = program.fold(values, (kept,), None, None, (wide,))
        return run_flat(operation, (squares, self.divisor()), x.dtype).reshape(self.span.final)

    def middle(self, x: Any, gradient: Any) -> Any:
        """Return the mean, with its axes: a part of the graph where one is recorded."""
        if isinstance(gradient, Variable) or self.cache is None:
            return mean(x, self.span.axes, True)
        return self.cache[0]

    def backward(self, gradient: Any) -> Any:
        (x,) = self.saved
        given = gradient.reshape(self.span.kept)
        return _var_gradient(x, self.middle(x, gradient), given, 2.0 / self.divisor())


class Std(Var):
    """The square root of the variance, with gradient 0 where all elements are the same."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,), outputs=(0,))
        return self.of_squares(_root_of_mean, x)

    def backward(self, gradient: Any) -> Any:
        x, result = self.saved
        kept = self.span.kept
        middle = self.middle(x, gradient)
        given, length = gradient.reshape(kept), result.reshape(kept)
        return _std_gradient(x, middle, given, length, self.divisor())


class Norm(Reduction):
    """The Euclidean length, with gradient 0 at 0."""

    __slots__ = ()

    fresh = True
    warns = False

    def forward(self, x: Any) -> Any:
        self.save(inputs=(0,), outputs=(0,))
        program, values = kernels.square.bind((x,), {})
        (total,) = program.fold(values, (self.span.kept,), None, None, (mean_dtype(x.dtype),))
        return run_flat(kernels.sqrt, (total,), x.dtype).reshape(self.span.final)

    def backward(self, gradient: Any) -> Any:
        x, result = self.saved
        kept = self.span.kept
        return _norm_gradient(x, gradient.reshape(kept), result.reshape(kept))


@kernels.pointwise
def _root_of_mean(total: Any, count: float = 1.0) -> Any:
    return kernels.sqrt(total / count)


@kernels.pointwise
def _var_gradient(x: Any, middle: Any, gradient: Any, factor: float = 1.0) -> Any:
    return (x - middle) * (gradient * factor)


# Where a length is zero, so is each distance: the gradient is zero, whatever it is divided by.


@kernels.pointwise
def _std_gradient(x: Any, middle: Any, gradient: Any, length: Any, count: float = 1.0) -> Any:
    share = gradient / (kernels.where(length == 0, 1.0, length) * count)
    return (x - middle) * share


@kernels.pointwise
def _norm_gradient(x: Any, gradient: Any, length: Any) -> Any:
    return x * (gradient / kernels.where(length == 0, 1.0, length))


def _float_operand(x: Any, name: str) -> Any:
    if raw(x).dtype.kind != "f":
        raise DtypeError(
            f"{name}: expected floating-point numbers, got {raw(x).dtype}. Convert first: "
            "x.to('float32')."
        )
    return x


@taped
def var(
    x: Any,
    axis: Axes = None,
    keepdims: bool = False,
    *,
    correction: float = 0.0,
    dim: Axes = None,
    keepdim: bool = False,
) -> Any:
    """Variance over axes: ``sum((x - mean(x))**2) / (n - correction)``.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.
    correction : float, optional
        0 for the variance of these numbers (NumPy's default), 1 for the estimate from a sample
        (PyTorch's default).

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If an axis is out of range or named twice, or there are no more elements than `correction`.

    Examples
    --------
    >>> import lucid
    >>> lucid.var(lucid.tensor([1.0, 3.0]))
    Tensor(1.0)
    """
    x, span = reduction(x, axis, dim, keepdims or keepdim, "var")
    _check_count(x, span, correction, "var")
    return Var.apply(x, span=span, correction=correction)


def _check_count(x: Any, span: Span, correction: float, name: str) -> None:
    _float_operand(x, name)
    if span.elements <= correction:
        raise ShapeError(
            f"{name}: {span.elements} elements along axes {span.axes} of shape {span.full}, but "
            f"more than correction={correction} are needed."
        )


@taped
def std(
    x: Any,
    axis: Axes = None,
    keepdims: bool = False,
    *,
    correction: float = 0.0,
    dim: Axes = None,
    keepdim: bool = False,
) -> Any:
    """Take the standard deviation: the square root of `var`, with the same arguments.

    The gradient is 0 where all elements are the same.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If an axis is out of range or named twice, or there are no more elements than `correction`.

    Examples
    --------
    >>> import lucid
    >>> lucid.std(lucid.tensor([1.0, 5.0]))
    Tensor(2.0)
    """
    x, span = reduction(x, axis, dim, keepdims or keepdim, "std")
    _check_count(x, span, correction, "std")
    return Std.apply(x, span=span, correction=correction)


@taped
def norm(
    x: Any,
    ord: float = 2,
    axis: Axes = None,
    keepdims: bool = False,
    *,
    dim: Axes = None,
    keepdim: bool = False,
) -> Any:
    """Length of vectors: ``sum(abs(x)**ord)**(1/ord)`` over axes.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    ord : float, optional
        The order: 2 is the Euclidean length, ``inf`` the largest and ``-inf`` the smallest absolute
        value, 0 the number of elements that are not zero.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If an axis is out of range or named twice.

    Notes
    -----
    The gradient of the Euclidean length is 0 at the zero vector. The array API's
    ``linalg.vector_norm``.

    Examples
    --------
    >>> import lucid
    >>> lucid.norm(lucid.tensor([3.0, 4.0]))
    Tensor(5.0)
    """
    keep = keepdims or keepdim
    x, span = reduction(x, axis, dim, keep, "norm")
    axes = span.axes
    _float_operand(x, "norm")
    if ord == 2:
        return Norm.apply(x, span=span)
    if ord == 0:
        return count_nonzero(x, axes, keep).astype(raw(x).dtype)
    sizes = kernels.abs(x)
    if ord == 1:
        return sum(sizes, axes, keep)
    if math.isinf(ord):
        return max(sizes, axes, keep) if ord > 0 else min(sizes, axes, keep)
    return kernels.pow(sum(kernels.pow(sizes, float(ord)), axes, keep), 1.0 / ord)
