"""The table of `docs/cuda.md`, and the figures behind it as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lucid.kernels.targets.cuda.single import IN_FLOAT64, ULPS

__all__ = ["FIGURES", "PAGE", "page_text", "store", "write_page"]

_DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = _DOCS / "cuda.md"
FIGURES = _DOCS / "cuda" / "kernels.json"
_MARKER = "<!-- What follows is written by python -m tools.ptx -->"
_COLUMNS = ("float32", "float64", "float16", "bfloat16", "int64", "float32, strided")

Figures = dict[str, Any]


def store(figures: Figures) -> None:
    """Write the figures of all kernels."""
    FIGURES.parent.mkdir(exist_ok=True)
    lines = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(figures[name])}" for name in sorted(figures)
    )
    FIGURES.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def _cell(figures: Figures, name: str, column: str, device: str) -> str:
    dtype, _, layout = column.partition(", ")
    found = []
    for label in (name, f"{name}'"):
        one = figures.get(f"{label} {dtype} {layout or 'wide'}")
        if one is not None:
            more = f" ({one[device]['float64']})" if _surprising(one[device], dtype) else ""
            found.append(f"{one[device]['registers']}{more}")
    return ", ".join(found) or "-"


def _surprising(one: dict[str, Any], dtype: str) -> bool:
    return bool(one["float64"]) and dtype not in ("float64", "int64")


def _table(figures: Figures, device: str) -> list[str]:
    names = sorted({key.split(" ")[0].rstrip("'") for key in figures})
    return [
        f"| Operation | {' | '.join(_COLUMNS)} |",
        f"|---|{'---:|' * len(_COLUMNS)}",
        *(
            f"| {name} | {' | '.join(_cell(figures, name, c, device) for c in _COLUMNS)} |"
            for name in names
        ),
    ]


def page_text(figures: Figures, versions: str) -> str:
    """Return the part of the page that is written by this tool."""
    devices = list(next(iter(figures.values())))
    kernels = [one for found in figures.values() for one in found.values()]
    problems = sum(bool(one["problems"]) for one in kernels)
    most = max(one["registers"] for one in kernels)
    lines = [
        _MARKER,
        "",
        "## Errors of float32 functions on a device",
        "",
        "In units in the last place. All others have the errors of [the accuracy page]"
        "(accuracy.md), where float64 is listed too.",
        "",
        "| Function | ulp |",
        "|---|---:|",
        *(f"| {name} | {ulps} |" for name, ulps in sorted(ULPS.items())),
        "",
        "Functions that keep float64 in float32 kernels, and why:",
        "",
        *(f"- {name}: {reason}." for name, reason in sorted(IN_FLOAT64.items())),
        "",
        "## The kernels",
        "",
        f"{len(kernels)} kernels ({len(figures)} for each of {', '.join(devices)}), compiled with "
        f"{versions}. Kernels with spilled registers, local memory, calls, arithmetic that may be "
        f"fused, or float64 without a reason: {problems}. Registers of a thread: at most {most}.",
        "",
        "Each cell has the registers of the operation and of its gradients; in brackets the "
        "instructions in float64 of kernels that compute in float32.",
    ]
    for device in devices:
        lines += ["", f"### {device}", "", *_table(figures, device)]
    return "\n".join(lines) + "\n"


def write_page(figures: Figures, versions: str) -> None:
    """Replace the generated part of the page."""
    text = PAGE.read_text(encoding="utf-8").partition(_MARKER)[0]
    PAGE.write_text(text + page_text(figures, versions), encoding="utf-8")
