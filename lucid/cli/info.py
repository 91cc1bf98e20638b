"""``lucid info``: what is installed, and what is in force on this machine."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from typing import Any

__all__ = ["cache_facts", "clear_cache", "gather", "info", "mebibytes", "version"]

PACKAGES = (
    "numpy",
    "numba",
    "llvmlite",
    "numba-cuda",
    "cupy-cuda13x",
    "polars",
    "safetensors",
    "scikit-learn",
    "matplotlib",
    "typer",
    "rich",
)
# Of the hundred features that LLVM names, those that decide how wide and how fast loops run.
TELLING = {
    *("sse4.2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl"),
    *("avx512fp16", "avx512bf16", "amx-tile", "neon", "fullfp16", "bf16", "sve", "sve2"),
}


def version(package: str) -> str:
    """Return the version of an installed distribution, or a word where there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def gather() -> dict[str, Any]:
    """Collect everything as plain JSON values."""
    import llvmlite.binding as llvm

    import lucid
    from lucid.kernels import get_num_threads, get_target

    return {
        "lucid": lucid.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {package: version(package) for package in PACKAGES},
        "target": get_target(),
        "targets": _targets(),
        "threads": get_num_threads(),
        "cores": os.cpu_count(),
        "cpu": {
            "name": llvm.get_host_cpu_name(),
            "features": sorted(_features(llvm) & TELLING),
        },
        "cache": cache_facts(),
        "blas": _blas(),
    }


def _features(llvm: Any) -> set[str]:
    try:
        return {name for name, there in llvm.get_host_cpu_features().items() if there}
    except RuntimeError:  # LLVM can't tell on some architectures
        return set()


def _targets() -> dict[str, str]:
    """Name each target with "available", or with what is missing."""
    from lucid.kernels.launch.settings import TARGETS
    from lucid.kernels.targets.cuda import problem

    found = {name: "available" for name in TARGETS if name != "cuda"}
    missing = problem()
    if missing:
        return found | {"cuda": missing}
    from lucid.bench.machine import describe_gpu

    gpu = describe_gpu()
    return found | {"cuda": f"available: {gpu['name']}, {gpu['capability']}"}


def cache_facts() -> dict[str, Any]:
    """Return place, size and bound of the cache of kernels, and why none are kept, if so."""
    from lucid.kernels.targets import machine
    from lucid.kernels.targets.cache import cache_root, cache_status
    from lucid.kernels.targets.prune import limit, usage

    status = cache_status(machine.host())
    held = usage(cache_root())
    return {
        "folder": str(cache_root()),
        "problem": status.problem,
        "kernels": held.kernels,
        "bytes": held.bytes,
        "limit": limit(),
    }


def clear_cache() -> None:
    """Remove all kernels that are kept, and say how many there were."""
    from lucid.kernels.targets.cache import cache_root
    from lucid.kernels.targets.prune import prune

    removed = prune(cache_root(), 0)
    print(f"removed {removed.kernels:,} kernels, {mebibytes(removed.bytes)}, of {cache_root()}")


def mebibytes(count: int) -> str:
    """Write a number of bytes."""
    return f"{count / 2**20:,.1f} MiB"


def _blas() -> str:
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    found = config.get("Build Dependencies", {}).get("blas", {})
    return f"{found.get('name', 'unknown')} {found.get('version', '')}".strip()


def info(*, as_json: bool) -> None:
    """Run the command."""
    facts = gather()
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(show_header=False, box=None)
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    cache, cpu = facts["cache"], facts["cpu"]
    kept = (
        f"{cache['kernels']:,} kernels, {mebibytes(cache['bytes'])} "
        f"of at most {mebibytes(cache['limit'])}"
    )
    rows = [
        ("lucid", facts["lucid"]),
        ("python", f"{facts['python']} on {facts['platform']}"),
        ("packages", ", ".join(f"{name} {held}" for name, held in facts["packages"].items())),
        *((f"target {name}", state) for name, state in facts["targets"].items()),
        ("target in force", facts["target"]),
        ("threads", f"{facts['threads']} of lucid's own pool, {facts['cores']} cores"),
        ("cpu", f"{cpu['name']}: {' '.join(cpu['features']) or 'no features known'}"),
        ("cache", f"{cache['folder']}: {kept}"),
        ("blas", facts["blas"]),
    ]
    if cache["problem"]:
        rows.insert(-1, ("cache problem", cache["problem"]))
    for name, text in rows:
        grid.add_row(name, Text(text))
    Console().print(grid)
