"""One thread, one million elements: Lucid's elementary functions beside the libraries.

    python -m tools.bench_elementary                     # all functions, both dtypes
    python -m tools.bench_elementary --only exp,tanh     # some; docs stay as they are
    python -m tools.bench_elementary --avx2              # everybody without AVX-512

For each function NumPy (or SciPy), PyTorch eager on one thread and plain ``math.*`` under
``numba.vectorize`` get the same array, after their results were compared. All write into an array
that exists, except PyTorch's functions that can't. One repeat times each of them once, in turns, so
that all see the same machine; the figures are medians over the repeats. Each is called twice and
the second call is timed: so all find their own arrays in the cache, and not what the one before has
left there. All arrays begin on a multiple of 64 bytes: stores that straddle two cache lines cost a
tenth of the speed, and where NumPy's own arrays begin is left to chance. The clock is the thread's
own processor time, so that what other programs take away does not count.
"""

import argparse
import importlib.util
import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

from lucid.bench import insert
from tools.accuracy.function import Function
from tools.accuracy.registry import FUNCTIONS

DOCS = Path(__file__).parents[1] / "docs"
#: What tells Lucid, NumPy and PyTorch to leave AVX-512 alone.
AVX2 = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+avx2,+fma",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "ATEN_CPU_CAPABILITY": "avx2",
}
LIBRARIES = ("numpy", "torch", "math")
SIZE = 1 << 20
#: Results may differ by the libraries' errors and by cancellation in the plain formulas.
TOLERANCE = {"float32": (1e-4, 1e-6), "float64": (1e-10, 1e-14)}

Call = Callable[[], Any]


