"""Drawing an operation with Matplotlib, which is loaded here and nowhere else in the kernels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.kernels.errors import MissingExtraError
from lucid.kernels.plotting.jumps import Jump, connect, find_jumps
from lucid.kernels.plotting.line import Line

if TYPE_CHECKING:
    from lucid.kernels.pointwise import Pointwise

__all__ = ["plot"]

_POINTS = 401
#: A colour for each output; the derivative of a single output has one of its own.
_COLORS = ("#1f5fa8", "#2a8c5a", "#7b4fa3", "#8a6d1a")
_SLOPE = "#d95f0e"
_INK, _FAINT = "#333333", "#dddddd"


def plot(
    operation: Pointwise,
    ax: Any,
    interval: tuple[float, float] | None,
    options: Mapping[str, Any],
) -> Any:
    """Draw an operation and its derivative; see ``Pointwise.plot``."""
    line = Line(operation, options)
    left, right = _check(operation.name, interval) if interval is not None else line.interval
    if ax is None:
        ax = _fresh_axes()
    even = np.linspace(left, right, _POINTS)
    stated = operation.kinks if not options else ()
    x = _refine(even, [float(kink) for kink in stated])
    single = line.outputs == 1
    shown: list[np.ndarray] = []
    kinks: set[float] = set()
    slopes = line.derivatives(x)
    for index, values in enumerate(line.values(x)):
        color = _COLORS[index % len(_COLORS)]
        label = operation.name if single else f"output {index}"
        jumps = find_jumps(lambda at, k=index: line.values(at)[k], x, values)
        _draw(ax, x, values, jumps, color=color, linewidth=2.2, label=label, zorder=3)
        shown.append(np.interp(even, x, values))
        marks = {jump.at for jump in jumps if not jump.pole}
        slope = slopes[index]
        if slope is not None:
            turns = find_jumps(partial(_slope, line, index), x, slope)
            style = {"color": _SLOPE} if single else {"color": color, "linestyle": "--"}
            name = "derivative" if single else f"derivative {index}"
            _draw(ax, x, slope, turns, linewidth=1.7, label=name, zorder=2, **style)
            shown.append(np.interp(even, x, slope))
            marks |= {turn.at for turn in turns if not turn.pole}
        if single:
            marks |= {float(kink) for kink in stated}
        marks = {mark for mark in marks if left < mark < right}
        _mark(ax, line, index, sorted(marks), color, None if slope is None else _SLOPE)
        kinks |= marks
    _dress(ax, operation, line, options, sorted(kinks))
    ax.set_xlim(*_margin(left, right))
    ax.set_ylim(*_limits(shown))
    return ax


def _slope(line: Line, index: int, x: np.ndarray) -> np.ndarray:
    found = line.derivatives(x)[index]
    assert found is not None, "asked only of outputs that have one"
    return found


def _check(name: str, interval: tuple[float, float]) -> tuple[float, float]:
    left, right = (float(end) for end in interval)
    if not (math.isfinite(left) and math.isfinite(right) and left < right):
        raise ValueError(
            f"{name}: interval=({left:g}, {right:g}); give two finite numbers, the lower one first"
        )
    return left, right


def _fresh_axes() -> Any:
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise MissingExtraError(
            "drawing operations needs the package 'matplotlib', which is not installed. "
            'Install it with: pip install "lucid-kernels[plot]"'
        ) from None
    return pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")[1]


def _refine(even: np.ndarray, kinks: list[float]) -> np.ndarray:
    """Add points near the ends, where square roots and logarithms are steep, and the kinks."""
    left, right = even[0], even[-1]
    near = (even[1] - left) * 2.0 ** -np.arange(1, 24)
    inside = [kink for kink in kinks if left < kink < right]
    return np.unique(np.concatenate([even, left + near, right - near, inside]))


def _draw(ax: Any, x: np.ndarray, y: np.ndarray, jumps: list[Jump], **style: Any) -> None:
    xs, ys = connect(x, y, jumps)
    ys = np.where(np.isfinite(ys), ys, np.nan)
    ax.plot(xs, ys, solid_capstyle="round", **style)


def _mark(
    ax: Any, line: Line, index: int, places: list[float], color: str, slope: str | None
) -> None:
    """Put a dot on the value that holds at each kink, of the function and of the derivative."""
    if not places:
        return
    at = np.array(places)
    style = {"linestyle": "none", "marker": "o", "markersize": 6.0, "markeredgecolor": "white"}
    for place in places:
        ax.axvline(place, color="#999999", linewidth=0.8, linestyle=(0, (2, 3)), zorder=1)
    if slope is not None and line.outputs == 1:
        ax.plot(at, _slope(line, index, at), markerfacecolor=slope, zorder=4, **style)
    ax.plot(at, line.values(at)[index], markerfacecolor=color, zorder=5, **style)


def _margin(left: float, right: float) -> tuple[float, float]:
    margin = 0.03 * (right - left)
    return left - margin, right + margin


def _limits(curves: list[np.ndarray]) -> tuple[float, float]:
    """Return the range to show: everything, unless poles would flatten the rest."""
    bounds = []
    for curve in curves:
        finite = curve[np.isfinite(curve)]
        if not len(finite):
            continue
        low, high = np.percentile(finite, [5.0, 95.0])
        reach = 0.6 * (high - low)
        bounds.append((max(finite.min(), low - reach), min(finite.max(), high + reach)))
    if not bounds:
        return 0.0, 1.0
    low, high = min(low for low, _ in bounds), max(high for _, high in bounds)
    margin = 0.07 * (high - low) if high > low else 1.0
    return low - margin, high + margin


def _text(value: Any) -> str:
    if isinstance(value, (bool, str)):
        return repr(value)
    return f"{float(value):.6g}".replace("-", "\N{MINUS SIGN}")


def _dress(
    ax: Any, operation: Pointwise, line: Line, options: Mapping[str, Any], kinks: list[float]
) -> None:
    """Add title, legend and grid."""
    given = {**line.held, **{k: v for k, v in options.items() if k not in line.held}}
    arguments = [
        f"{name}={_text(given[name])}" if name in given else name
        for name in operation.signature.parameters
        if name in given or name in operation.arrays
    ]
    if 1 <= len(kinks) <= 4:
        word = "kink at" if len(kinks) == 1 else "kinks at"
        ax.plot(
            *([], []),
            color="#999999",
            linewidth=0.8,
            linestyle=(0, (2, 3)),
            label=f"{word} {', '.join(map(_text, kinks))}",
        )
    ax.set_title(
        f"{operation.name}({', '.join(arguments)})",
        loc="left",
        pad=26.0,
        fontsize=12.0,
        fontweight="bold",
        color=_INK,
    )
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=5,
        frameon=False,
        borderaxespad=0.2,
        borderpad=0.0,
        columnspacing=1.4,
        handlelength=1.5,
        fontsize=9.5,
        labelcolor=_INK,
    )
    ax.set_xlabel(line.varied, color=_INK)
    ax.grid(color=_FAINT, linewidth=0.6)
    ax.axhline(0.0, color="#aaaaaa", linewidth=0.8, zorder=1)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left", "bottom"]].set_visible(False)
    ax.tick_params(length=0, colors="#555555", labelsize=9.0)
