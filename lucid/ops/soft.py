"""logsumexp, softmax and log_softmax: each one kernel, stable for any finite numbers."""

from __future__ import annotations

import math
from typing import Any

from lucid.autograd.rows import RowCall
from lucid.autograd.taped import taped
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.ops import row_functions
from lucid.ops.axes import moveaxis
from lucid.ops.common import Axes, aliased, one_axis, operand, raw, reduced_axes, shape_of
from lucid.ops.shape import reshape

__all__ = ["log_softmax", "logsumexp", "softmax"]


def _floating(x: Any, name: str) -> Any:
    x = operand(x, name)
    if raw(x).dtype.kind != "f":
        raise DtypeError(
            f"{name}: expected floating-point numbers, got {raw(x).dtype}. Convert first: "
            "x.to('float32')."
        )
    return x


@taped
def logsumexp(
    x: Any, axis: Axes = None, keepdims: bool = False, *, dim: Axes = None, keepdim: bool = False
) -> Any:
    """``log(sum(exp(x)))`` over axes, without overflow.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    axis : int or tuple of int, optional
        Which axes; all where none is given. ``dim`` is the same.
    keepdims : bool, optional
        Keep the axes with length 1. ``keepdim`` is the same.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If an axis is out of range, named twice, or has no elements.

    Notes
    -----
    NaN goes through; infinity gives infinity, with NaN as its gradient; -infinity everywhere gives
    -infinity, with gradient 0.

    Examples
    --------
    >>> import lucid
    >>> lucid.logsumexp(lucid.tensor([1000.0, 1000.0]))
    Tensor(1000.6932)
    """
    x = _floating(x, "logsumexp")
    shape = shape_of(x)
    axes = reduced_axes(
        aliased(axis, dim, None, ("axis", "dim"), "logsumexp"), len(shape), "logsumexp"
    )
    _check_elements(shape, axes, "logsumexp")
    kept = keepdims or keepdim
    shown = [1 if k in axes else n for k, n in enumerate(shape) if kept or k not in axes]
    if not axes:
        return x + 0.0
    along = -1
    if len(axes) == 1:
        along = axes[0] - len(shape)
    else:
        rest = [k for k in range(len(shape)) if k not in axes]
        moved = moveaxis(x, axes, tuple(range(-len(axes), 0)))
        length = math.prod(shape[k] for k in axes)
        x = reshape(moved, (*(shape[k] for k in rest), length))
    program, values = row_functions.logsumexp.bind((x,), {})
    return RowCall.apply(*values, program=program.along(along), shown=tuple(shown))


def _check_elements(shape: tuple[int, ...], axes: tuple[int, ...], name: str) -> None:
    for axis in axes:
        if shape[axis] == 0:
            raise ShapeError(
                f"{name}: axis {axis} of shape {shape} has no elements. Check for x.size == 0 "
                "first."
            )


def _along_axis(operation: Any, x: Any, place: int) -> Any:
    program, values = operation.bind((x,), {})
    return RowCall.apply(*values, program=program.along(place - len(shape_of(x))))


def _along(x: Any, axis: int, dim: int | None, name: str) -> tuple[Any, int]:
    x = _floating(x, name)
    axis = aliased(axis, dim, -1, ("axis", "dim"), name)
    place = one_axis(axis, len(shape_of(x)), name)
    _check_elements(shape_of(x), (place,), name)
    return x, place


@taped
def softmax(x: Any, axis: int = -1, *, dim: int | None = None) -> Any:
    """``exp(x) / sum(exp(x))`` along an axis.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    axis : int, optional
        Which axis; the last one where none is given. ``dim`` is the same.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If the axis is out of range or has no elements.

    Notes
    -----
    NaN goes through to the whole axis. -infinity gives 0; where all elements are -infinity, or one
    is infinity, the result is NaN.

    Examples
    --------
    >>> import lucid
    >>> lucid.softmax(lucid.tensor([0.0, 0.0, -1000.0]))
    Tensor([0.5, 0.5, 0.0])
    """
    x, place = _along(x, axis, dim, "softmax")
    return _along_axis(row_functions.softmax, x, place)


@taped
def log_softmax(x: Any, axis: int = -1, *, dim: int | None = None) -> Any:
    """``x - log(sum(exp(x)))`` along an axis: the logarithm of `softmax`, also where that is 0.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    axis : int, optional
        Which axis; the last one where none is given. ``dim`` is the same.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If the axis is out of range or has no elements.

    Notes
    -----
    NaN and infinities as for `softmax`.

    Examples
    --------
    >>> import lucid
    >>> lucid.log_softmax(lucid.tensor([0.0, -1000.0]))
    Tensor([0.0, -1000.0])
    """
    x, place = _along(x, axis, dim, "log_softmax")
    return _along_axis(row_functions.log_softmax, x, place)
