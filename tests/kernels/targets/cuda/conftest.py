"""What compiling for a device needs: no driver, but NVIDIA's compiler."""

from importlib.util import find_spec

import pytest


def _missing() -> str | None:
    if find_spec("numba_cuda") is None:
        return "numba-cuda is not installed"
    from cuda.pathfinder import DynamicLibNotFoundError, load_nvidia_dynamic_lib

    try:
        for library in ("nvvm", "nvJitLink"):
            load_nvidia_dynamic_lib(library)
    except DynamicLibNotFoundError as error:
        return f"NVIDIA's compiler is not installed: {error}"
    return None


@pytest.fixture(scope="session")
def nvidia_compiler() -> None:
    """Skip where there is no compiler for devices."""
    reason = _missing()
    if reason is not None:
        pytest.skip(reason)
