"""Loops over elementary functions are vector code on ARM as well: compiled here, not run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import pytest

TRIPLE = "aarch64-unknown-linux-gnu"
#: One of each kind: plain, look-up in registers, branch for a whole vector, quotients, two types.
NAMES = (
    *("exp_f32", "gelu_f32", "sin_f32", "tanh_f32", "rsqrt_f32", "erf_f32", "pow_f32"),
    *("log_f64", "tan_f64", "tanh_f64", "sigmoid_f64"),
)
#: Those that depend on how the processor is reported: a look-up, the longest, a branch.
TELLING = ("gelu_f32", "pow_f32", "rsqrt_f32")
#: Processors, what LLVM reports of them, and what is compiled: with NEON alone, where nothing is
#: reported (macOS), with SVE of 256 and of 128 bits.
PROCESSORS = {
    "neoverse-n1": ("+neon", NAMES),
    "apple-m1": ("", TELLING),
    "neoverse-v1": ("+neon,+sve", TELLING),
    "neoverse-v2": ("+neon,+sve,+sve2", TELLING),
}
CASES = [(processor, name) for processor, (_, names) in PROCESSORS.items() for name in names]
PACKED = re.compile(r"^\s+f(?:mla|mls|mul|add|sub|div|sqrt)\s+v\d+\.[24][sd]", re.MULTILINE)
CALL = re.compile(r"^\s+blr?\s+(\S+)", re.MULTILINE)


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    """Return assembly and undefined symbols of each kernel, by processor."""
    llvm.initialize_all_targets()
    try:
        llvm.Target.from_triple(TRIPLE)
    except RuntimeError:
        pytest.skip("this LLVM can't make code for ARM")
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CPU_FEATURES"}
    found: dict[str, Any] = {}
    for processor, (features, names) in PROCESSORS.items():
        done = subprocess.run(
            [
                *(sys.executable, Path(__file__).with_name("cross.py")),
                *(TRIPLE, processor, features, *names),
            ],
            # Numba itself still makes code for this machine, without any of its features.
            env={**environment, "NUMBA_CPU_NAME": "generic"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found[processor] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("processor", "name"), CASES)
def test_loops_are_vector_code_on_arm(processor: str, name: str, compiled: dict[str, Any]) -> None:
    kernel = compiled[processor][name]
    assert len(PACKED.findall(kernel["assembly"])) >= 4
    # Besides itself a kernel only calls the slow ways of whole vectors.
    called = set(CALL.findall(kernel["assembly"]))
    assert all(target.startswith("lucid.cold.") for target in called)
    assert kernel["outside"] == []


@pytest.mark.parametrize("processor", PROCESSORS)
def test_tables_lie_in_registers_on_arm(processor: str, compiled: dict[str, Any]) -> None:
    # Eight tables, in two vectors side by side at the least.
    assembly = compiled[processor]["gelu_f32"]["assembly"]
    assert len(re.findall(r"^\s+tbl\s", assembly, re.MULTILINE)) >= 16
