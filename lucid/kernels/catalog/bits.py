"""Bits of integers; of bool where that is logic. They have no gradient."""

from __future__ import annotations

from typing import Any

from lucid.kernels.expression import apply
from lucid.kernels.pointwise import pointwise

__all__ = [
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
]


@pointwise
def bitwise_and(x: Any, y: Any) -> Any:
    """Bits that are set in both: ``x & y``.

    Integers and bool.
    Source: array API standard.

    >>> lucid.bitwise_and(np.array([12]), 10)
    array([8])
    """
    return apply("bitwise_and", x, y)


@pointwise
def bitwise_or(x: Any, y: Any) -> Any:
    """Bits that are set in one or both: ``x | y``.

    Integers and bool.
    Source: array API standard.

    >>> lucid.bitwise_or(np.array([12]), 10)
    array([14])
    """
    return apply("bitwise_or", x, y)


@pointwise
def bitwise_xor(x: Any, y: Any) -> Any:
    """Bits that are set in exactly one: ``x ^ y``.

    Integers and bool.
    Source: array API standard.

    >>> lucid.bitwise_xor(np.array([12]), 10)
    array([6])
    """
    return apply("bitwise_xor", x, y)


@pointwise
def bitwise_invert(x: Any) -> Any:
    """All bits flipped: ``~x``; of bool, "not".

    Integers and bool.
    Source: array API standard.

    >>> lucid.bitwise_invert(np.array([5, -1]))
    array([-6,  0])
    """
    return apply("bitwise_not", x)


@pointwise
def bitwise_left_shift(x: Any, y: Any) -> Any:
    """Bits moved to the left: ``x << y``.

    Integers. A shift by the width of the dtype or more, or by a negative count, gives 0.
    Source: NumPy, numpy.left_shift; array API standard.

    >>> lucid.bitwise_left_shift(np.array([5]), 2)
    array([20])
    """
    return apply("left_shift", x, y)


@pointwise
def bitwise_right_shift(x: Any, y: Any) -> Any:
    """Bits moved to the right: ``x >> y``; signed integers keep their sign.

    Integers. A shift by the width of the dtype or more, or by a negative count, gives 0, or -1
    for a negative number.
    Source: NumPy, numpy.right_shift; array API standard.

    >>> lucid.bitwise_right_shift(np.array([20, -20]), 2)
    array([ 5, -5])
    """
    return apply("right_shift", x, y)
