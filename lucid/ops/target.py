"""What rows of scores are held against: classes, with their weights and with smoothing.

The loss of row ``i`` is ``-sum_j q[i, j] * log_probability[i, j]``. For classes the target ``q``
has one element a row, or two kinds of elements with smoothing, and is never written out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lucid.autograd.variable import Array
from lucid.kernels.errors import DtypeError, ShapeError
from lucid.kernels.launch.taping import recording

__all__ = ["ClassTarget", "class_target"]


@dataclass(frozen=True)
class ClassTarget:
    """Classes of rows.

    Attributes
    ----------
    values, options
        The arguments of `lucid.ops.row_functions.class_loss` that say it, behind the scores.
    divisor
        What the sum of the losses is divided by for their mean.
    """

    values: tuple[Any, ...]
    options: dict[str, Any]
    divisor: float


def class_target(
    target: Array,
    shape: tuple[int, ...],
    classes: int,
    weights: Array | None,
    ignore: int,
    smoothing: float,
    dtype: np.dtype[Any],
    name: str,
) -> ClassTarget:
    """Make the target of classes.

    Parameters
    ----------
    target : ndarray
        Integers of the shape of the losses.
    shape : tuple of int
        That shape, with 1 in the place of the axis of classes.
    classes : int
        The number of classes.
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
        If a class is out of range.
    """
    if target.dtype.kind not in "iu":
        raise DtypeError(
            f"{name}: the target's dtype is {target.dtype}, expected integers. Convert classes: "
            "target.long()."
        )
    ignored = None
    # Negative numbers are large ones without a sign.
    unsigned = target.view(np.dtype(f"u{target.itemsize}"))
    recorder = recording.recorder
    if target.size and unsigned.max() >= classes:
        if recorder is not None:
            recorder.not_again()
        ignored = target == ignore
        wrong = target[(unsigned >= classes) & ~ignored]
        if wrong.size:
            raise ShapeError(
                f"{name}: class {wrong[0]} in the target, but the scores have {classes} classes. "
                f"Use integers from 0 to {classes - 1}, or ignore_index={ignore} for what is to be "
                "left out."
            )
        target = np.where(ignored, 0, target)
    elif 0 <= ignore < classes:
        ignored = target == ignore
    # Comparisons with a position take half the time in 32 bits.
    values = [target.astype(np.int32).reshape(shape)]
    if recorder is not None:
        recorder.checked(target, values[0], classes)
    options: dict[str, Any] = {}
    counted = None
    if ignored is not None:
        counted = (~ignored).astype(dtype)
    factors = counted
    if weights is not None:
        factors = weights[target]
        factors = factors if counted is None else factors * counted
    if factors is not None:
        values.append(factors.reshape(shape))
    if smoothing:
        options["kept"] = 1.0 - smoothing
        options["spread"] = smoothing / classes
        if weights is not None:
            options["spread"] = weights * options["spread"]
        if counted is not None:
            options["counted"] = counted.reshape(shape)
    divisor = target.size if factors is None else float(factors.sum())
    return ClassTarget(tuple(values), options, divisor)
