"""Check everything that needs a GPU, and write a page about it.

    python -m tools.gpu_check                      # on a machine that has one; some ten minutes
    NUMBA_ENABLE_CUDASIM=1 python -m tools.gpu_check --tiny --only exp,hard_sigmoid

The tests of ``tests/cuda``, the battery of `lucid.testing` on every operation, agreement with the
CPU in every dtype, the bandwidth that each operation reaches, and a training run. ``gpu_check.md``
and ``gpu_check.json`` get the figures; the exit code is 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from lucid.bench.machine import describe_gpu, versions
from lucid.kernels.targets.cuda import problem, simulated
from tools.gpu_check.agreement import agreement, battery
from tools.gpu_check.operations import chosen
from tools.gpu_check.page import page
from tools.gpu_check.speed import bandwidth, speed
from tools.gpu_check.train import APART, train

ROOT = Path(__file__).parents[2]
TESTS = ["tests/cuda"]
#: Of the compiler, which the simulator has none of.
DEVICE_TESTS = ["tests/kernels/targets/cuda", "tests/kernels/codegen/test_cuda.py"]


def run_tests() -> dict[str, Any]:
    """Run the tests on the device, in a process of their own."""
    command = [sys.executable, "-m", "pytest", "--no-header", *TESTS]
    if not simulated():
        command += DEVICE_TESTS
    result = subprocess.run(
        command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    told = [line for line in result.stdout.splitlines() if line.strip()]
    summary = told[-1].strip("= ") if told else "no output"
    if result.returncode:
        print(result.stdout, result.stderr, file=sys.stderr)
    return {"code": result.returncode, "summary": summary}


def check(options: argparse.Namespace) -> dict[str, Any]:
    """Return the report."""
    tiny = options.tiny
    size = options.size or (64 if tiny else 1 << 24)
    points = options.points or (24 if tiny else 100_000)
    widths, batch, steps = ((4, 3, 2), 4, 3) if tiny else ((784, 512, 512, 10), 128, 50)
    report: dict[str, Any] = {
        "gpu": describe_gpu(),
        "versions": versions(),
        "settings": {
            "size": size,
            "points": points,
            "network": f"{'-'.join(map(str, widths))}, batch {batch}, Adam",
        },
        "tests": None if options.without_tests else run_tests(),
        "bandwidth": bandwidth(size),
        "training": train(widths, batch, steps),
        "operations": {},
    }
    for operation in chosen(tuple(options.only.split(",")) if options.only else ()):
        print(operation.name, flush=True)
        steps_of: dict[str, Callable[[], Any]] = {
            "ulp": partial(agreement, operation, points),
            "battery": partial(battery, operation, 8 if tiny else 40),
            "speed": partial(speed, operation, size),
        }
        report["operations"][operation.name] = held = {"failed": {}, "ulp": {}}
        for step, call in steps_of.items():
            _take(held, step, call)
    return report


def _take(held: dict[str, Any], step: str, call: Callable[[], Any]) -> None:
    """Keep what a step gives, or why it failed: the others are to be checked all the same."""
    try:
        held[step] = call()
    except Exception as error:
        held["failed"][step] = f"{type(error).__name__}: {error}"


def problems(report: dict[str, Any]) -> list[str]:
    """Return what is wrong, in words."""
    found = []
    if report["tests"] and report["tests"]["code"]:
        found.append(f"tests failed: {report['tests']['summary']}")
    if not report["training"]["apart"] <= APART:
        found.append(f"the losses of a training differ by {report['training']['apart']:.1e}")
    for name, held in report["operations"].items():
        found += [f"{name}, {step}: {text}" for step, text in held["failed"].items()]
    return found


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, help="elements of the speed measurement")
    parser.add_argument("--points", type=int, help="points that are compared with the CPU's")
    parser.add_argument("--only", help="operations, separated by commas; all by default")
    parser.add_argument("--tiny", action="store_true", help="sizes for Numba's simulator")
    parser.add_argument("--without-tests", action="store_true", help="leave the tests out")
    parser.add_argument("--output", type=Path, default=Path("gpu_check"), help="without a suffix")
    options = parser.parse_args()
    missing = problem()
    if missing:
        print(f"there is nothing to check: {missing}", file=sys.stderr)
        return 2
    report = check(options)
    options.output.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    options.output.with_suffix(".md").write_text(page(report), "utf-8")
    wrong = problems(report)
    for text in wrong:
        print(f"WRONG: {text}", file=sys.stderr)
    print(f"wrote {options.output}.md and {options.output}.json: {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
