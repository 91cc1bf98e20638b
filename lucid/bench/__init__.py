"""The benchmark: Lucid beside NumPy, numexpr, PyTorch, torch.compile and JAX.

Results are compared before anything is timed; calls take turns; all sides have the same threads.
A peer that is not installed is left out, and named.
"""

from lucid.bench.case import Case, Input, Line
from lucid.bench.clock import Pace
from lucid.bench.copying import copy_bandwidth
from lucid.bench.page import insert, section
from lucid.bench.picture import draw_figure
from lucid.bench.suites import DEFAULT_PEERS, GPU_SUITES, SUITES, Request, run
from lucid.bench.summary import Mean, means, size_name, time_name

__all__ = [
    "DEFAULT_PEERS",
    "GPU_SUITES",
    "SUITES",
    "Case",
    "Input",
    "Line",
    "Mean",
    "Pace",
    "Request",
    "copy_bandwidth",
    "draw_figure",
    "insert",
    "means",
    "run",
    "section",
    "size_name",
    "time_name",
]
