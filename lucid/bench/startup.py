"""The suite ``startup``: fresh processes, from nothing to the first import and the first result."""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lucid.bench.case import Line
from lucid.bench.clock import Call, Pace

__all__ = ["startup"]

LUCID = "import lucid"
#: Processes of each kind; one takes seconds where a library is large.
MOST_ROUNDS = 7
FIRST = f"{LUCID}; x = lucid.ones(1000, requires_grad=True); lucid.exp(x).sum().backward()"
PEERS: dict[str, tuple[str, str]] = {
    "numpy": ("import numpy", "import numpy; numpy.exp(numpy.ones(1000)).sum()"),
    "torch": (
        "import torch",
        "import torch; x = torch.ones(1000, requires_grad=True); torch.exp(x).sum().backward()",
    ),
    "jax": (
        "import jax",
        "import jax; jax.grad(lambda x: jax.numpy.exp(x).sum())(jax.numpy.ones(1000))",
    ),
}


def _process(code: str, cache: Path | None = None) -> Call:
    """Return a call that runs code in a fresh interpreter, with a cache of kernels of its own."""
    # Libraries that are installed have their bytecode; so has ours, after the first process.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    if cache is not None:
        environment["LUCID_CACHE_DIR"] = str(cache)

    def call() -> None:
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)

    return call


def _uncached(folder: Path) -> Call:
    def call() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as empty:
            _process(FIRST, Path(empty))()

    return call


def _time(line: Line, calls: dict[str, Call], rounds: int) -> None:
    """Put the times of calls that take turns into a line."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            found[name].append(time.perf_counter() - start)
    line.seconds = {name: statistics.median(times) for name, times in found.items()}
    line.quickest = {name: min(times) for name, times in found.items()}


def startup(peers: list[str], pace: Pace, tell: Callable[[Line], None]) -> list[Line]:
    """Measure import, and first gradient with and without cached kernels.

    The side ``python`` is an interpreter that does nothing: the part of each figure that no
    library can help.
    """
    known = [name for name in peers if name in PEERS and importlib.util.find_spec(name)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = folder / "kept"
        nothing = _process("pass")
        _process(FIRST, kept)()  # fills the cache
        rows: dict[str, dict[str, Call]] = {
            "import": {
                "lucid": _process(LUCID),
                **{peer: _process(PEERS[peer][0]) for peer in known},
                "python": nothing,
            },
            "first gradient, kernels cached": {
                "lucid": _process(FIRST, kept),
                **{peer: _process(PEERS[peer][1]) for peer in known},
                "python": nothing,
            },
            "first gradient, nothing cached": {"lucid": _uncached(folder), "python": nothing},
        }
        lines = []
        for title, calls in rows.items():
            line = Line("startup", title, "process", 1, "float32")
            _time(line, calls, min(pace.rounds, MOST_ROUNDS))
            lines.append(line)
            tell(line)
    return lines
