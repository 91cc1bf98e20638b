"""The machine on which figures were taken, in words."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from pathlib import Path

from lucid.cuda import get_device_name
from lucid.kernels.targets.cuda import array_module, simulated

__all__ = ["busy_share", "describe", "describe_gpu", "versions"]

PACKAGES = ("numpy", "numba", "numba-cuda", "scipy", "torch", "jax", "numexpr", "cupy-cuda13x")


def versions() -> dict[str, str]:
    """Return the version of Python, and of each library that is installed."""
    packages = {package: _version(package) for package in PACKAGES}
    return {
        "python": platform.python_version(),
        **{name: version for name, version in packages.items() if version},
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        for text in Path("/proc/cpuinfo").read_text().splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    except OSError:  # only Linux has it
        pass
    return platform.processor() or platform.machine()


def _memory() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, OSError, ValueError):
        return 0.0


def busy_share(seconds: float = 0.5) -> float | None:
    """Return the share of all cores' time that programs use while this one sleeps.

    That tells what other programs do now; a load average would count this process's own past.
    None where the system does not say (it is not Linux).
    """
    before = _ticks()
    time.sleep(seconds)
    after = _ticks()
    if before is None or after is None:
        return None
    idle, whole = (end - start for start, end in zip(before, after, strict=True))
    return round(1.0 - idle / whole, 3) if whole else None


def _ticks() -> tuple[int, int] | None:
    """Return what the cores have idled, and all their time, in ticks of the system's clock."""
    try:
        words = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    except OSError:  # only Linux has it
        return None
    # user, nice, system, idle, waiting for a disk, interrupts (two), stolen by other machines
    counts = [int(word) for word in words[1:9]]
    return counts[3] + counts[4], sum(counts)


def describe() -> dict[str, object]:
    """Return processor, cores, memory, system and versions."""
    return {
        "processor": _processor(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(_memory(), 1),
        "system": platform.system(),
        "versions": versions(),
    }


def describe_gpu() -> dict[str, object]:
    """Return name, compute capability, multiprocessors and memory of the GPU.

    Raises
    ------
    TargetError
        If CUDA can't be used.
    """
    cuda = array_module().cuda
    device = cuda.Device()
    held = device.attributes["MultiProcessorCount"]
    facts: dict[str, object] = {
        "name": get_device_name(),
        "capability": f"compute capability {device.compute_capability}",
        "multiprocessors": held,
        "memory_gib": 0.0,
    }
    if not simulated():
        properties = cuda.runtime.getDeviceProperties(device.id)
        facts["memory_gib"] = round(properties["totalGlobalMem"] / 2**30, 1)
    return facts
