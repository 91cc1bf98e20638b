"""Run the benchmark with the settings of the documentation, and write its page.

    python -m tools.bench_operations                      # all suites
    python -m tools.bench_operations --suites fused       # one; the others keep their figures

Each suite's figures go to ``docs/performance/SUITE.json``, and the section of
``docs/performance.md`` is written from all of them. The peers come with
``pip install "lucid-kernels[bench]"``. Best on a machine that nothing else uses.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from lucid.bench import (
    DEFAULT_PEERS,
    SUITES,
    Line,
    Pace,
    Request,
    draw_figure,
    insert,
    run,
    section,
    time_name,
)
from lucid.bench.machine import describe

DOCS = Path(__file__).parents[1] / "docs"
SIZES = (1 << 10, 100 << 10, 1 << 20)
#: Cases that are measured with 16 M elements too: outputs far beyond every cache.
LARGE = ("add", "exp", "gelu", "hard_sigmoid", "multiply", "sigmoid", "sum", "softmax", "tanh")
#: GiB without which the fused functions are not measured with 16 M elements: seven inputs of 64 MB
#: and their gradients, on each of four sides.
MEMORY = 12
#: Peers that take seconds for a formula of that size, since they do its steps one by one.
ONE_BY_ONE = ("numpy", "numexpr")


def requests(suite: str, pace: Pace) -> list[Request]:
    """Return what is measured for a suite."""
    if suite == "operations":
        large = Request((suite,), (16 << 20,), only=LARGE, pace=pace)
        return [Request((suite,), SIZES, pace=pace), large]
    if suite == "fused":
        # torch.compile takes ten seconds a function, mode and shape: in the largest size alone.
        quick = tuple(peer for peer in DEFAULT_PEERS[suite] if peer != "compile")
        found = [
            Request((suite,), SIZES[:-1], peers=quick, pace=pace),
            Request((suite,), SIZES[-1:], pace=pace),
        ]
        if describe()["memory_gib"] >= MEMORY:
            peers = tuple(peer for peer in DEFAULT_PEERS[suite] if peer not in ONE_BY_ONE)
            found.append(Request((suite,), (16 << 20,), peers=peers, pace=pace))
        return found
    return [Request((suite,), pace=pace)]


def measure(suite: str, pace: Pace) -> dict[str, Any]:
    """Run a suite; return its report."""
    merged: dict[str, Any] = {}
    for request in requests(suite, pace):
        report, _ = run(request, tell)
        if merged:
            merged["bandwidth"] |= report["bandwidth"]
            merged["lines"] += report["lines"]
        else:
            merged = report
    return merged


def tell(line: Line) -> None:
    """Show a line as it is there."""
    times = ", ".join(f"{name} {time_name(seconds)}" for name, seconds in line.seconds.items())
    print(f"{line.name}, {line.size}, {line.mode}: {times}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure the suites that were asked for, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suites", nargs="*", default=SUITES, choices=SUITES)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--budget", type=float, default=2.0, help="seconds a line, about")
    options = parser.parse_args()
    folder = DOCS / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    pace = Pace(options.rounds, budget=options.budget)
    for suite in options.suites:
        text = json.dumps(measure(suite, pace), indent=1) + "\n"
        (folder / f"{suite}.json").write_text(text, "utf-8")
    write(folder)
    return 0


def write(folder: Path) -> None:
    """Write the section and the picture from the figures of all suites that are there."""
    paths = [folder / f"{suite}.json" for suite in SUITES]
    reports = [json.loads(path.read_text("utf-8")) for path in paths if path.exists()]
    merged = dict(reports[0])
    merged["bandwidth"], merged["missing"], merged["memory"], lines = {}, {}, [], []
    for report in reports:
        merged["bandwidth"] = report["bandwidth"] | merged["bandwidth"]
        merged["missing"] |= report["missing"]
        merged["memory"] += report.get("memory", [])
        lines += [Line(**line) for line in report["lines"]]
    page = DOCS / "performance.md"
    old = page.read_text("utf-8") if page.exists() else "# Performance\n"
    shown = "![Ratio by operation, and the roofline](performance/operations.png)\n\n"
    text = section(merged, lines)
    head, rest = text.split("\n", 1)
    page.write_text(insert(old, f"{head}\n\n{shown}{rest.lstrip()}"), "utf-8")
    # The sizes of which every case has a figure: the large one has a few only.
    usual = [line for line in lines if line.size <= max(SIZES)]
    draw_figure(merged, usual).savefig(folder / "operations.png", dpi=120)


if __name__ == "__main__":
    sys.exit(main())
