"""Kernels written by hand, and Python processes for what can't be tested in this one."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from lucid.kernels import targets
from lucid.kernels.targets import native
from lucid.kernels.targets.compiler import Kernel, compile_kernel

AXPY = """
from numpy import float32
from lucid.kernels.targets.memory import operand, scalar


def axpy(operands, scalars, count):
    x = operand(operands, 0, count, float32)
    y = operand(operands, 1, count, float32)
    out = operand(operands, 2, count, float32)
    slope = float32(scalar(scalars, 0))
    for i in range(count):
        out[i] = slope * x[i] + y[i]
"""

#: Heavy enough that ten thousand elements are worth sharing.
POLYNOMIAL = """
from numpy import float32
from lucid.kernels.targets.memory import operand


def polynomial(operands, scalars, count):
    x = operand(operands, 0, count, float32)
    out = operand(operands, 1, count, float32)
    for i in range(count):
        value = x[i]
        for _ in range(20):
            value = value * x[i] + float32(0.25)
        out[i] = value
"""

F4 = np.dtype(np.float32)


def axpy() -> Kernel:
    return compile_kernel("axpy", AXPY)


def axpy_plan(layouts: str = "ccc", grain: int = 1000) -> Any:
    return native.plan(axpy(), layouts, [F4] * 3, 1, 1, grain)


def polynomial_plan(grain: int = 1000) -> Any:
    return native.plan(compile_kernel("polynomial", POLYNOMIAL), "cc", [F4] * 2, 1, 0, grain)


def python(code: str, cache: Path, **environment: str) -> "subprocess.Popen[str]":
    """Start a Python process that has these kernels, with a cache folder of its own."""
    root = Path(targets.__file__).parents[3]
    paths = os.pathsep.join([str(root), str(Path(__file__).parent)])
    variables = {
        **os.environ,
        "PYTHONPATH": paths,
        "LUCID_CACHE_DIR": str(cache),
        "PYTHONFAULTHANDLER": "1",
        **environment,
    }
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]", timeout: float = 60) -> str:
    """Wait for a process that is to end well and silently; return what it printed."""
    try:
        output, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert (process.returncode, errors) == (0, "")
    return output
