"""NumPy's handler of the memory of large arrays: the machine code of `heap` behind NumPy's calls.

NumPy lets a library allocate the memory of an array, and asks it again when the array dies (NEP 49,
https://numpy.org/neps/nep-0049.html). So these arrays own their memory like any other.
"""

import ctypes
import os
import sys
from importlib import import_module
from typing import Any, Final

import numpy as np

from lucid.kernels.targets import layout
from lucid.kernels.targets.once import once
from lucid.kernels.targets.pool import machine_code

__all__ = ["SET_HANDLER", "SMALLEST", "WORDS", "api", "capsule", "release", "set_handler"]

#: Smaller arrays come from NumPy's allocator, which reuses memory of its own.
SMALLEST: Final = layout.HEAP_STEPS << layout.HEAP_FIRST_POWER
#: ``PyDataMem_SetHandler`` in the table of NumPy's C API, whose order never changes.
SET_HANDLER = 304
#: The name that NumPy expects of the capsule.
_NAME = b"mem_handler"


def _physical_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 8 << 30  # Windows has no sysconf; a modest machine


def _words() -> "np.ndarray[Any, np.dtype[np.int64]]":
    words = np.zeros((layout.HEAP_STACKS + 16 * layout.HEAP_SIZES) // 8, np.int64)
    words[layout.HEAP_LIMIT // 8] = _physical_memory() // 8
    return words


#: What the machine code knows of the blocks; `capsule` fills in the functions that it calls.
WORDS = _words()


class _Handler(ctypes.Structure):
    """``PyDataMem_Handler``, version 1."""

    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("context", ctypes.c_void_p),
        ("malloc", ctypes.c_void_p),
        ("calloc", ctypes.c_void_p),
        ("realloc", ctypes.c_void_p),
        ("free", ctypes.c_void_p),
    )


def api(number: int) -> int:
    """Return the address of a function of NumPy's C API."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype = ctypes.c_void_p
    pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    umath = import_module("numpy._core._multiarray_umath")
    return ctypes.c_int64.from_address(pointer(umath._ARRAY_API, None) + 8 * number).value


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


@once
def _made() -> tuple[Any, Any, Any]:
    WORDS[layout.HEAP_RAW_MALLOC // 8] = _address(ctypes.pythonapi.PyMem_RawMalloc)
    WORDS[layout.HEAP_RAW_FREE // 8] = _address(ctypes.pythonapi.PyMem_RawFree)
    if sys.platform == "linux":
        advise = getattr(ctypes.CDLL(None), "madvise", None)
        WORDS[layout.HEAP_ADVISE // 8] = 0 if advise is None else _address(advise)
    code = machine_code()
    entries = [code[f"heap_{name}"] for name in ("malloc", "calloc", "realloc", "free")]
    handler = _Handler(b"lucid", 1, WORDS.ctypes.data, *entries)
    make = ctypes.pythonapi.PyCapsule_New
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    made = make(ctypes.addressof(handler), _NAME, None)
    clear = ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(code["heap_clear"])
    # Arrays may die when the interpreter takes modules apart: what they need lives for ever.
    for thing in (WORDS, handler, made):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
    return handler, made, clear


def capsule() -> Any:
    """Return the handler as NumPy wants it."""
    return _made()[1]


def release() -> None:
    """Give the memory that is kept for later back to the system."""
    _made()[2](WORDS.ctypes.data)


@once
def set_handler() -> Any:
    """Return NumPy's function that makes a handler the one of new arrays, and returns the last."""
    return ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(api(SET_HANDLER))
