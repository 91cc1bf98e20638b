"""``lucid bench``: Lucid beside its peers, as a table, JSON, a picture and a page of the docs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lucid.bench import Line, Mean, Request, draw_figure, insert, means, run, section
from lucid.bench.memory import Peak
from lucid.bench.page import LABELS
from lucid.bench.summary import size_name, time_name
from lucid.cli.guard import warn
from lucid.cli.output import PICTURES, check_suffix, check_writable, replace
from lucid.data.extras import need
from lucid.kernels.errors import DataError

__all__ = ["Files", "bench", "parse_sizes"]

UNITS = {"K": 1 << 10, "M": 1 << 20, "": 1}
LARGEST = 1 << 28


@dataclass(frozen=True)
class Files:
    """Where the results go; None for nowhere."""

    json: Path | None = None
    plot: Path | None = None
    docs: Path | None = None

    def check(self) -> None:
        """Refuse paths that can't be written, before anything is measured."""
        if self.plot is not None:
            check_suffix(self.plot, "--plot", PICTURES)
            need("matplotlib", "drawing the benchmark")
        for path in (self.json, self.plot, self.docs):
            if path is not None:
                check_writable(path, "the result")


def parse_sizes(text: str) -> tuple[int, ...]:
    """Return numbers of elements from text such as ``1K,100K,1M``.

    Raises
    ------
    DataError
        If a part is no such number.
    """
    sizes = []
    for part in text.split(","):
        word = part.strip().upper()
        unit = word[-1:] if word[-1:] in UNITS else ""
        digits = word[: len(word) - len(unit)]
        size = int(digits) * UNITS[unit] if digits.isdecimal() else 0
        if not 1 <= size <= LARGEST:
            raise DataError(
                f"--size {text!r}: give numbers of elements separated by commas, such as "
                f"1K,100K,1M, at most {size_name(LARGEST)}"
            )
        sizes.append(size)
    return tuple(sizes)


def bench(request: Request, files: Files, *, quiet: bool = False) -> None:
    """Run the command."""
    files.check()
    from rich.console import Console

    console = Console()
    if quiet:
        report, lines = run(request)
    else:
        with console.status("measuring") as status:
            report, lines = run(request, lambda line: status.update(_told(line)))
    for reason in report["missing"].values():
        warn(f"left out: {reason}")
    for suite in dict.fromkeys(line.suite for line in lines):
        console.print(_table(suite, [line for line in lines if line.suite == suite]))
    if report["memory"]:
        console.print(_memory([Peak(**peak) for peak in report["memory"]]))
    summed = [m for m in means(lines, list(LABELS)[1:]) if m.suite in ("operations", "fused")]
    if summed:
        console.print(_means(summed))
    for line in lines:
        for name, reason in line.left_out.items():
            warn(f"{line.name}, {size_name(line.size)}, {line.mode}: without {name}: {reason}")
    _write(report, lines, files)


def _told(line: Line) -> str:
    return f"{line.suite}: {line.name}, {size_name(line.size)}, {line.mode}"


def _table(suite: str, lines: Sequence[Line]) -> Any:
    from rich.table import Table

    peers = [name for name in LABELS if any(name in line.seconds for line in lines)][1:]
    sized = any(line.moved for line in lines)
    table = Table(title=f"{suite}: Lucid's time, and the peers' over it")
    table.add_column("")
    for name in ("elements", "mode") if sized else ():
        table.add_column(name, no_wrap=True)
    for name in ("lucid", *peers):
        table.add_column(LABELS[name], justify="right")
    for line in lines:
        ratios = ["-" if (r := line.ratio(peer)) is None else _ratio(r) for peer in peers]
        place = (size_name(line.size), line.mode) if sized else ()
        table.add_row(line.name, *place, time_name(line.seconds["lucid"]), *ratios)
    return table


def _memory(peaks: Sequence[Peak]) -> Any:
    from rich.table import Table

    table = Table(title="training: MiB at the peak, beyond the imported library")
    for name in ("", "batch", "Lucid", "PyTorch", "ratio"):
        table.add_column(name, justify="right" if name else "left")
    for peak in peaks:
        ratio = peak.ratio("torch")
        told = [f"{peak.needed[x]:.0f}" if x in peak.needed else "-" for x in ("lucid", "torch")]
        last = "-" if ratio is None else _ratio(ratio)
        table.add_row(peak.network, str(peak.batch), *told, last)
    return table


def _ratio(ratio: float) -> str:
    return f"[{'green' if ratio >= 1 else 'red'}]{ratio:.2f}[/]"


def _means(found: Sequence[Mean]) -> Any:
    from rich.table import Table

    table = Table(title="geometric means of the ratios: above 1 Lucid is ahead")
    for name in ("suite", "elements", "mode", "peer"):
        table.add_column(name, no_wrap=True)
    for name in ("ratio", "quickest", "slower in"):
        table.add_column(name, justify="right", no_wrap=True)
    for m in found:
        where = (m.suite, size_name(m.size), m.mode, LABELS[m.peer])
        ratios = (_ratio(m.ratio), _ratio(m.quickest))
        table.add_row(*where, *ratios, f"{m.slower} of {m.lines}")
    return table


def _write(report: dict[str, Any], lines: Sequence[Line], files: Files) -> None:
    if files.json is not None:
        text = json.dumps(report, indent=1) + "\n"
        replace(files.json, lambda fresh: _put(fresh, text))
    if files.plot is not None:
        figure = draw_figure(report, lines)
        replace(files.plot, lambda fresh: figure.savefig(fresh, dpi=150))
    if files.docs is not None:
        old = files.docs.read_text("utf-8") if files.docs.exists() else "# Performance\n"
        page = insert(old, section(report, lines))
        replace(files.docs, lambda fresh: _put(fresh, page))


def _put(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
