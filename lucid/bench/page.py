"""The section of a Markdown page, between markers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lucid.bench.case import Line
from lucid.bench.memory import Peak
from lucid.bench.runner import TOLERANCE
from lucid.bench.summary import GOAL, LIGHT, means, size_name, time_name, traffic

__all__ = ["insert", "section"]

#: Share of the cores' time that others use at the start, above which the machine is called busy.
BUSY = 0.1
LABELS = {
    "lucid": "Lucid",
    "cpu": "Lucid, one thread",
    "numpy": "NumPy, SciPy",
    "numexpr": "numexpr",
    "torch": "PyTorch",
    "compile": "torch.compile",
    "jax": "JAX jit",
    "cupy": "CuPy",
    "python": "nothing but Python",
}
TITLES = {
    "operations": "Single operations",
    "fused": "Fused functions",
    "training": "Training steps",
    "busy": "Beside programs that keep every core busy",
    "startup": "Start of a process",
}
NOTES = {
    "busy": "Calls without rest between them. `busy` is beside one program for each core that does "
    "nothing but count. A parallel kernel that is held up by them shows as a ratio of one thread "
    "below 1; 0.67 is 1.5 times the time of one thread.",
}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    left = "|".join(["---", *["---:"] * (len(head) - 1)])
    return [
        "| " + " | ".join(head) + " |",
        f"|{left}|",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


def section(report: Mapping[str, Any], lines: Sequence[Line]) -> str:
    """Return the section: machine, means, and a table for each suite."""
    machine, settings = report["machine"], report["settings"]
    versions = ", ".join(f"{name} {held}" for name, held in machine["versions"].items())
    relative, absolute, share = TOLERANCE[settings["dtype"]]
    text = [
        "## Operations, fused functions, training steps, busy cores, start-up",
        "",
        "From `lucid bench`. A ratio is the peer's time over Lucid's: above 1 Lucid is ahead. The "
        f"first figure is that of medians over up to {settings['rounds']} batches in turns, the "
        "one in parentheses that of each side's shortest batch, which other programs on the "
        f"machine disturb least. {settings['dtype']}, {settings['threads']} threads on every side "
        "(NumPy has one). Results are compared first: relative "
        f"tolerance {relative:g}, absolute {absolute:g} of the largest element, and at most "
        f"{share:g} of the elements beyond that.",
        "",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system']}; {_others(machine['busy_at_start'])}. {versions}.",
        "",
    ]
    gpu = machine.get("gpu")
    if gpu:
        text += [
            f"All of it on the GPU: {gpu['name']}, {gpu['capability']}, {gpu['multiprocessors']} "
            "multiprocessors. A batch of calls ends with a wait for it.",
            "",
        ]
    elif (machine["busy_at_start"] or 0.0) > BUSY:
        text += [
            "The machine was busy. A library whose threads meet at a barrier then waits "
            "milliseconds for one that another program keeps from its core: ratios of 20 and more "
            "tell of that wait, not of kernels.",
            "",
        ]
    if report["bandwidth"]:
        copies = ", ".join(
            f"{size_name(int(size))} {rate / 1e9:.1f}" for size, rate in report["bandwidth"].items()
        )
        text += [f"Copying, in GB/s read and written: {copies}.", ""]
    text += [f"Missing here: {reason}.\n" for reason in report["missing"].values()]
    text += _means(lines)
    text += _traffic(lines, on_gpu=gpu is not None)
    for suite, title in TITLES.items():
        chosen = [line for line in lines if line.suite == suite]
        if chosen:
            note = [NOTES[suite], ""] if suite in NOTES else []
            text += [f"### {title}", "", *note, *_suite(chosen)]
        if suite == "training" and report["memory"]:
            text += _memory(Peak(**peak) for peak in report["memory"])
    return "\n".join(text)


def _means(lines: Sequence[Line]) -> list[str]:
    rows = [
        [
            f"{TITLES[m.suite]}, {size_name(m.size)}, {m.mode}",
            LABELS[m.peer],
            f"{m.ratio:.2f} ({m.quickest:.2f})",
            f"{m.slower} of {m.lines}",
            f"{m.least:.2f} ({m.where})",
        ]
        for m in means(lines, list(LABELS)[1:])
        if m.suite in ("operations", "fused")
    ]
    head = ("Geometric means", "peer", "ratio", "Lucid slower in", "least ratio")
    return _table(head, rows) if rows else []


def _others(share: float | None) -> str:
    if share is None:
        return "what other programs used is not known"
    return f"other programs used {share:.0%} of the cores' time just before the start"


def _traffic(lines: Sequence[Line], on_gpu: bool) -> list[str]:
    rows = [
        [
            f"{TITLES[x.suite]}, {size_name(x.size)}, forward",
            f"{x.reached} of {x.lines}",
            f"{x.least:.0%} ({x.where})",
        ]
        for x in traffic(lines)
    ]
    head = ("Bound by memory", f"at {GOAL:.0%} of the speed of copying or more", "least")
    note = (
        f"At most {LIGHT:g} additions for each byte that one pass reads or writes; medians. The "
        "copy has as many bytes, half of them read and half written"
    )
    note += (
        ", and is timed next to each operation."
        if on_gpu
        else ", and takes turns with the operation; the fastest way counts, of NumPy's on one "
        "thread, NumPy's on all and Lucid's."
    )
    return [*_table(head, rows), note, ""] if rows else []


def _suite(lines: Sequence[Line]) -> list[str]:
    peers = [name for name in LABELS if name != "lucid" and any(name in x.seconds for x in lines)]
    head = ["", "Lucid", *(f"{LABELS[peer]}: ratio" for peer in peers)]
    sized = any(line.moved for line in lines)
    if sized:
        head.append("of copy speed")
    rows = []
    for line in lines:
        cells = [_ratio(line, peer) for peer in peers]
        if sized:
            cells.append("-" if line.share is None else f"{line.share:.0%}")
        name = f"{line.name}, {size_name(line.size)}, {line.mode}" if sized else line.name
        rows.append([name, time_name(line.seconds["lucid"]), *cells])
    remarks = [
        f"Left out: {line.name}, {size_name(line.size)}, {line.mode}, {LABELS[name]}: {reason}.\n"
        for line in lines
        for name, reason in line.left_out.items()
    ]
    return [*_table(head, rows), *remarks]


def _memory(peaks: Iterable[Peak]) -> list[str]:
    """Return the table of peak memory."""
    text = [
        "### Peak memory of training",
        "",
        "MiB of resident memory at the peak of a few steps, each in a fresh process, beyond those "
        "of the process that has imported the library; in parentheses the whole process. A ratio "
        "above 1: Lucid needs less.",
        "",
    ]
    found = list(peaks)
    peers = [name for name in LABELS if name != "lucid" and any(name in x.needed for x in found)]
    rows = []
    for peak in found:
        row = [f"{peak.network}, batch {peak.batch}", _mebibytes(peak, "lucid")]
        for peer in peers:
            ratio = peak.ratio(peer)
            row += [_mebibytes(peak, peer), "-" if ratio is None else f"{ratio:.2f}"]
        rows.append(row)
    head = ["", "Lucid", *(part for peer in peers for part in (LABELS[peer], "ratio"))]
    remarks = [
        f"Left out: {peak.network}, batch {peak.batch}, {LABELS[name]}: {reason}.\n"
        for peak in found
        for name, reason in peak.left_out.items()
    ]
    return [*text, *_table(head, rows), *remarks]


def _mebibytes(peak: Peak, side: str) -> str:
    if side not in peak.needed:
        return "-"
    return f"{peak.needed[side]:.0f} ({peak.whole[side]:.0f})"


def _ratio(line: Line, peer: str) -> str:
    ratio, quickest = line.ratio(peer), line.ratio(peer, quickest=True)
    return "-" if ratio is None else f"{ratio:.2f} ({quickest:.2f})"


def insert(page: str, text: str, name: str = "operations") -> str:
    """Return the page with the section between its markers, which are added if need be.

    Examples
    --------
    >>> print(insert("# Performance", "figures"))
    # Performance
    <BLANKLINE>
    <!-- operations:begin -->
    figures
    <!-- operations:end -->
    <BLANKLINE>
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if begin not in page or end not in page:
        page = f"{page.rstrip()}\n\n{begin}\n{end}\n"
    head, rest = page.split(begin, 1)
    return f"{head}{begin}\n{text.rstrip()}\n{end}{rest.split(end, 1)[1]}"
