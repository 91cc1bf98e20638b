"""Measure and write: ``python -m tools.accuracy [--only exp,log] [--quick] [--missing]``.

With ``--elsewhere COMMAND --label NAME`` Lucid computes in another process, such as one on another
machine, and its results are measured here and stored under that name; with ``--quick`` as well.
"""

import argparse
import importlib.util
import sys
import time
from dataclasses import replace

import numpy as np

from tools.accuracy.elsewhere import Elsewhere
from tools.accuracy.registry import FUNCTIONS
from tools.accuracy.report import store, store_elsewhere, stored, write_table
from tools.accuracy.samples import measure_sample
from tools.accuracy.sweep import sweep


def main() -> int:
    """Measure the chosen functions, one after the other, storing each result at once."""
    parser = argparse.ArgumentParser(prog="python -m tools.accuracy", description=__doc__)
    parser.add_argument("--only", help="names, separated by commas; default all")
    parser.add_argument("--dtype", choices=("float32", "float64"), help="default both")
    parser.add_argument("--quick", action="store_true", help="a part of the inputs, nothing stored")
    parser.add_argument("--missing", action="store_true", help="only what has no result yet")
    parser.add_argument("--table", action="store_true", help="write the table, measure nothing")
    parser.add_argument("--workers", type=int, help="threads of the sweep; default all cores")
    parser.add_argument("--samples", type=int, default=20_000, help="size of a sample")
    parser.add_argument(
        "--peers-every", type=int, default=1, help="sweep the other libraries on 1 block in so many"
    )
    parser.add_argument("--elsewhere", metavar="COMMAND", help="a Python interpreter to measure")
    parser.add_argument("--label", default="elsewhere", help="what to store its results under")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(FUNCTIONS)
    if unknown := sorted(set(names) - set(FUNCTIONS)):
        parser.error(f"unknown function {', '.join(unknown)}; known are {', '.join(FUNCTIONS)}")
    print(_versions(), flush=True)
    worst = 0.0
    other = Elsewhere(options.elsewhere) if options.elsewhere else None
    for name in () if options.table else names:
        function = replace(FUNCTIONS[name], elsewhere=other)
        for kind in (options.dtype,) if options.dtype else ("float32", "float64"):
            if options.missing and kind in stored(name):
                continue
            start = time.perf_counter()
            count = options.samples // (5 if options.quick else 1)
            if kind == "float32" and function.arity == 1:
                result = sweep(function, options.quick, options.workers, options.peers_every)
            else:
                result = measure_sample(function, np.dtype(kind).type, count)
            seconds = time.perf_counter() - start
            worst = max(worst, result["lucid"]["max_ulp"])
            print(
                f"{name} {kind} ({seconds:.0f} s, {result['inputs']}): {_line(result)}", flush=True
            )
            if other is not None:
                store_elsewhere(options.label, other.description, name, kind, result)
            elif not options.quick:
                store(name, kind, result)
    if other is not None:
        other.close()
    if not options.quick:
        print(f"wrote {write_table(_versions())}")
    if not options.table:
        print(f"largest error of Lucid: {worst:.3f} ulp")
    return 0 if worst < 2 else 1


def _line(result: dict[str, object]) -> str:
    return "; ".join(
        f"{name} {found['max_ulp']:.4g} at {', '.join(map(repr, found['at']))}, "
        f"{100 * found['correctly_rounded']:.2f} % rounded"
        for name, found in result.items()
        if isinstance(found, dict)
    )


def _versions() -> str:
    titles = {"NumPy": "numpy", "SciPy": "scipy", "PyTorch": "torch", "Numba": "numba"}
    found = [
        f"{title} {importlib.import_module(module).__version__}"
        if importlib.util.find_spec(module)
        else f"{title} is missing"
        for title, module in titles.items()
    ]
    return ", ".join(found) + "."


if __name__ == "__main__":
    sys.exit(main())
