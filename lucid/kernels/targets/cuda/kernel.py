"""Kernels that can be launched: compiled, kept on disk, loaded into a device."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from functools import cache as memoize
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lucid.kernels.targets import cache
from lucid.kernels.targets.cuda.arrays import array_module
from lucid.kernels.targets.cuda.device import simulated
from lucid.kernels.targets.once import lock

__all__ = ["Kernel", "addresses", "compile_kernel", "define"]

#: Threads of a block: enough to fill a multiprocessor with any number of registers.
_THREADS = 256
#: In the simulator a thread is a thread of Python; a few show whether the loop's stride is right.
_SIMULATED_GRID = (2, 4)
_simulating = threading.Lock()

#: ``launch(turns, arguments)``: run so many turns of the loop, on the current stream.
Launch = Callable[[int, Sequence[Any]], None]


class Kernel:
    """A kernel on one device.

    Attributes
    ----------
    name
        The name of the function in the source.
    source
        The text of the module that defines it.
    path
        The readable source in the cache folder, or None if it is kept in memory only.
    launch
        ``launch(turns, arguments)``.
    """

    def __init__(self, name: str, source: str, path: Path | None, launch: Launch) -> None:
        self.name = name
        self.source = source
        self.path = path
        self.launch = launch

    def __repr__(self) -> str:
        return f"Kernel({self.name!r}, path={self.path!s})"


_kernels: dict[tuple[str, int], Kernel] = {}


def compile_kernel(name: str, source: str, parameters: Sequence[str], device: int) -> Kernel:
    """Return a kernel: from this process, from disk, or newly compiled.

    Parameters
    ----------
    name
        The function that is the kernel.
    source
        The text of a whole module that defines it, and imports what it needs.
    parameters
        The types of its parameters, see `compiler.translate`.
    device
        The number of the device that is to run it.
    """
    found = _kernels.get((source, device))
    if found is None:
        with lock:
            found = _kernels.get((source, device))
            if found is None:
                made = _simulate(name, source) if simulated() else _load(name, source, parameters)
                found = _kernels[source, device] = made
    return found


def addresses(arrays: Sequence[Any]) -> list[Any]:
    """Return where the first elements lie, as a kernel takes it."""
    if simulated():
        from lucid.kernels.targets.cuda.simulated_functions import pointer

        return [pointer(array.memory) for array in arrays]
    return [array.data.ptr for array in arrays]


def define(name: str, source: str, filename: str) -> dict[str, Any]:
    """Run the module's text; return what it defines."""
    namespace: dict[str, Any] = {"__name__": f"lucid.generated.cuda.{name}"}
    exec(compile(source, filename, "exec"), namespace)
    return namespace


@memoize
def _tools() -> str:
    """Return the versions of what makes machine code."""
    return " ".join(f"{name} {version(name)}" for name in ("numba-cuda", "cuda-bindings"))


def _load(name: str, source: str, parameters: Sequence[str]) -> Kernel:
    """Load a kernel into the current device."""
    cupy = array_module()
    device = cupy.cuda.Device()
    major, minor = int(device.compute_capability[:-1]), int(device.compute_capability[-1])
    processor = f"cuda sm_{major}{minor} {_tools()}"
    key = cache.digest(source, repr((name, tuple(parameters))), processor)
    stem = f"{name}_{key.hex()[:16]}"
    kept = cache.load(stem, key, processor)
    if kept is None:
        from lucid.kernels.targets.cuda.compiler import assemble, translate

        place = cache.folder(processor)
        filename = str(place / f"{stem}.py") if place else f"<lucid kernel {stem}>"
        function = define(name, source, filename)[name]
        capability = (major, minor)
        cubin = assemble(translate(name, function, parameters, capability), capability).cubin
        path = cache.store(stem, key, source, cubin, processor)
    else:
        cubin, path = kept
    module = cupy.cuda.function.Module()
    module.load(cubin)
    function = module.get_function(name)
    driver: Any = import_module("cupy_backends.cuda.api.driver")
    resident = driver.occupancyMaxActiveBlocksPerMultiprocessor(function.ptr, _THREADS, 0)
    most = max(1, resident) * device.attributes["MultiProcessorCount"]

    def launch(turns: int, arguments: Sequence[Any]) -> None:
        # No more blocks than run at a time: each takes its next turn without being scheduled.
        function((min(most, -(-turns // _THREADS)),), (_THREADS,), arguments)

    return Kernel(name, source, path, launch)


def _simulate(name: str, source: str) -> Kernel:
    """Make a kernel for Numba's simulator."""
    from lucid.kernels.targets.cuda import simulated_functions

    kernel = import_module("numba.cuda").jit(simulated_functions.define(source)[name])

    def launch(turns: int, arguments: Sequence[Any]) -> None:
        # It runs one kernel at a time. A device has no warnings; filters reach its threads.
        with _simulating, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The simulator waits for its threads in a loop, which they have to interrupt.
            interval = sys.getswitchinterval()
            sys.setswitchinterval(1e-5)
            try:
                kernel[_SIMULATED_GRID](*arguments)
            finally:
                sys.setswitchinterval(interval)

    return Kernel(name, source, None, launch)
