"""Drawing an operation with Matplotlib, which is loaded here and nowhere else in the kernels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.kernels.errors import MissingExtraError
from lucid.kernels.plotting.curve import Curve, limits
from lucid.kernels.plotting.line import Line

if TYPE_CHECKING:
    from lucid.kernels.pointwise import Pointwise

__all__ = ["plot"]

_POINTS = 401
#: Colours that stay apart for colour-blind readers: of each output, of a single one's derivative.
_COLORS = ("#1f5fa8", "#2a8c5a", "#7b4fa3", "#8a6d1a")
_SLOPE = "#d95f0e"
_INK, _QUIET, _FAINT = "#333333", "#999999", "#dddddd"
_DOTTED = {"color": _QUIET, "linewidth": 0.8, "linestyle": (0, (2, 3))}
_DOT = {"linestyle": "none", "marker": "o", "markersize": 6.0, "markeredgecolor": "white"}


def plot(
    operation: Pointwise,
    ax: Any,
    interval: tuple[float, float] | None,
    options: Mapping[str, Any],
) -> Any:
    """Draw an operation and its derivative; see ``Pointwise.plot``."""
    line = Line(operation, options)
    left, right = _check(operation.name, interval) if interval is not None else line.interval
    # What is stated holds for the defaults alone.
    stated = () if options else tuple(float(kink) for kink in operation.kinks)
    x = _points(left, right, stated)
    curves, slopes = _curves(line, x)
    if ax is None:
        ax = _fresh_axes()
    low, high = limits(curves, [slope for slope in slopes if slope is not None])
    inside = [kink for kink in stated if left < kink < right]
    kinks: set[float] = set()
    jumps: set[float] = set()
    for index, (curve, slope) in enumerate(zip(curves, slopes, strict=True)):
        color = _COLORS[index % len(_COLORS)]
        name = operation.name if len(curves) == 1 else f"output {index}"
        ax.plot(*curve.points(high - low), color=color, linewidth=2.2, label=name, zorder=3)
        jumps |= {jump.at for jump in curve.jumps}
        places = {*inside, *(jump.at for jump in curve.jumps)}
        if slope is not None:
            places |= {jump.at for jump in slope.jumps}
            style = {"color": color, "linestyle": "--"} if len(curves) > 1 else {"color": _SLOPE}
            name = "derivative" if len(curves) == 1 else f"derivative {index}"
            ax.plot(*slope.points(high - low), linewidth=1.7, label=name, zorder=2, **style)
        at = np.array(sorted(place for place in places if left < place < right))
        if len(at):
            kinks |= set(at.tolist())
            if slope is not None and len(curves) == 1:
                ax.plot(at, slope.function(at), markerfacecolor=_SLOPE, zorder=4, **_DOT)
            ax.plot(at, curve.function(at), markerfacecolor=color, zorder=5, **_DOT)
    _rule(ax, sorted(kinks - jumps), "kink")
    _rule(ax, sorted(kinks & jumps), "jump")
    _dress(ax, operation, line, options)
    margin = 0.03 * (right - left)
    ax.set_xlim(left - margin, right + margin)
    ax.set_ylim(low, high)
    return ax


def _check(name: str, interval: tuple[float, float]) -> tuple[float, float]:
    left, right = (float(end) for end in interval)
    if not (math.isfinite(left) and math.isfinite(right) and left < right):
        raise ValueError(
            f"{name}: interval=({left:g}, {right:g}); give two finite numbers, the lower one first"
        )
    return left, right


def _points(left: float, right: float, kinks: tuple[float, ...]) -> np.ndarray:
    """Return even points, more near the ends, where poles and steep roots are, and the kinks."""
    even = np.linspace(left, right, _POINTS)
    near = (even[1] - left) * 2.0 ** -np.arange(1, 36)
    inside = [kink for kink in kinks if left < kink < right]
    return np.unique(np.concatenate([even, left + near, right - near, inside]))


def _curves(line: Line, x: np.ndarray) -> tuple[list[Curve], list[Curve | None]]:
    def part(function: Callable[[np.ndarray], Any], index: int) -> Any:
        return lambda at: function(at)[index]

    curves = [Curve(part(line.values, k), x, y) for k, y in enumerate(line.values(x))]
    slopes = [
        None if y is None else Curve(part(line.derivatives, k), x, y)
        for k, y in enumerate(line.derivatives(x))
    ]
    return curves, slopes


def _fresh_axes() -> Any:
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise MissingExtraError(
            "drawing operations needs the package 'matplotlib', which is not installed. "
            'Install it with: pip install "lucid-kernels[cli]"'
        ) from None
    return pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")[1]


def _rule(ax: Any, places: list[float], word: str) -> None:
    """Draw a vertical line at each place, and name them in the legend if they are few."""
    for place in places:
        ax.axvline(place, zorder=1, **_DOTTED)
    if 1 <= len(places) <= 4:
        plural = "s" if len(places) > 1 else ""
        ax.plot([], [], label=f"{word}{plural} at {', '.join(map(_text, places))}", **_DOTTED)


def _text(value: Any) -> str:
    if isinstance(value, (bool, str)):
        return repr(value)
    return f"{float(value):.5g}".replace("-", "\N{MINUS SIGN}")


def _dress(ax: Any, operation: Pointwise, line: Line, options: Mapping[str, Any]) -> None:
    """Add title, legend and grid."""
    given = {**options, **line.held}
    arguments = [
        f"{name}={_text(given[name])}" if name in given else name
        for name in operation.signature.parameters
        if name in given or name in operation.arrays
    ]
    title = f"{operation.name}({', '.join(arguments)})"
    if len(ax.get_legend_handles_labels()[1]) <= 4:
        place = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": 4, "frameon": False}
    else:
        place = {"loc": "best", "framealpha": 0.9, "edgecolor": "none"}
    ax.set_title(
        title,
        loc="left",
        pad=24.0 if "ncols" in place else 8.0,
        fontsize=12.0,
        fontweight="bold",
        color=_INK,
    )
    ax.legend(
        borderaxespad=0.2,
        borderpad=0.0,
        columnspacing=1.4,
        handlelength=1.5,
        fontsize=9.5,
        labelcolor=_INK,
        **place,
    )
    ax.set_xlabel(line.varied, color=_INK)
    ax.grid(color=_FAINT, linewidth=0.6)
    ax.axhline(0.0, color="#aaaaaa", linewidth=0.8, zorder=1)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left", "bottom"]].set_visible(False)
    ax.tick_params(length=0, colors="#555555", labelsize=9.0)
