"""Training curves as a picture."""

from __future__ import annotations

import math
from pathlib import Path

from lucid.cli.output import replace
from lucid.cli.trainer import Trainer
from lucid.data.extras import need

__all__ = ["plot_curves"]

TRAIN, TEST = "#1f77b4", "#d95f02"


def plot_curves(trainer: Trainer, path: Path) -> None:
    """Draw loss and score over the epochs, for the training and the test part."""
    need("matplotlib", "drawing curves")
    # A figure without pyplot: no window system, no global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    figure = Figure(figsize=(9.0, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    records = trainer.history
    numbers = [record.number for record in records]
    marker = "o" if len(records) < 3 else ""
    left.plot(numbers, [r.loss for r in records], color=TRAIN, marker=marker, label="training")
    left.plot(numbers, [r.test_loss for r in records], color=TEST, marker=marker, label="test")
    right.plot(numbers, [r.score for r in records], color=TRAIN, marker=marker, label="training")
    right.plot(numbers, [r.test_score for r in records], color=TEST, marker=marker, label="test")
    left.set_ylabel("loss")
    if trainer.classifies:
        right.set_ylabel("accuracy")
        right.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
        # The first epochs would press the rest against the upper edge.
        floor = sorted(r.test_score for r in records)[len(records) // 4] if records else 0.0
        right.set_ylim(max(0.0, math.floor(20 * floor - 1) / 20), 1.005)
    else:
        right.set_ylabel(f"mean absolute error of {trainer.data.target.name}")
        right.set_ylim(bottom=0.0)
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    left.legend(frameon=False)
    right.legend(frameon=False, loc="lower right" if trainer.classifies else "upper right")
    if records:
        last = records[-1].test_score
        text = f"{last:.1%}" if trainer.classifies else f"{last:.4g}"
        right.set_title(f"test: {text} after {records[-1].number} epochs", fontsize=10)
    replace(path, lambda fresh: figure.savefig(fresh, dpi=150))
