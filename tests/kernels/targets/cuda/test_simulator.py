"""What needs a device, in Numba's simulator of one: one process for all of it."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

TESTS = Path(__file__).parent / "on_device"
ROOT = Path(__file__).parents[4]


@pytest.mark.skipif(find_spec("numba_cuda") is None, reason="numba-cuda is not installed")
def test_in_the_simulator():
    # Numba reads the variable when it is imported, so that this process can't do it.
    command = [sys.executable, "-m", "pytest", "--no-header", "-x", "-rs", str(TESTS)]
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "SKIPPED" not in done.stdout, done.stdout
