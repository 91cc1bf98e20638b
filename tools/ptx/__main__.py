"""Compile and look: ``python -m tools.ptx [--only exp,tanh] [--dtype float32] [--write]``.

It needs numba-cuda with its NVIDIA packages, but neither a driver nor a device. The exit status
is 1 if a kernel has what it must not have.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import version

from lucid.kernels import OPERATIONS
from tools.ptx.catalogue import DTYPES, cases
from tools.ptx.measure import measure
from tools.ptx.page import FIGURES, PAGE, store, write_page


def main() -> int:
    """Compile all kernels, or the chosen ones."""
    parser = argparse.ArgumentParser(prog="python -m tools.ptx", description=__doc__)
    parser.add_argument("--only", help="operations, separated by commas; default all")
    parser.add_argument("--dtype", choices=DTYPES, help="default all")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}, {FIGURES.name}")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else None
    if unknown := sorted(set(names or ()) - set(OPERATIONS)):
        parser.error(f"unknown operation {', '.join(unknown)}")
    if options.write and (names or options.dtype):
        parser.error("--write writes the whole table; leave --only and --dtype away")
    print(versions(), flush=True)
    figures = {}
    failed = 0
    for case in cases(names, [options.dtype] if options.dtype else None):
        label = f"{case.name} {case.dtype} {case.layout}"
        found = measure(case)
        figures[label] = {device: asdict(one) for device, one in found.items()}
        problems = {device: one.problems for device, one in found.items() if one.problems}
        failed += bool(problems)
        registers = ", ".join(f"{device} {one.registers}" for device, one in found.items())
        print(f"{label}: {problems or registers}", flush=True)
    if options.write:
        store(figures)
        write_page(figures, versions())
    print(f"{len(figures)} kernels, {failed} with problems")
    return 1 if failed else 0


def versions() -> str:
    """Return the versions of what makes machine code."""
    packages = [f"{name} {version(name)}" for name in ("numba-cuda", "nvidia-nvvm")]
    program = shutil.which("ptxas")
    if program is None:
        return ", ".join([*packages, f"nvidia-nvjitlink {version('nvidia-nvjitlink')}"])
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"V(\d[\d.]*)", said)
    return ", ".join([*packages, f"ptxas {found[1] if found else ''}"])


if __name__ == "__main__":
    sys.exit(main())
