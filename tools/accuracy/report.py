"""Results as files: one JSON a function, and the table docs/accuracy.md from all of them."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from tools.accuracy.registry import FUNCTIONS

DOCS = Path(__file__).parents[2] / "docs"
RESULTS = DOCS / "accuracy"
ELSEWHERE = RESULTS / "elsewhere"
LIBRARIES = {"lucid": "Lucid", "numpy": "NumPy, SciPy", "torch": "PyTorch"}

_ELSEWHERE = """## On another processor

`python -m tools.accuracy --elsewhere COMMAND --label NAME` lets Lucid compute on another machine
and measures the results on this one: float32 functions of one argument on every 61st block of 2^15
neighbouring numbers (`--quick`), the others on stratified samples as above, a fifth as many.
"Here" is AVX-512 on the same inputs.

64-bit ARM was run under user-mode emulation (QEMU), which computes exactly as the processor does,
but says nothing about speed, and nothing about the order in which other cores see writes: the
emulating processor keeps them in order. With it ran, besides these figures, the tests of the
elementary functions, the thread pool (four threads, three Python threads at once; the bits of one
thread) and a training run (15 steps with GELU, layer norm, dropout and AdamW; all losses were those
of x86-64, to the bit).

Loops are NEON code on each ARM processor, those with SVE among them: a look-up in registers and a
branch for a whole vector need a vector whose length is known. The tests compile loops for Neoverse
N1, V1 and V2 and Apple's M1, and look at the assembly: NEON code in the dtype of the function,
without a call except of the slow ways of whole vectors.
"""
_HEAD = """# Accuracy of the elementary functions

The largest error in ulp against the unrounded result, the argument where it occurs, and the share
of results that are correctly rounded. "inf" stands for a result that is a NaN, an infinity or a
number where the exact one is none of that. Every library got the same inputs.

- float32, one argument: all 2^32 numbers, against Lucid's float64 function, whose own error, below
  one ulp of float64, is 2^-29 ulp of float32. Where the table says so, the other libraries were
  measured on evenly spread blocks of these numbers.
- float64, and functions of two arguments: stratified samples against mpmath. They hold every
  exponent, subnormal numbers, the range of use, and neighbours of zeros, poles and of the points
  where a method changes.
- lgamma and digamma: negative arguments with results below 1/4 are left out. Near those zeros,
  which are no floats, the condition is without bound.

The figures were taken with AVX-512. On processors whose registers can't hold tables of float64
(AVX2, ARM) some functions take another way; their error is below 1 ulp as well and stated in the
modules of `lucid/kernels/elementary/`. Figures of ARM are at the end of this page.

The table comes out of `python -m tools.accuracy`; the figures as JSON are in `docs/accuracy/`.
"""


def store(name: str, kind: str, result: dict[str, Any]) -> None:
    """Write the result of one function and dtype beside its others."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    # JSON has no infinities.
    known[kind] = json.loads(json.dumps(result), parse_constant=str)
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def stored(name: str) -> dict[str, Any]:
    """Return what is known of a function, by dtype."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def store_elsewhere(label: str, description: str, name: str, kind: str, result: Any) -> None:
    """Write what one function's results on another machine were, beside its others there."""
    ELSEWHERE.mkdir(parents=True, exist_ok=True)
    path = ELSEWHERE / f"{label}.json"
    known = json.loads(path.read_text()) if path.exists() else {"functions": {}}
    known["machine"] = description
    known["functions"].setdefault(name, {})[kind] = json.loads(
        json.dumps(result), parse_constant=str
    )
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def write_table(versions: str) -> Path:
    """Write docs/accuracy.md from all results that there are."""
    parts = [_HEAD, versions + "\n"]
    for kind in ("float32", "float64"):
        parts += [f"## {kind}\n", *_table(kind), ""]
    for path in sorted(ELSEWHERE.glob("*.json")):
        parts += [_ELSEWHERE, *_table_elsewhere(json.loads(path.read_text())), ""]
    path = DOCS / "accuracy.md"
    path.write_text("\n".join(parts))
    return path


def _table(kind: str) -> list[str]:
    columns = "".join(f" {title} | at | rounded |" for title in LIBRARIES.values())
    lines = [f"| Function | Inputs |{columns}", "|---|---|" + "---:|---|---:|" * len(LIBRARIES)]
    for name in FUNCTIONS:
        result = stored(name).get(kind)
        if result is not None:
            cells = "".join(_cells(result.get(library), kind) for library in LIBRARIES)
            lines.append(f"| {name} | {result['inputs']} |{cells}")
    return lines


def _table_elsewhere(found: dict[str, Any]) -> list[str]:
    """Return the lines for one machine: errors there, and here on the same inputs."""
    kinds = ("float32", "float64")
    head = "".join(f" {kind} there | at | here |" for kind in kinds)
    lines = [f"{found['machine']}:\n", f"| Function |{head}", "|---|" + "---:|---|---:|" * 2]
    for name in FUNCTIONS:
        results = found["functions"].get(name, {})
        cells = ""
        for kind in kinds:
            if kind in results:
                there, here = (_cells(results[kind][side], kind) for side in ("lucid", "here"))
                error, at, _ = there.split("|")[:3]
                cells += f"{error}|{at}|{here.split('|')[0]}|"
            else:
                cells += " - | | |"
        lines.append(f"| {name} |{cells}")
    return lines


def _cells(found: dict[str, Any] | None, kind: str) -> str:
    if found is None:
        return " - | | |"
    worst, share = float(found["max_ulp"]), 100 * found["correctly_rounded"]
    number = np.float32 if kind == "float32" else np.float64
    at = ", ".join(str(number(float(a))) for a in found["at"])
    error = "inf" if math.isinf(worst) else f"{worst:.3f}" if worst < 1000 else f"{worst:.1e}"
    # Rounded down: 100 means all of them.
    percent = f"{math.floor(share * 100) / 100:.2f} %"
    return f" {error} | {at} | {percent} |"
