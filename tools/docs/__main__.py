"""``python -m tools.docs``: write the pages, build the site, check it."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tools.docs.site import build, check


def main() -> int:
    """Build the site and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/docs"), help="default: build/docs")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    try:
        site = build(out)
    except (subprocess.CalledProcessError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    faults = check(site)
    print(*faults, sep="\n", file=sys.stderr, end="\n" if faults else "")
    if not faults:
        print(f"{site / 'index.html'}: every link leads somewhere, no page is missing")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
