"""Without a device: what is missing is said, and nothing of CUDA is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lucid.kernels.errors import TargetError
from lucid.kernels.targets.cuda import device

ROOT = Path(__file__).parents[4]


@pytest.fixture
def machine(monkeypatch):
    """Return a function that puts certain packages and a certain driver in place."""

    def put(packages=(), driver=None, cupy=None):
        monkeypatch.setattr(device, "find_spec", lambda name: name in packages or None)
        monkeypatch.setattr(device, "simulated", lambda: False)

        def load(library):
            if driver is None:
                raise OSError(library)
            return driver

        monkeypatch.setattr(device.ctypes, "CDLL", load)
        monkeypatch.setattr(device, "import_module", lambda name: cupy)
        device._problem.cache_clear()
        return device.problem()

    yield put
    device._problem.cache_clear()


class Driver:
    def __init__(self, start=0, devices=1):
        self.start, self.devices = start, devices

    def cuInit(self, flags):  # noqa: N802
        return self.start

    def cuDeviceGetCount(self, count):  # noqa: N802
        count._obj.value = self.devices
        return 0


class BrokenCuPy:
    class cuda:  # noqa: N801
        class runtime:  # noqa: N801
            @staticmethod
            def getDeviceCount():  # noqa: N802
                raise RuntimeError("driver version is insufficient\nmore")


class WorkingCuPy(BrokenCuPy):
    class cuda:  # noqa: N801
        class runtime:  # noqa: N801
            getDeviceCount = staticmethod(lambda: 1)  # noqa: N815

    empty = staticmethod(lambda count: None)


BOTH = ("numba_cuda", "cupy")


def test_each_thing_that_is_missing_is_said(machine):
    assert "numba-cuda is not installed; get it with: pip install" in machine()
    assert "CuPy is not installed; get it with: pip install" in machine(["numba_cuda"])
    assert "no NVIDIA driver" in machine(BOTH)
    assert "sees no device; look at nvidia-smi" in machine(BOTH, Driver(start=100))
    assert "sees no device" in machine(BOTH, Driver(devices=0))
    assert "does not start (error 999)" in machine(BOTH, Driver(start=999))
    found = machine(BOTH, Driver(), BrokenCuPy)
    assert "CuPy does not work (RuntimeError: driver version is insufficient)" in found
    with pytest.raises(TargetError, match="the target 'cuda' can't run here: CuPy does not work"):
        device.require()


def test_nothing_is_missing(machine):
    assert machine(BOTH, Driver(), WorkingCuPy) is None
    device.require()


def run(code, **variables):
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "0", **variables}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_import_is_silent_and_light():
    code = (
        "import sys, numpy as np, lucid\n"
        "from lucid.kernels.targets import cuda\n"
        "lucid.exp(np.ones(3)); cuda.is_device_array(np.ones(3)); cuda.namespace_of(np.ones(3))\n"
        "assert not {'cupy', 'numba.cuda', 'numba_cuda', 'cuda'} & set(sys.modules)"
    )
    done = run(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_asking_for_it_says_how_to_get_it():
    code = (
        "import numpy as np, lucid\n"
        "from lucid.kernels.targets.cuda import problem\n"
        "for ask in (lambda: lucid.set_target('cuda'), lambda: lucid.target('cuda').__enter__(),\n"
        "            lambda: lucid.exp(np.ones(3), target='cuda')):\n"
        "    try:\n"
        "        ask()\n"
        "    except lucid.errors.TargetError as error:\n"
        "        assert problem() and problem() in str(error)\n"
        "    else:\n"
        "        assert problem() is None or lucid.exp is None\n"
        "print(lucid.get_target())"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("parallel", "cuda")
