"""From a kernel's source text to code for a device.

numba-cuda translates the source, inlines the elementary functions and hands over LLVM's language
inside NVIDIA's container for link-time optimisation; NVIDIA's linker turns that into PTX and the
PTX into machine code. Two things could not be had from ``cuda.jit`` alone:

- ``-fma=0``. Arithmetic that the user wrote rounds step by step, as on the other targets; the
  elementary functions carry their own permission to fuse.
- A cache whose key is everything that a kernel is made of. Numba's does not notice that a called
  function has changed. Here machine code lies beside that of the other targets, and a process that
  finds it there never imports Numba.

All of it works without a driver and without a device.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from lucid.kernels.targets.once import lock

__all__ = ["Code", "assemble", "intermediate", "lower", "translate"]

_ENTRY = re.compile(r"^\s*\.visible\s+\.entry\s+([\w$]+)\(", re.MULTILINE)


class Code:
    """Machine code, and what the linker said about it."""

    def __init__(self, cubin: bytes, log: str) -> None:
        self.cubin = cubin
        self.log = log


@contextmanager
def _for_device(capability: tuple[int, int]) -> Iterator[None]:
    """Let numba-cuda compile called functions for a device that need not be there.

    It asks the current device for its compute capability, and for nothing else. So this never
    starts CUDA in the process, and what is checked without a device is what runs on one.
    """
    dispatcher: Any = import_module("numba.cuda.dispatcher")
    asked = dispatcher.get_current_device
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=capability)
    try:
        yield
    finally:
        dispatcher.get_current_device = asked


def intermediate(function: Any, parameters: Sequence[str], capability: tuple[int, int]) -> bytes:
    """Return a kernel in LLVM's language, in NVIDIA's container.

    Parameters
    ----------
    function
        The Python function.
    parameters
        The types of its parameters: ``float32``, or ``float32*`` for a pointer.
    capability
        The least compute capability that is to run it.
    """
    cuda: Any = import_module("numba.cuda")
    types: Any = import_module("numba.core.types")
    signature = tuple(
        types.CPointer(getattr(types, kind[:-1])) if kind.endswith("*") else getattr(types, kind)
        for kind in parameters
    )
    with lock, warnings.catch_warnings(), _for_device(capability):
        warnings.simplefilter("ignore")
        code, _ = cuda.compile(
            function, signature, cc=capability, device=False, abi="numba", output="ltoir"
        )
    made: bytes = code
    return made


def lower(name: str, code: bytes, capability: tuple[int, int]) -> str:
    """Return a kernel in PTX, the assembly language of no device in particular, under a name."""
    arch = f"-arch=sm_{capability[0]}{capability[1]}"
    text = _link(code, "LTOIR", ["-lto", "-ptx", "-fma=0", arch], "linked_ptx")[0]
    ptx = text.rstrip(b"\0").decode()
    entry = _ENTRY.search(ptx)
    assert entry is not None, ptx
    # Numba's name holds all types of the parameters, and is repeated in each of theirs.
    return ptx.replace(entry[1], name)


def translate(
    name: str, function: Any, parameters: Sequence[str], capability: tuple[int, int]
) -> str:
    """Return a kernel in PTX; see `intermediate` and `lower`."""
    return lower(name, intermediate(function, parameters, capability), capability)


def assemble(ptx: str, capability: tuple[int, int]) -> Code:
    """Return the machine code of a kernel for a device."""
    arch = f"-arch=sm_{capability[0]}{capability[1]}"
    cubin, log = _link(ptx.encode() + b"\0", "PTX", [arch, "-verbose"], "linked_cubin")
    return Code(cubin, log)


def _link(data: bytes, kind: str, options: list[str], result: str) -> tuple[bytes, str]:
    """Give one piece of code to NVIDIA's linker; return what it makes, and its log."""
    linker: Any = import_module("cuda.bindings.nvjitlink")

    def read(what: str) -> bytes:
        size: int = getattr(linker, f"get_{what}_size")(handle)
        buffer = bytearray(size)
        get: Callable[[int, bytearray], None] = getattr(linker, f"get_{what}")
        get(handle, buffer)
        return bytes(buffer)

    handle = linker.create(len(options), options)
    try:
        try:
            linker.add_data(handle, getattr(linker.InputType, kind), data, len(data), "kernel")
            linker.complete(handle)
        except linker.nvJitLinkError as error:
            log = read("error_log").rstrip(b"\0").decode()
            raise RuntimeError(f"the kernel could not be linked: {error}\n{log}") from None
        return read(result), read("info_log").rstrip(b"\0").decode()
    finally:
        linker.destroy(handle)
