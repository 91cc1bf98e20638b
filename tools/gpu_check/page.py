"""The result of the check as Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["page"]


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return "differs" if math.isinf(value) else f"{value:.0f}"


def _share(found: Mapping[str, Any], mode: str, bandwidth: float) -> str:
    held = found.get("speed", {}).get(mode)
    return f"{held['bytes'] / held['seconds'] / bandwidth:.0%}" if held else "-"


def _error(found: Mapping[str, Any], kind: str) -> str:
    checked = found.get("battery")
    if "battery" in found["failed"]:
        return "FAILED"
    if checked is None:
        return "-"
    numbers = checked[kind].values()
    return f"{max(numbers):.2f}" if numbers else "-"


def page(report: Mapping[str, Any]) -> str:
    """Return the page: the machine, what passed, and a row for each operation."""
    gpu, settings, training = report["gpu"], report["settings"], report["training"]
    tests = report["tests"]
    versions = ", ".join(f"{name} {held}" for name, held in report["versions"].items())
    bandwidth = report["bandwidth"]
    lines = [
        "## The target cuda on a device",
        "",
        f"From `python -m tools.gpu_check` on {gpu['name']} ({gpu['capability']}, "
        f"{gpu['multiprocessors']} multiprocessors, {gpu['memory_gib']} GiB); {versions}.",
        "",
        f"- Tests: {tests['summary'] if tests else 'left out'}.",
        f"- Copy bandwidth: {bandwidth / 1e9:.4g} GB/s, read and written, "
        f"{settings['size']:,} float32.",
        f"- Training, {settings['network']}: losses within {training['apart']:.1e} of the CPU's in "
        f"{len(training['cuda'])} steps; {training['cuda_seconds'] * 1e3:.3g} ms a step, on the "
        f"CPU {training['cpu_seconds'] * 1e3:.3g} ms.",
        "",
        "Distance from the CPU's results in units of the last place (largest of "
        f"{settings['points']:,} points, special values among them; values / gradients), largest "
        "error against the exact value, and the part of the copy bandwidth that a call reaches.",
        "",
    ]
    kinds = sorted({kind for found in report["operations"].values() for kind in found["ulp"]})
    floats = [kind for kind in kinds if "float" in kind]
    head = [
        "operation",
        *floats,
        "integers",
        "error, ulp",
        "gradient, ulp",
        "forward",
        "backward",
    ]
    lines += [f"| {' | '.join(head)} |", "| --- |" + " ---: |" * (len(head) - 1)]
    for name, found in report["operations"].items():
        cells = [name]
        for kind in floats:
            held = found["ulp"].get(kind)
            cells.append(
                "-"
                if held is None
                else f"{_number(held.get('forward'))} / {_number(held.get('backward'))}"
            )
        whole = [held["forward"] for kind, held in found["ulp"].items() if kind not in floats]
        cells.append("same" if whole and max(whole) == 0 else ("differs" if whole else "-"))
        cells += [_error(found, "error"), _error(found, "gradient_error")]
        cells += [_share(found, mode, bandwidth) for mode in ("forward", "backward")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
