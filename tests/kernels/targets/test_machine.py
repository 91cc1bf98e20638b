"""Code for another processor than this one, as Numba's variables ask for."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

X86 = platform.machine().lower() in ("x86_64", "amd64")

CODE = """
import math
import numpy as np
from lucid.kernels import exp, tanh
from lucid.kernels.targets import machine
from lucid.kernels.targets.compiler import compile_kernel

x = np.linspace(-5, 5, 1001, dtype=np.float32)
for operation, exact in ((exp, np.exp), (tanh, np.tanh)):
    expected = exact(x.astype(np.float64))
    assert np.allclose(operation(x), expected, rtol=2e-7, atol=0), operation
    source = operation.source()
    kernel = compile_kernel(operation.name, source)
    text = kernel.assembly()
    print(machine.host().split()[1], "ymm" in text, "zmm" in text, "call" in text)
"""


def run(folder: Path, **variables: str) -> list[list[str]]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder), **variables}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


@pytest.mark.skipif(not X86, reason="the processor of the test is an x86-64 one")
def test_numbas_variable_chooses_the_processor(tmp_path: Path) -> None:
    """A machine with AVX-512 makes vector code of AVX2 alone, with the same results."""
    for name, wide, wider, calls in run(tmp_path, NUMBA_CPU_NAME="haswell"):
        assert (name, wide, wider, calls) == ("haswell", "True", "False", "False")


@pytest.mark.skipif(not X86, reason="the processor of the test is an x86-64 one")
def test_features_are_added_to_a_plain_processor(tmp_path: Path) -> None:
    """Without fused multiply-add, which x86-64 does not have by itself, the results hold."""
    variables = {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+avx2,+fma"}
    for name, wide, wider, _ in run(tmp_path, **variables):
        assert (name, wide, wider) == ("x86-64", "True", "False")
