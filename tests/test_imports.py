"""Imports run downward only, and importing the library loads no compiler."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lucid

PACKAGE = Path(lucid.__file__).parent
#: From the ground up. A room may import from its own level's package and from those below.
ROOMS = [
    "kernels.errors",
    "kernels.expression",
    "kernels.codegen",
    "kernels.elementary",
    "kernels.targets",
    "kernels.launch",
    "kernels.parameters",
    "kernels.reductions",
    "kernels.picture",
    "kernels.plotting",
    "kernels.stated",
    "kernels.derived",
    "kernels.rowwise",
    "kernels.pointwise",
    "kernels.catalog",
    "kernels",
    "autograd",
    "tensors",
    "cuda",
    "ops",
    "nn",
    "optim",
    "data",
    "testing",
    "bench",
    "cli",
]


def room_of(module: str) -> str:
    """Return the most specific room of a module of the package."""
    inner = module.removeprefix("lucid.")
    found = [room for room in ROOMS if inner == room or inner.startswith(room + ".")]
    return max(found, key=len) if found else ""


def imports_of(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, at any depth of its code.

    Imports for type checkers alone do not run.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import; name the module in full"
            assert node.module
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.startswith("lucid.")}


FILES = sorted(path for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downward(path):
    module = ".".join(("lucid", *path.relative_to(PACKAGE).with_suffix("").parts))
    module = module.removesuffix(".__init__")
    if module in ("lucid", "lucid.__main__"):
        return
    own = room_of(module)
    assert own, f"{module} stands in no room of ROOMS"
    for name in imports_of(path):
        other = room_of(name)
        assert ROOMS.index(other) <= ROOMS.index(own), f"{module} imports {name}, which is above it"


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(' '.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def test_import_loads_no_compiler():
    modules = loaded_by("import lucid, lucid.nn, lucid.optim, lucid.data")
    assert not {"numba", "llvmlite", "scipy", "matplotlib", "polars", "hypothesis"} & modules


def test_cached_kernels_need_no_numba():
    code = "import lucid; lucid.exp(lucid.ones(3)).sum().item()"
    loaded_by(code)
    assert "numba" not in loaded_by(code)
