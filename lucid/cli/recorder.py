"""Runs a script as Python itself would, and writes down which kernels it obtains.

    python -m lucid.cli.recorder RECORD SCRIPT [ARGUMENTS ...]

The file RECORD gets a line for every kernel: ``compiled NAME`` or ``loaded NAME``.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import TextIO

from lucid.kernels.targets.compiler import listeners

__all__ = ["run"]


def run(record: TextIO, script: Path, arguments: list[str]) -> None:
    """Run the script; whatever it raises is raised here."""

    def note(stem: str, compiled: bool) -> None:
        record.write(f"{'compiled' if compiled else 'loaded'} {stem}\n")
        record.flush()

    listeners.append(note)
    sys.argv = [str(script), *arguments]
    sys.path[0] = str(script.parent)
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        listeners.remove(note)


if __name__ == "__main__":
    with open(sys.argv[1], "a", encoding="utf-8") as opened:
        run(opened, Path(sys.argv[2]), sys.argv[3:])
