"""Index arrays on a GPU, which neither checks them nor says whose element is written last."""

from __future__ import annotations

from typing import Any

import numpy as np

from lucid.autograd.devices import device_of, host, moved

__all__ = ["assign_once", "check_bounds", "on_device"]


def on_device(key: Any, x: Any) -> Any:
    """Bring the arrays of an index to where `x` lies."""
    device = device_of(x)
    if isinstance(key, tuple):
        return tuple([moved(part, device) if hasattr(part, "ndim") else part for part in key])
    return moved(key, device) if hasattr(key, "ndim") else key


def check_bounds(key: Any, shape: tuple[int, ...]) -> None:
    """Raise if an integer array in an index names an element that is not there.

    A GPU would read another element in its place. The price is to wait for the index.

    Raises
    ------
    IndexError
        As NumPy's.
    """
    parts = key if isinstance(key, tuple) else (key,)
    taken = sum(_axes_taken(part) for part in parts)
    axis = 0
    for part in parts:
        if part is Ellipsis:
            axis += len(shape) - taken
            continue
        if hasattr(part, "ndim") and part.dtype.kind in "iu" and part.size and axis < len(shape):
            low, high = int(part.min()), int(part.max())
            if not (-shape[axis] <= low and high < shape[axis]):
                raise IndexError(
                    f"index {high if high >= shape[axis] else low} is out of bounds for axis "
                    f"{axis} with size {shape[axis]}"
                )
        axis += _axes_taken(part)


def _axes_taken(part: Any) -> int:
    if part is None or part is Ellipsis:
        return 0
    if hasattr(part, "ndim") and part.dtype.kind == "b":
        return int(part.ndim)
    return 1


def assign_once(target: Any, key: Any, value: Any, winners: Any) -> None:
    """Assign by integer arrays, where an index may name a place several times.

    The last element that comes to a place stays, as in NumPy; a GPU would let chance decide.

    Parameters
    ----------
    target : array
        What is written to.
    key : object
        The index.
    value : array or number
        What is written.
    winners : ndarray of bool
        Which elements of the place stay.
    """
    places = np.arange(target.size).reshape(target.shape)[host_key(key)]
    device = device_of(target)
    stay = moved(winners, device)
    index = tuple([moved(part, device) for part in np.unravel_index(places[winners], target.shape)])
    if getattr(value, "ndim", 0):
        value = np.broadcast_to(value, places.shape)[stay]
    target[index] = value


def host_key(key: Any) -> Any:
    """Return an index whose arrays are NumPy's."""
    if isinstance(key, tuple):
        return tuple([host(part) if hasattr(part, "ndim") else part for part in key])
    return host(key) if hasattr(key, "ndim") else key
