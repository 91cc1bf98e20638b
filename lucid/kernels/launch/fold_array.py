"""Fold an array over axes: sum, product, maximum, minimum."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from lucid.kernels.expression import trace
from lucid.kernels.launch.program import Program

__all__ = ["fold_array"]


@cache
def _identity() -> Program:
    return Program(trace(lambda x: x, "fold", ("x",), (), {}))


def fold_array(
    array: Any,
    shape: tuple[int, ...],
    fold: str = "add",
    dtype: np.dtype | None = None,
    target: str | None = None,
) -> np.ndarray:
    """Fold an array down to a shape, in which the folded axes have length 1 or are left out.

    Parameters
    ----------
    array
        An array, or what `numpy.asarray` takes.
    shape
        The shape of the result: that of the array with 1 in the place of the folded axes.
        Leading axes may be left out.
    fold
        ``"add"``, ``"multiply"``, ``"maximum"`` or ``"minimum"``.
    dtype
        The dtype of the result, to which the elements are converted first; by default NumPy's:
        sums and products of integers and bool have 64 bits.
    target
        ``"cpu"`` or ``"parallel"``; by default the one in force. Both give the same bits.

    Returns
    -------
    numpy.ndarray
        A new array.

    Raises
    ------
    ShapeError
        If the array can't be folded to the shape, or the maximum of no elements is asked for.
    DtypeError
        If the elements are not real numbers or bool.

    Notes
    -----
    See `Program.fold` for the accuracy of sums. NaN goes through.

    Examples
    --------
    >>> import numpy as np
    >>> fold_array(np.arange(6.0).reshape(2, 3), (2, 1), "maximum")
    array([[2.],
           [5.]])
    """
    dtypes = None if dtype is None else (dtype,)
    return _identity().fold((array,), (shape,), (fold,), target, dtypes)[0]
