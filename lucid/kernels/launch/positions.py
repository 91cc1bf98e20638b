"""The flat index of every element, as an operand of kernels that draw random numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from lucid.kernels.targets.cuda import is_device_array, to_device

__all__ = ["positions"]


@cache
def _at_least(size: int) -> np.ndarray:
    dtype = np.uint32 if size <= 2**32 else np.uint64
    array = np.arange(size, dtype=dtype)
    array.flags.writeable = False
    return array


@cache
def _at_least_on_device(size: int) -> Any:
    return to_device(_at_least(size))


def positions(shape: int | Sequence[int], like: Any = None) -> Any:
    """Return the flat index of every element of an array of a shape, read-only.

    Parameters
    ----------
    shape
        A shape, or the length of one axis.
    like
        An array of the device on which they are wanted; by default they lie on the CPU.

    Returns
    -------
    numpy.ndarray or cupy.ndarray
        A view of an array that is kept for later calls.

    Examples
    --------
    >>> from lucid.kernels import positions
    >>> positions((2, 3))
    array([[0, 1, 2],
           [3, 4, 5]], dtype=uint32)
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    count = math.prod(sizes)
    # Powers of two: a handful of arrays serves all shapes.
    kept = _at_least_on_device if is_device_array(like) else _at_least
    return kept(1 << max(count - 1, 0).bit_length())[:count].reshape(sizes)
