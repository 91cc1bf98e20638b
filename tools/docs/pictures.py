"""The pictures of the operations, as small SVG files."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from lucid.kernels import Pointwise
from lucid.kernels.errors import LucidError
from lucid.kernels.plotting.line import Line

__all__ = ["draw"]


def draw(operation: Pointwise, path: Path) -> bool:
    """Draw an operation into a file; return False where a curve would say nothing.

    Nothing is drawn for operations of integers, for several outputs, and for constants.
    """
    if not _tells(operation):
        return False
    # Room for a reader's font, which may be wider than the one that was measured with.
    layout = ConstrainedLayoutEngine(w_pad=0.1)
    figure = Figure(figsize=(6.4, 4.0), layout=layout)
    FigureCanvasSVG(figure)
    operation.plot(figure.add_subplot())
    # Text as text, and the same file from the same curve.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": operation.name}):
        figure.savefig(path, metadata={"Date": None})
    return True


def _tells(operation: Pointwise) -> bool:
    try:
        line = Line(operation, {})
        left, right = line.interval
        (values,) = line.values(np.linspace(left, right, 50))
    except (LucidError, ValueError):  # integers alone, or several outputs
        return False
    values = values[np.isfinite(values)]
    return len(values) > 1 and float(np.ptp(values)) > 0.0
