"""Whether this machine can run the target ``cuda``, and what is missing if it can't."""

from __future__ import annotations

import ctypes
import os
import sys
import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from lucid.kernels.errors import TargetError

__all__ = ["problem", "require", "simulated"]

_GET = "get it with: pip install 'lucid-kernels[cuda]'"
#: The driver's answers that have a meaning of their own here.
_SUCCESS, _NO_DEVICE = 0, 100


@cache
def simulated() -> bool:
    """Whether Numba's simulator stands in for a device (``NUMBA_ENABLE_CUDASIM=1``).

    Numba reads the variable when it is imported, so what it was at the first question holds.
    """
    return os.environ.get("NUMBA_ENABLE_CUDASIM", "0").strip() not in ("", "0")


def problem() -> str | None:
    """Return None if the target ``cuda`` works here, else a sentence that says what is missing.

    It raises nothing and prints nothing. Only the first call looks.

    Examples
    --------
    >>> from lucid.kernels.targets.cuda import problem
    >>> problem() is None or "; " in problem()
    True
    """
    return _problem()


@cache
def _problem() -> str | None:
    if find_spec("numba_cuda") is None:
        return f"the package numba-cuda is not installed; {_GET}"
    if simulated():
        return None
    if find_spec("cupy") is None:
        return f"the package CuPy is not installed; {_GET}"
    return _driver_problem() or _cupy_problem()


def _driver_problem() -> str | None:
    library = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(library)
    except OSError:
        return f"there is no NVIDIA driver ({library} was not found); install one for this GPU"
    found = driver.cuInit(0)
    count = ctypes.c_int(0)
    if found == _SUCCESS:
        found = driver.cuDeviceGetCount(ctypes.byref(count))
    if found == _NO_DEVICE or (found == _SUCCESS and count.value == 0):
        return (
            "the NVIDIA driver sees no device; look at nvidia-smi and at CUDA_VISIBLE_DEVICES="
            f"{os.environ.get('CUDA_VISIBLE_DEVICES', '(not set)')}"
        )
    if found != _SUCCESS:
        return f"the NVIDIA driver does not start (error {found}); look at nvidia-smi"
    return None


def _cupy_problem() -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cupy = import_module("cupy")
            cupy.cuda.runtime.getDeviceCount()
            cupy.empty(1)
    # A package of foreign machine code fails in many ways: another CUDA version, a library that
    # is missing, a device without free memory.
    except Exception as error:
        reason = str(error).strip().splitlines()
        return (
            f"CuPy does not work ({type(error).__name__}: {reason[0] if reason else 'no reason'}); "
            "its package has to fit the driver's CUDA version, see nvidia-smi"
        )
    return None


def require() -> None:
    """Raise unless the target ``cuda`` works here.

    Raises
    ------
    TargetError
        With the sentence of `problem`.
    """
    found = problem()
    if found is not None:
        raise TargetError(f"the target 'cuda' can't run here: {found}")
