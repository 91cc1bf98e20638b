"""Matrix products of NumPy, with as many BLAS threads as the product is worth.

OpenBLAS, which NumPy's wheels carry, shares a product among its own threads from 64 x 64 x 64 on
and waits for them in a spinning barrier. Where other programs use the cores, that barrier turns
ten microseconds into as many milliseconds; small networks multiply nothing else. A small product
therefore runs on the calling thread alone. The number of threads is put back at once: a caller's
own products are not ours to change.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["multiply"]

#: Multiplications below which a second thread costs more than it brings (about 50 microseconds).
_SMALL = 4_000_000


@cache
def _controls() -> tuple[Callable[[], int], Callable[[int], None]] | None:
    """Return the functions that read and set OpenBLAS's number of threads, if it is there."""
    root = Path(np.__file__).parent
    for folder in (root.parent / "numpy.libs", root / ".dylibs"):
        for path in folder.glob("*openblas*"):
            # The library is loaded already: this finds it again.
            library = ctypes.CDLL(str(path))
            for prefix, suffix in (("scipy_", "64_"), ("scipy_", ""), ("", "64_"), ("", "")):
                get = getattr(library, f"{prefix}openblas_get_num_threads{suffix}", None)
                put = getattr(library, f"{prefix}openblas_set_num_threads{suffix}", None)
                if get is not None and put is not None:
                    get.restype, get.argtypes = ctypes.c_int, []
                    put.restype, put.argtypes = None, [ctypes.c_int]
                    return get, put
    return None


def multiply(x: Any, y: Any, out: Any = None) -> Any:
    """Return ``numpy.matmul(x, y)``."""
    # For stacks of matrices the count is that of one matrix: NumPy calls BLAS for each.
    rows = x.shape[-2] if x.ndim > 1 else 1
    columns = y.shape[-1] if y.ndim > 1 else 1
    if rows * columns * x.shape[-1] < _SMALL:
        controls = _controls()
        if controls is not None:
            get, put = controls
            # No lock: of several threads here, each puts back what it found above one, and one
            # that finds another's single thread leaves it alone.
            threads = get()
            if threads > 1:
                put(1)
                try:
                    return np.matmul(x, y, out)
                finally:
                    put(threads)
    return np.matmul(x, y, out)
