"""Running folds and recurrences on a GPU, from operations of its array module.

Each element joins the one 1, 2, 4 ... places before it, so that after a few rounds it has met all
(W. D. Hillis and G. L. Steele, "Data Parallel Algorithms", 1986). Sums and products are the array
module's own.
"""

from __future__ import annotations

from typing import Any

from lucid.autograd.devices import namespace_of

__all__ = ["recur", "running", "running_places"]


def _turned(x: Any, axis: int) -> Any:
    return x[(slice(None),) * axis + (slice(None, None, -1),)]


def running(x: Any, axis: int, fold: str, *, backwards: bool = False) -> Any:
    """As `lucid.kernels.launch.scans.running`."""
    if backwards:
        return _turned(running(_turned(x, axis), axis, fold), axis).copy()
    if fold in ("maximum", "minimum"):
        return _rounds(x, axis, getattr(namespace_of(x), fold))
    return x.cumsum(axis) if fold == "add" else x.cumprod(axis)


def running_places(x: Any, axis: int, fold: str) -> tuple[Any, Any]:
    """As `lucid.kernels.launch.scans.running_places`."""
    module = namespace_of(x)
    values = running(x, axis, fold)
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    numbers = module.arange(x.shape[axis]).reshape(shape)
    found = module.where((x == values) | (x != x), numbers, 0)
    return values, _rounds(found, axis, module.maximum)


def _rounds(x: Any, axis: int, join: Any) -> Any:
    before = (slice(None),) * axis
    made, distance = x.copy(), 1
    while distance < x.shape[axis]:
        here, there = (*before, slice(distance, None)), (*before, slice(None, -distance))
        joined = made.copy()
        joined[here] = join(made[there], made[here])
        made, distance = joined, 2 * distance
    return made


def recur(decay: Any, value: Any, axis: int, *, backwards: bool = False) -> Any:
    """As `lucid.kernels.launch.scans.recur`."""
    if backwards:
        return _turned(recur(_turned(decay, axis), _turned(value, axis), axis), axis).copy()
    module = namespace_of(value)
    before = (slice(None),) * axis
    factor, made, distance = decay.copy(), value.copy(), 1
    while distance < value.shape[axis]:
        here, there = (*before, slice(distance, None)), (*before, slice(None, -distance))
        joined, product = made.copy(), factor.copy()
        kept = factor[here] != 0
        joined[here] += module.where(kept, factor[here] * made[there], 0)
        product[here] = module.where(kept, factor[here] * factor[there], 0)
        made, factor, distance = joined, product, 2 * distance
    return made
