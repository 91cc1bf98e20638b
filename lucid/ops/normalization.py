"""layer_norm and rms_norm: each one node and one kernel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.rows import RowCall
from lucid.autograd.taped import taped
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.ops import row_functions
from lucid.ops.common import operand, raw, shape_of
from lucid.ops.shape import reshape

__all__ = ["layer_norm", "rms_norm"]


def _prepared(
    name: str, x: Any, normalized_shape: int | Sequence[int], parameters: dict[str, Any]
) -> tuple[Any, tuple[int, ...]]:
    """Check the arguments of a normalisation; return the operand and its last axes' lengths."""
    x = operand(x, name)
    shape = shape_of(x)
    tail = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if raw(x).dtype.kind != "f":
        raise DtypeError(
            f"{name}: expected floating-point numbers, got {raw(x).dtype}. Convert first: "
            "x.to('float32')."
        )
    if not tail or shape[len(shape) - len(tail) :] != tail:
        raise ShapeError(
            f"{name}: input of shape {shape} does not end in normalized_shape={tail}. Pass the "
            "lengths of its last axes."
        )
    for key, value in parameters.items():
        if value is not None and shape_of(value) != tail:
            raise ShapeError(
                f"{name}: {key} of shape {shape_of(value)}; expected {tail}, the normalized_shape."
            )
    return x, tail


#: The programs by which parameters are given: binding arguments takes longer than a small kernel.
_programs: dict[Any, Any] = {}


def _over_rows(
    operation: Any, x: Any, tail: tuple[int, ...], parameters: dict[str, Any], eps: float
) -> Any:
    """Apply an operation to rows that hold the last axes."""
    shape = shape_of(x)
    if len(tail) > 1:
        x = reshape(x, (*shape[: len(shape) - len(tail)], math.prod(tail)))
        parameters = {
            key: value if value is None else reshape(value, (-1,))
            for key, value in parameters.items()
        }
    given = [value for value in parameters.values() if value is not None]
    key = (operation, *[value is None for value in parameters.values()])
    program = _programs.get(key)
    if program is None:
        program = _programs[key] = operation.bind((x,), {**parameters, "eps": eps})[0]
    shown = shape if len(tail) > 1 else None
    return RowCall.apply(x, *given, float(eps), program=program, shown=shown)


@taped
def layer_norm(
    x: Any,
    normalized_shape: int | Sequence[int],
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
) -> Any:
    """Normalise over the last axes: ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    normalized_shape : int or tuple of int
        The lengths of the last axes, those over which mean and variance are taken.
    weight, bias : Tensor or array, optional
        Of shape `normalized_shape`.
    eps : float, optional
        Added to the variance, so that equal elements divide by no zero.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If the shapes do not fit.

    Notes
    -----
    NaN goes through to all elements that are normalised together. Ba, Kiros and Hinton, "Layer
    Normalization", 2016.

    Examples
    --------
    >>> import lucid
    >>> lucid.layer_norm(lucid.tensor([[1.0, 3.0]]), 2, eps=0.0)
    Tensor([[-1.0, 1.0]])
    """
    parameters = {"weight": weight, "bias": bias}
    x, tail = _prepared("layer_norm", x, normalized_shape, parameters)
    return _over_rows(row_functions.layer_norm, x, tail, parameters, eps)


@taped
def rms_norm(
    x: Any, normalized_shape: int | Sequence[int], weight: Any = None, eps: float | None = None
) -> Any:
    """Divide by the root mean square over the last axes: ``x / sqrt(mean(x**2) + eps) * weight``.

    Parameters
    ----------
    x : Tensor or array
        Floating-point numbers.
    normalized_shape : int or tuple of int
        The lengths of the last axes, those over which the mean is taken.
    weight : Tensor or array, optional
        Of shape `normalized_shape`.
    eps : float, optional
        Added to the mean square; by default the machine epsilon of the dtype.

    Raises
    ------
    DtypeError
        If the dtype is not a floating-point one.
    ShapeError
        If the shapes do not fit.

    Notes
    -----
    NaN goes through to all elements that are normalised together. Zhang and Sennrich, "Root Mean
    Square Layer Normalization", 2019.

    Examples
    --------
    >>> import lucid
    >>> lucid.rms_norm(lucid.tensor([[3.0, -3.0]]), 2, eps=0.0)
    Tensor([[1.0, -1.0]])
    """
    parameters = {"weight": weight}
    x, tail = _prepared("rms_norm", x, normalized_shape, parameters)
    if eps is None:
        eps = float(np.finfo(raw(x).dtype).eps)
    return _over_rows(row_functions.rms_norm, x, tail, parameters, eps)
