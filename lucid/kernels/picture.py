"""The picture of an operation: the function, its derivative, and its kinks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.kernels.errors import GraphError, LucidError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lucid.kernels.pointwise import Pointwise

__all__ = ["plot"]

#: Colours that stay apart for colour-blind readers, on paper too.
_FUNCTION, _DERIVATIVE, _KINK = "#1f77b4", "#d95f02", "#7f7f7f"
#: Values of the other array arguments: one line for each.
_OTHERS = (-1.0, 0.5, 2.0)


def plot(
    operation: Pointwise,
    low: float | None = None,
    high: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Figure:
    """Draw an operation as a function of its first argument, and its derivative by it.

    Parameters
    ----------
    operation
        The operation.
    low, high
        The interval; by default the operation's domain, cut to [-5, 5].
    options
        Static options and scalars of the operation.

    Returns
    -------
    matplotlib.figure.Figure
        With one line for each of three values of a second array argument; ``savefig`` writes it.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    LucidError
        If the operation is defined for integers alone, or the interval is empty.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise ImportError(
            "drawing an operation needs matplotlib, which is not installed. Install it with: "
            'pip install "lucid-kernels[cli]"'
        ) from None
    bottom, top = operation.domain[0] or (-math.inf, math.inf)
    left = max(bottom, -5.0) if low is None else low
    right = min(top, max(5.0, left + 5.0)) if high is None else high
    if not left < right:
        raise LucidError(f"the interval [{left}, {right}] is empty; give low < high")
    x = np.linspace(left, right, 1601)
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.add_subplot()
    several = len(operation.arrays) > 1
    lines, slopes = [], []
    for number, rest in enumerate(_others(operation)):
        arrays = (x, *rest)
        # What a computer algebra system would draw: no line across a jump.
        style = ("-", "--", ":")[number]
        label = f", {operation.arrays[1]} = {rest[0]:g}" if several else ""
        value = _first(operation(*arrays, **(options or {})))
        lines.append(_broken(value))
        axes.plot(x, lines[-1], style, color=_FUNCTION, label=f"{operation.name}{label}")
        slope = _slope(operation, arrays, options or {})
        if slope is not None:
            name = f"derivative{label}"
            slopes.append(_broken(slope))
            axes.plot(x, slopes[-1], style, color=_DERIVATIVE, label=name, linewidth=1.2)
    for kink in operation.kinks:
        if left <= kink <= right:
            axes.axvline(kink, color=_KINK, linewidth=0.8, linestyle=(0, (2, 3)))
            axes.annotate(
                "kink",
                (kink, 1.0),
                xycoords=("data", "axes fraction"),
                fontsize=8,
                color=_KINK,
                ha="left",
                va="top",
            )
    axes.axhline(0.0, color="#cccccc", linewidth=0.8, zorder=0)
    axes.set_xlim(left, right)
    axes.set_ylim(*_limits(lines, slopes))
    axes.set_xlabel(operation.arrays[0])
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    return figure


def _others(operation: Pointwise) -> list[tuple[float, ...]]:
    """Return the values of the arguments after the first, moved into their domains."""
    bounds = [domain or (-math.inf, math.inf) for domain in operation.domain[1:]]

    def inside(value: float, domain: tuple[float, float]) -> float:
        low, high = domain
        if low <= value <= high:
            return value
        if math.isfinite(low) and math.isfinite(high):
            # The three values in their order, spread over the domain.
            return low + (high - low) * (0.25 + 0.25 * _OTHERS.index(value))
        return low + abs(value) if math.isfinite(low) else high - abs(value)

    rows = [tuple(inside(value, domain) for domain in bounds) for value in _OTHERS]
    return rows if bounds else [()]


def _first(results: Any) -> np.ndarray:
    return np.asarray(results[0] if isinstance(results, tuple) else results, np.float64)


def _slope(
    operation: Pointwise, arrays: tuple[Any, ...], options: Mapping[str, Any]
) -> np.ndarray | None:
    try:
        found = _first(operation.derivative(*arrays, **options))
    except GraphError:
        return None
    return np.broadcast_to(found, arrays[0].shape)


def _spread(y: np.ndarray) -> tuple[float, float]:
    """Return where most of the values lie; poles are not most."""
    finite = y[np.isfinite(y)]
    return tuple(np.quantile(finite, [0.05, 0.95])) if finite.size else (0.0, 0.0)


def _broken(y: np.ndarray) -> np.ndarray:
    """Return the values with a gap where they jump."""
    y = np.where(np.isfinite(y), y, np.nan)
    steps = np.abs(np.diff(y))
    usual = np.nanmedian(steps) if np.isfinite(steps).any() else 0.0
    low, high = _spread(y)
    y[1:][steps > max(50 * usual, 0.05 * (high - low), 1e-12)] = np.nan
    return y


def _limits(lines: list[np.ndarray], slopes: list[np.ndarray]) -> tuple[float, float]:
    """Return limits for the function that show all of it, unless it goes to infinity."""
    low, high = _spread(np.concatenate(lines))
    room = max(high - low, 0.5)
    values = np.concatenate([*lines, *slopes])
    values = values[np.isfinite(values)]
    if not values.size:
        return -1.0, 1.0
    bottom, top = max(low - room, values.min()), min(high + room, values.max())
    margin = 0.06 * max(top - bottom, 0.5)
    return bottom - margin, top + margin
