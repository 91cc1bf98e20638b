"""Loops over elementary functions are vector code on ARM as well; they are compiled, not run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import pytest

#: One of each kind: plain, look-up in registers, branch for a whole vector, quotients, two types.
NAMES = (
    *("exp_f32", "gelu_f32", "sin_f32", "tanh_f32", "rsqrt_f32", "erf_f32", "pow_f32"),
    *("log_f64", "tan_f64", "tanh_f64", "sigmoid_f64"),
)
TRIPLE, FEATURES = "aarch64-unknown-linux-gnu", "+neon"
PACKED = re.compile(r"^\s+f(?:mla|mls|mul|add|sub|div|sqrt)\s+v\d+\.[24][sd]", re.MULTILINE)
CALL = re.compile(r"^\s+blr?\s+(\S+)", re.MULTILINE)


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    """Return assembly and undefined symbols of each kernel."""
    llvm.initialize_all_targets()
    try:
        llvm.Target.from_triple(TRIPLE)
    except RuntimeError:
        pytest.skip("this LLVM can't make code for ARM")
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CPU_FEATURES"}
    done = subprocess.run(
        [
            *(sys.executable, Path(__file__).with_name("cross.py")),
            *(TRIPLE, "neoverse-n1", FEATURES, *NAMES),
        ],
        # Numba itself still makes code for this machine, without any of its features.
        env={**environment, "NUMBA_CPU_NAME": "generic"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_loops_are_vector_code_on_arm(name: str, compiled: dict[str, Any]) -> None:
    assembly = compiled[name]["assembly"]
    assert len(PACKED.findall(assembly)) >= 4
    # Besides itself a kernel only calls the slow ways of whole vectors.
    called = set(CALL.findall(assembly))
    assert all(target.startswith("lucid.cold.") for target in called)
    assert compiled[name]["outside"] == []


def test_tables_lie_in_registers_on_arm(compiled: dict[str, Any]) -> None:
    # Eight tables, in two vectors side by side at the least.
    assert len(re.findall(r"^\s+tbl\s", compiled["gelu_f32"]["assembly"], re.MULTILINE)) >= 16
