"""Comparison of arrays: in units of the last place, or within a tolerance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lucid.autograd.devices import as_data, host
from lucid.autograd.variable import Variable

__all__ = ["assert_close", "assert_same", "assert_ulp", "ulp_distance"]

_WORDS: dict[int, Any] = {2: np.int16, 4: np.int32, 8: np.int64}


def _array(data: Any) -> np.ndarray:
    return host(data._data) if isinstance(data, Variable) else host(as_data(data))


def ulp_distance(actual: Any, expected: Any) -> np.ndarray:
    """Return the number of floats between two arrays, element by element.

    Parameters
    ----------
    actual, expected
        Arrays or tensors of one floating dtype.

    Returns
    -------
    numpy.ndarray
        float64: 0 where both are equal or NaN, inf where only one is NaN. Zeros of opposite sign
        are 0 apart.

    Raises
    ------
    TypeError
        If the dtypes differ or are not floating.

    Examples
    --------
    >>> import numpy as np
    >>> from lucid.testing import ulp_distance
    >>> ulp_distance(np.float32([1.0, 2.0]), np.nextafter(np.float32([1.0, 2.0]), np.float32(9)))
    array([1., 1.])
    """
    a, b = _array(actual), _array(expected)
    if a.dtype != b.dtype or a.dtype.itemsize not in _WORDS or a.dtype.kind in "biu":
        raise TypeError(
            f"got the dtypes {a.dtype} and {b.dtype}; expected one floating dtype for both. "
            "Convert one with astype"
        )
    word = _WORDS[a.dtype.itemsize]
    least = -(1 << (8 * a.dtype.itemsize - 1))

    def place(x: np.ndarray) -> np.ndarray:
        """Return the number of each float, counted from 0.0."""
        bits = np.ascontiguousarray(x).view(word)
        # Python's integers: the numbers of float64 do not fit int64 when they are subtracted.
        return np.asarray(np.where(bits < 0, least - bits.astype(object), bits.astype(object)))

    distance = np.abs(place(a) - place(b)).astype(np.float64)
    missing = np.isnan(a) | np.isnan(b)
    return np.where(missing, np.where(np.isnan(a) & np.isnan(b), 0.0, np.inf), distance)


def _describe(
    what: str,
    where: np.ndarray,
    badness: np.ndarray,
    actual: np.ndarray,
    expected: np.ndarray,
    inputs: Mapping[str, Any] | Sequence[Any] | None,
    unit: str,
) -> str:
    """Return a text that names the worst element."""
    flat = int(np.argmax(np.where(where, badness, -1.0)))
    index = tuple(int(i) for i in np.unravel_index(flat, actual.shape))
    lines = [
        f"{what}: {int(where.sum())} of {where.size} elements differ; "
        f"the worst{f' at {index}' if index else ''} by {badness[index]:.4g} {unit}",
        f"  actual   {_number(actual[index])}",
        f"  expected {_number(expected[index])}",
    ]
    named = inputs.items() if isinstance(inputs, Mapping) else enumerate(inputs or ())
    for name, data in named:
        array = _array(data)
        element = np.broadcast_to(array, actual.shape)[index]
        label = name if isinstance(name, str) else f"input {name}"
        lines.append(f"  {label} = {_number(element)} ({array.dtype}, shape {array.shape})")
    return "\n".join(lines)


def _number(value: Any) -> str:
    number = value.item() if hasattr(value, "item") else value
    return f"{number!r} = {number.hex()}" if isinstance(number, float) else repr(number)


def _check_alike(what: str, a: np.ndarray, b: np.ndarray) -> None:
    if a.shape != b.shape or a.dtype != b.dtype:
        raise AssertionError(
            f"{what}: got {a.dtype} of shape {a.shape}, expected {b.dtype} of shape {b.shape}"
        )


def assert_ulp(
    actual: Any,
    expected: Any,
    maximum: float = 1.0,
    *,
    inputs: Mapping[str, Any] | Sequence[Any] | None = None,
    what: str = "result",
) -> None:
    """Assert that two arrays differ by at most ``maximum`` units in the last place.

    Parameters
    ----------
    actual, expected
        Arrays or tensors of one floating dtype and shape. NaN equals NaN alone.
    maximum
        How many floats may lie between the two values, plus one.
    inputs
        What the result was computed from, for the message: by name, or in order.
    what
        The name of the result, for the message.

    Raises
    ------
    AssertionError
        Naming the worst element, its inputs and both values.

    Examples
    --------
    >>> import numpy as np
    >>> from lucid.testing import assert_ulp
    >>> assert_ulp(np.exp(np.float32([1.0])), np.float32([2.7182817]), 1)
    """
    a, b = _array(actual), _array(expected)
    _check_alike(what, a, b)
    distance = ulp_distance(a, b)
    wrong = distance > maximum
    if wrong.any():
        raise AssertionError(
            _describe(what, wrong, distance, a, b, inputs, f"ulp (allowed: {maximum:g})")
        )


def assert_close(
    actual: Any,
    expected: Any,
    rtol: float = 1e-7,
    atol: float = 0.0,
    *,
    inputs: Mapping[str, Any] | Sequence[Any] | None = None,
    what: str = "result",
) -> None:
    """Assert that ``abs(actual - expected) <= atol + rtol * abs(expected)``.

    Parameters
    ----------
    actual, expected
        Arrays or tensors of one shape; the dtypes may differ. NaN equals NaN alone, an infinity
        the same infinity alone.
    rtol, atol
        The relative and the absolute tolerance.
    inputs
        What the result was computed from, for the message: by name, or in order.
    what
        The name of the result, for the message.

    Raises
    ------
    AssertionError
        Naming the worst element, its inputs and both values.

    Examples
    --------
    >>> import numpy as np
    >>> from lucid.testing import assert_close
    >>> assert_close(np.float32([0.1]), [0.1], rtol=1e-6)
    """
    a, b = _array(actual), _array(expected)
    if a.shape != b.shape:
        raise AssertionError(f"{what}: got the shape {a.shape}, expected {b.shape}")
    with np.errstate(all="ignore"):
        wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
        same = (wide_a == wide_b) | (np.isnan(wide_a) & np.isnan(wide_b))
        distance = np.where(same, 0.0, np.abs(wide_a - wide_b))
        wrong = ~same & ~(np.isfinite(wide_b) & (distance <= atol + rtol * np.abs(wide_b)))
    distance = np.where(np.isnan(distance), np.inf, distance)
    if wrong.any():
        raise AssertionError(
            _describe(what, wrong, distance, a, b, inputs, f"(rtol {rtol:g}, atol {atol:g})")
        )


def assert_same(
    actual: Any,
    expected: Any,
    *,
    inputs: Mapping[str, Any] | Sequence[Any] | None = None,
    what: str = "result",
) -> None:
    """Assert that two arrays have the same dtype, shape and bits; any NaN equals any other.

    Raises
    ------
    AssertionError
        Naming the first element that differs, its inputs and both values.

    Examples
    --------
    >>> import numpy as np
    >>> from lucid.testing import assert_same
    >>> assert_same(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
    """
    a, b = _array(actual), _array(expected)
    _check_alike(what, a, b)
    wrong = a != b
    if a.dtype.kind not in "biu":
        wrong = (wrong & ~(np.isnan(a) & np.isnan(b))) | (
            (np.signbit(a) != np.signbit(b)) & ~np.isnan(a)
        )
    if wrong.any():
        raise AssertionError(
            _describe(what, wrong, wrong.astype(np.float64), a, b, inputs, "(bits)")
        )