def aligned(values: Any) -> Any:
    """Return a copy of an array that begins on a multiple of 64 bytes."""
    memory = np.empty(values.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    copy = memory[start : start + values.nbytes].view(values.dtype)
    copy[:] = values
    return copy


def plain(function: Function, dtype: str) -> Any:
    """Compile the function as a user would write it: math.* under vectorize."""
    arguments = ", ".join("xy"[: function.arity])
    space: dict[str, Any] = {"math": math}
    exec(f"def plain({arguments}):\n    return {function.scalar}\n", space)
    signature = f"{dtype}({', '.join([dtype] * function.arity)})"
    return numba.vectorize([signature])(space["plain"])


def torch_call(function: Function, arrays: list[Any]) -> tuple[Call, Any] | None:
    """Return a call of PyTorch's function, into an array that exists where it can."""
    peer = function.peer("torch")
    if peer is None:
        return None
    import torch

    torch.set_num_threads(1)
    tensors = [torch.from_numpy(a) for a in arrays]
    out = torch.empty_like(tensors[0])
    try:
        peer(*tensors, out=out)
    except TypeError:
        return (lambda: peer(*tensors)), peer(*tensors).numpy()
    return (lambda: peer(*tensors, out=out)), out.numpy()


def calls(function: Function, dtype: str) -> dict[str, Call]:
    """Return a call for each implementation, after comparing what they return."""
    rng = np.random.default_rng(1)
    arrays = [
        aligned(rng.uniform(*function.bench, SIZE).astype(dtype)) for _ in range(function.arity)
    ]
    ours = aligned(function.ours(*arrays))
    found: dict[str, Call] = {"lucid": lambda: function.ours(*arrays, out=ours)}
    results = {}
    for name, peer in (
        ("numpy", function.peer("numpy")),
        ("math", plain(function, dtype) if function.scalar else None),
    ):
        if peer is not None:
            out = results[name] = aligned(np.zeros(SIZE, dtype))
            peer(*arrays, out=out)
            found[name] = lambda peer=peer, out=out: peer(*arrays, out=out)
    if (pair := torch_call(function, arrays)) is not None:
        found["torch"], results["torch"] = pair
    relative, absolute = TOLERANCE[dtype]
    for name, result in results.items():
        np.testing.assert_allclose(
            result, ours, relative, absolute, err_msg=f"{function.name} {dtype}, {name} and Lucid"
        )
    return found


def measure(function: Function, dtype: str, repeats: int) -> dict[str, float]:
    """Return elements a nanosecond, that is billions a second, for each implementation."""
    timed = calls(function, dtype)
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    order = list(timed.items())
    turns = random.Random(1)
    for _ in range(repeats):
        turns.shuffle(order)
        for name, call in order:
            call()
            start = time.thread_time()
            call()
            seconds[name].append(time.thread_time() - start)
    return {name: SIZE / statistics.median(times) / 1e9 for name, times in seconds.items()}


def geometric_mean(ratios: list[float]) -> float:
    """Return the geometric mean; NaN of nothing."""
    return math.exp(statistics.fmean(map(math.log, ratios))) if ratios else math.nan


def table(results: dict[str, dict[str, float]], dtype: str) -> list[str]:
    """Return the lines of a Markdown table with the ratios."""
    lines = [
        f"### {dtype}\n",
        "| Function | Lucid | NumPy, SciPy | PyTorch | `math.*` | to the fastest | to PyTorch |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    ratios: dict[str, list[float]] = {name: [] for name in (*LIBRARIES, "fastest")}
    for name, rates in results.items():
        others = {library: rates[library] for library in LIBRARIES if library in rates}
        for library, rate in others.items():
            ratios[library].append(rates["lucid"] / rate)
        if others:
            ratios["fastest"].append(rates["lucid"] / max(others.values()))
        cells = [f"{others[k]:.2f}" if k in others else "-" for k in LIBRARIES]
        best = f"{ratios['fastest'][-1]:.2f}" if others else "-"
        torch = f"{ratios['torch'][-1]:.2f}" if "torch" in others else "-"
        lines.append(f"| {name} | {rates['lucid']:.2f} | {' | '.join(cells)} | {best} | {torch} |")
    lines += [
        "",
        f"Geometric means of Lucid's speed over {len(results)} functions: "
        f"{geometric_mean(ratios['torch']):.2f} to PyTorch, "
        f"{geometric_mean(ratios['numpy']):.2f} to NumPy and SciPy, "
        f"{geometric_mean(ratios['math']):.2f} to `math.*`, "
        f"{geometric_mean(ratios['fastest']):.2f} to the fastest of them; "
        f"slower than the fastest in {sum(r < 1 for r in ratios['fastest'])}.\n",
    ]
    return lines


def section(results: dict[str, dict[str, dict[str, float]]], avx2: bool) -> str:
    """Return the section for docs/performance.md."""
    torch = "missing"
    if importlib.util.find_spec("torch"):
        torch = importlib.import_module("torch").__version__
    title, option = (" with AVX2 alone", " --avx2") if avx2 else ("", "")
    lines = [
        f"## Elementary functions{title}\n",
        "Billions of elements a second, one thread, 1 M (2^20) elements, medians of the "
        f"thread's processor time, from `python -m tools.bench_elementary{option}`. Larger is "
        "faster; a ratio above 1 is Lucid ahead. "
        f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"PyTorch {torch}, Numba {numba.__version__}.\n",
    ]
    for dtype, rates in results.items():
        lines += table(rates, dtype)
    return "\n".join(lines)


def write(results: dict[str, Any], text: str, name: str) -> None:
    """Store the figures as JSON, and the section between its markers."""
    folder = DOCS / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n")
    path = DOCS / "performance.md"
    page = path.read_text() if path.exists() else "# Performance\n"
    path.write_text(insert(page, text, name))


def main() -> int:
    """Measure, print the section, and write it when everything was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="names, separated by commas; default all")
    parser.add_argument("--repeats", type=int, default=41)
    parser.add_argument("--avx2", action="store_true", help="without AVX-512 on any side")
    options = parser.parse_args()
    if options.avx2 and any(os.environ.get(key) != value for key, value in AVX2.items()):
        # The libraries read these variables when they are loaded.
        again = [sys.executable, "-m", "tools.bench_elementary", *sys.argv[1:]]
        return subprocess.run(again, env={**os.environ, **AVX2}, check=False).returncode
    names = options.only.split(",") if options.only else list(FUNCTIONS)
    if unknown := sorted(set(names) - set(FUNCTIONS)):
        parser.error(f"unknown function {', '.join(unknown)}; known are {', '.join(FUNCTIONS)}")
    results: dict[str, dict[str, dict[str, float]]] = {"float32": {}, "float64": {}}
    for dtype, rates in results.items():
        for name in names:
            function = FUNCTIONS[name]
            rates[name] = measure(function, dtype, options.repeats)
            found = ", ".join(f"{k} {v:.2f}" for k, v in rates[name].items())
            print(f"{name} {dtype}: {found}", file=sys.stderr, flush=True)
    text = section(results, options.avx2)
    print(text)
    if not options.only:
        write(results, text, "elementary_avx2" if options.avx2 else "elementary")
    return 0


if __name__ == "__main__":
    sys.exit(main())
