"""How kernels are loaded, kept and launched, on a stand-in for CuPy's driver calls."""

from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from lucid import kernels
from lucid.kernels.launch.device_plan import Plan, side_by_side
from lucid.kernels.targets.cuda import compiler, kernel

pytestmark = pytest.mark.usefixtures("nvidia_compiler")


class Function:
    ptr = 42

    def __init__(self, name):
        self.name = name
        self.launches = []

    def __call__(self, grid, block, arguments):
        self.launches.append((grid, block, tuple(arguments)))


class Module:
    made: ClassVar[list] = []

    def load(self, cubin):
        assert cubin.startswith(b"\x7fELF")
        Module.made.append(self)

    def get_function(self, name):
        self.function = Function(name)
        return self.function


class Device:
    compute_capability = "90"
    attributes: ClassVar[dict] = {"MultiProcessorCount": 132}


@pytest.fixture
def cupy(monkeypatch, tmp_path):
    """Put a machine with one device in place, and an empty cache."""
    fake = SimpleNamespace(
        cuda=SimpleNamespace(Device=Device, function=SimpleNamespace(Module=Module))
    )
    driver = SimpleNamespace(
        occupancyMaxActiveBlocksPerMultiprocessor=lambda function, threads, shared: 8
    )
    monkeypatch.setattr(kernel, "array_module", lambda: fake)
    monkeypatch.setattr(kernel, "import_module", lambda name: driver)
    monkeypatch.setenv("LUCID_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kernel, "_kernels", {})
    Module.made.clear()
    return fake


def compiled():
    program, _ = kernels.square.bind((np.empty(0, np.float32),), {})
    float32 = np.dtype(np.float32)
    plan = Plan(program.expression, (float32,), (float32,), side_by_side([4, 4]))
    written = plan.written
    return kernel.compile_kernel(written.name, written.source, written.parameters, 0)


def test_a_launch(cupy):
    made = compiled()
    made.launch(1000, (1, 2, np.int64(4000)))
    made.launch(10**9, (1, 2, np.int64(4 * 10**9)))
    (module,) = Module.made
    assert module.function.name == "square"
    # Enough blocks for the turns, and no more than run at a time.
    assert module.function.launches == [
        ((4,), (256,), (1, 2, 4000)),
        ((8 * 132,), (256,), (1, 2, 4 * 10**9)),
    ]


def test_a_kernel_is_compiled_once_and_kept(cupy, monkeypatch):
    first = compiled()
    assert compiled() is first
    assert first.path.read_text(encoding="utf-8") == first.source
    # A new process finds it on disk, and compiles nothing.
    monkeypatch.setattr(kernel, "_kernels", {})
    monkeypatch.setattr(compiler, "translate", None)
    again = compiled()
    assert again is not first
    assert again.path == first.path
    assert len(Module.made) == 2


def test_machine_code_of_another_device_is_another_file(cupy, monkeypatch):
    first = compiled()
    monkeypatch.setattr(kernel, "_kernels", {})
    monkeypatch.setattr(Device, "compute_capability", "80")
    assert compiled().path != first.path


def test_a_kept_file_that_was_changed_is_not_run(cupy, monkeypatch):
    first = compiled()
    code = first.path.with_suffix(".o")
    code.write_bytes(code.read_bytes()[:-1] + b"!")
    monkeypatch.setattr(kernel, "_kernels", {})
    assert compiled().path == first.path
    assert len(Module.made) == 2
