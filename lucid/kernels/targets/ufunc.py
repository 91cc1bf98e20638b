"""A NumPy ufunc from generated source, by ``numba.vectorize``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["make_ufunc"]


def make_ufunc(name: str, source: str, inputs: Sequence[np.dtype], output: np.dtype) -> np.ufunc:
    """Compile a function of scalars to a ufunc with a single loop.

    The loop runs over strided operands through NumPy's iterator, so ``casting=``,
    ``reduce``, ``outer`` and ``at`` work. It is slower than the flat kernel (no vector code
    where a stride is not the element's size, an indirect call a chunk), which is why the launcher
    does not use it.
    """
    import numba

    namespace: dict[str, Any] = {"__name__": f"lucid.generated.{name}"}
    exec(compile(source, f"<lucid ufunc {name}>", "exec"), namespace)
    types = [numba.from_dtype(dtype) for dtype in inputs]
    signature = numba.from_dtype(output)(*types)
    vectorize: Any = numba.vectorize
    return vectorize([signature], nopython=True)(namespace[name]).ufunc
