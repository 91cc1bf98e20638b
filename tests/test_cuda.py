"""The tests of ``tests/cuda`` in Numba's simulator, in one process of their own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lucid
from lucid import nn
from lucid.kernels.errors import TargetError
from lucid.kernels.targets.cuda import problem

HERE = Path(__file__).parent


@pytest.mark.skipif(
    importlib.util.find_spec("numba_cuda") is None,
    reason="numba-cuda, which the extra `test` brings, is not installed",
)
def test_everything_on_the_simulator():
    command = [sys.executable, "-m", "pytest", "--no-header", str(HERE / "cuda")]
    # Numba reads the variable when it is imported, so the tests need a process of their own.
    result = subprocess.run(
        command,
        cwd=HERE.parent,
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"


@pytest.mark.skipif(problem() is None, reason="there is a GPU here")
@pytest.mark.parametrize(
    "ask",
    [
        lambda: lucid.tensor([1.0], device="cuda"),
        lambda: lucid.ones(2).to("cuda"),
        lambda: lucid.ones(2).cuda(),
        lambda: lucid.zeros(2, device="cuda:0"),
        lambda: lucid.rand(2, device="cuda"),
        lambda: nn.Linear(2, 2).to("cuda"),
        lambda: nn.Linear(2, 2).cuda(),
        lambda: lucid.set_target("cuda"),
    ],
)
def test_without_a_gpu_the_error_says_what_is_missing(ask):
    with pytest.raises(TargetError) as error:
        ask()
    missing = problem()
    assert missing is not None
    assert missing in str(error.value)


def test_devices_that_do_not_exist():
    for name in ("gpu", "cuda:x", "cpu:1", "tpu", ""):
        with pytest.raises(TargetError, match="'cpu', 'cuda' or 'cuda:0'"):
            lucid.ones(1).to(device=name)


def test_the_cpu_is_a_device_too():
    x = lucid.ones(2, device="cpu")
    assert (x.device, x.device.type, x.device.index) == ("cpu", "cpu", None)
    assert x.to("cpu") is x.to(device=x.device) is x.cpu() is x
    assert not hasattr(x, "__cuda_array_interface__")
    net = nn.Linear(2, 2)
    assert net.to("cpu") is net.cpu() is net


def test_dlpack_on_the_cpu():
    import numpy as np

    x = lucid.tensor([1.0, 2.0])
    assert x.__dlpack_device__() == (1, 0)
    shared = np.from_dlpack(x)
    shared[0] = 5
    assert lucid.from_dlpack(shared).tolist() == x.tolist() == [5.0, 2.0]
    with pytest.raises(BufferError, match="detach"):
        np.from_dlpack(lucid.ones(1, requires_grad=True))
    with pytest.raises(TypeError, match="no __dlpack__"):
        lucid.from_dlpack([1.0])
