"""Pictures of the figures: ratio by operation, and what the memory allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lucid.bench.case import FORWARD, Line
from lucid.bench.page import LABELS
from lucid.bench.summary import size_name
from lucid.data.extras import need

__all__ = ["draw_figure"]

AHEAD, BEHIND, GREY = "#1f77b4", "#d95f02", "#888888"


def draw_figure(report: Mapping[str, Any], lines: Sequence[Line], peer: str = "torch") -> Any:
    """Return a figure: the ratio to a peer in the largest size, and the roofline of that size.

    Raises
    ------
    MissingExtraError
        If Matplotlib is not installed.
    """
    need("matplotlib", "drawing the benchmark")
    # A figure without pyplot: no window system, no global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sized = [line for line in lines if line.moved]
    size = max((line.size for line in sized), default=0)
    chosen = [line for line in sized if line.size == size]
    names = list(dict.fromkeys(line.name for line in chosen if line.ratio(peer) is not None))
    figure = Figure(
        figsize=(12.0, min(16.0, max(5.0, 0.12 * len(names) + 1.5))), layout="constrained"
    )
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.2))
    _ratios(left, chosen, names, peer)
    title = f"{size_name(size)} elements: {LABELS[peer]}'s time over Lucid's, shortest batches"
    left.set_title(title, fontsize=10)
    _roofline(right, chosen, report["bandwidth"].get(str(size)))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
    return figure


def _ratios(axes: Any, lines: Sequence[Line], names: Sequence[str], peer: str) -> None:
    places = {name: place for place, name in enumerate(reversed(names))}
    for mode, marker in ((FORWARD, "o"), ("", "D")):
        same = [
            (ratio, places[line.name])
            for line in lines
            if (line.mode == FORWARD) == (mode == FORWARD)
            and (ratio := line.ratio(peer, quickest=True)) is not None
        ]
        if same:
            ratios, heights = zip(*same, strict=True)
            colors = [AHEAD if ratio >= 1 else BEHIND for ratio in ratios]
            label = "forward" if mode else "forward and backward"
            axes.scatter(ratios, heights, s=14, c=colors, marker=marker, label=label)
    axes.axvline(1.0, color=GREY, linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(list(places.values()), list(places), fontsize=5)
    axes.set_ylim(-1, len(names))
    if names:
        axes.legend(frameon=False, fontsize=8)


def _roofline(axes: Any, lines: Sequence[Line], bandwidth: float | None) -> None:
    found = [line for line in lines if line.cost and line.mode == FORWARD]
    axes.set_xlabel("work: additions for each byte moved")
    axes.set_ylabel("billions of additions a second")
    axes.set_title("Lucid, forward, and what the memory allows", fontsize=10)
    if not found or bandwidth is None:
        return
    work = np.array([line.cost * line.size / line.moved for line in found])
    rate = np.array([line.cost * line.size / line.quickest["lucid"] / 1e9 for line in found])
    axes.scatter(work, rate, s=12, color=AHEAD)
    span = np.geomspace(work.min() / 1.3, work.max() * 1.3, 50)
    roof = np.minimum(span * bandwidth / 1e9, rate.max())
    axes.plot(span, roof, color=GREY, label="speed of copying, and most additions seen")
    for line, x, y in zip(found, work, rate, strict=True):
        # Names where something can be learned: far below the roof.
        if y < 0.4 * min(x * bandwidth / 1e9, rate.max()):
            axes.annotate(line.name, (x, y), fontsize=6, xytext=(2, 2), textcoords="offset points")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.legend(frameon=False, fontsize=8)
