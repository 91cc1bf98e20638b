"""What a kernel becomes: PTX by NVVM, machine code by ptxas, and what is wrong with them."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from lucid.kernels.targets.cuda.compiler import assemble, intermediate, lower
from lucid.kernels.targets.cuda.kernel import define
from lucid.kernels.targets.cuda.single import IN_FLOAT64
from tools.ptx.catalogue import Case

__all__ = ["DEVICES", "Measured", "measure"]

#: Compute capabilities, and a device of each.
DEVICES = {(8, 0): "A100", (9, 0): "H100"}

_REGISTERS = re.compile(r"[Uu]sed (\d+) registers")
#: Memory of a thread's own, in each of the ways in which the assembler reports it.
_LOCAL = re.compile(r"(\d+) (?:stack|bytes (?:stack frame|spill stores|spill loads|lmem))\b")
_FLOAT64 = re.compile(r"^\s+(?!ld\.param|\.reg)\S*\.f64\S*\s", re.MULTILINE)
#: Arithmetic without a rounding mode may be fused by the assembler.
_UNROUNDED = re.compile(r"\b(?:mul|add|sub)(?:\.ftz)?\.f(?:32|64)\b")
_CALL = re.compile(r"^\s+(?:@\S+ )?call", re.MULTILINE)
_WIDE = re.compile(r"\b(?:ld|st)\.global\.v\d")


@dataclass
class Measured:
    """What became of a kernel on one device.

    Attributes
    ----------
    registers
        Registers of a thread.
    local
        Bytes of local memory: stack and spilled registers.
    float64
        Instructions that compute in float64, before the assembler.
    size
        Bytes of machine code.
    problems
        What must not be.
    """

    registers: int
    local: int
    float64: int
    size: int
    problems: list[str] = field(default_factory=list)


def measure(case: Case) -> dict[str, Measured]:
    """Return what became of a kernel on each device, by its name."""
    written = case.kernel
    function = define(written.name, written.source, f"<{case.name}>")[written.name]
    code = intermediate(function, written.parameters, min(DEVICES))
    return {
        f"sm_{major}{minor}": _measure(
            case, lower(written.name, code, (major, minor)), major, minor
        )
        for major, minor in DEVICES
    }


def _measure(case: Case, ptx: str, major: int, minor: int) -> Measured:
    log, size = _assembled(ptx, major, minor)
    registers = _REGISTERS.search(log)
    assert registers is not None, log
    local = sum(int(found) for found in _LOCAL.findall(log))
    float64 = len(_FLOAT64.findall(ptx))
    problems = []
    if local:
        problems.append(f"{local} bytes of local memory")
    single = case.dtype not in ("float64", "int64")
    if float64 and single and not case.primitives & IN_FLOAT64.keys():
        problems.append(f"{float64} instructions in float64")
    if _UNROUNDED.search(ptx):
        problems.append("arithmetic that may be fused")
    if _CALL.search(ptx):
        problems.append("a call")
    if case.layout == "wide" and not _WIDE.search(ptx) and case.dtype != "bfloat16":
        problems.append("no wide loads")
    return Measured(int(registers[1]), local, float64, size, problems)


def _assembled(ptx: str, major: int, minor: int) -> tuple[str, int]:
    """Return what the assembler says about a kernel, and the size of its machine code.

    The assembler is ``ptxas`` where it is installed, else the one inside NVIDIA's linker.
    """
    program = shutil.which("ptxas")
    if program is None:
        made = assemble(ptx, (major, minor))
        return made.log, len(made.cubin)
    with tempfile.TemporaryDirectory() as folder:
        source, cubin = Path(folder, "kernel.ptx"), Path(folder, "kernel.cubin")
        source.write_text(ptx, encoding="utf-8")
        command = [program, f"-arch=sm_{major}{minor}", "-v", "-o", str(cubin), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if "Unsupported .version" in done.stderr:
            # An assembler older than the compiler; the linker's has the compiler's age.
            made = assemble(ptx, (major, minor))
            return made.log, len(made.cubin)
        if done.returncode:
            raise RuntimeError(f"ptxas refused the kernel: {done.stderr.strip()}")
        return done.stderr, cubin.stat().st_size
