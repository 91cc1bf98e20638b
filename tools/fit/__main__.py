"""Write the modules of coefficients: ``python -m tools.fit [--check] [family ...]``."""

import argparse
import importlib
import pkgutil
import sys
import time

import tools.fit
from tools.fit.emit import Family


def families() -> dict[str, Family]:
    """Find every family: the ``FAMILY`` or the ``FAMILIES`` of a module of this package."""
    found = {}
    for entry in pkgutil.iter_modules(tools.fit.__path__, "tools.fit."):
        if entry.name != "tools.fit.__main__":
            module = importlib.import_module(entry.name)
            for family in (getattr(module, "FAMILY", None), *getattr(module, "FAMILIES", ())):
                if isinstance(family, Family):
                    found[family.name] = family
    return found


def main() -> int:
    """Fit the families that are named, or all."""
    known = families()
    parser = argparse.ArgumentParser(prog="python -m tools.fit", description=__doc__)
    parser.add_argument("family", nargs="*", help=f"one of {', '.join(sorted(known))}; default all")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    if unknown := sorted(set(options.family) - set(known)):
        parser.error(f"unknown family {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    different = 0
    for name in options.family or sorted(known):
        family, start = known[name], time.perf_counter()
        source = family.source()
        path = family.path()
        same = path.exists() and path.read_text(encoding="utf-8") == source
        if not options.check and not same:
            path.write_text(source, encoding="utf-8")
        different += not same
        state = "unchanged" if same else "different" if options.check else "written"
        print(f"{name}: {state}, {time.perf_counter() - start:.1f} s")
    return 1 if options.check and different else 0


if __name__ == "__main__":
    sys.exit(main())
