"""How a kernel's source reads elements of memory and writes them, by their dtype."""

from __future__ import annotations

import numpy as np

__all__ = ["element_name", "loaded", "stored"]

#: Dtypes that memory holds as 16 bits: how they are loaded as float32, and stored.
_HALVES = {
    "float16": ("from_float16", "float16_bits"),
    "bfloat16": ("from_bfloat16", "bfloat16_bits"),
}


def element_name(dtype: np.dtype) -> str:
    """Return the name by which the source calls the elements of an operand."""
    if dtype.name in _HALVES:
        return "uint16"
    return {"b": "bool_"}.get(dtype.kind, dtype.name)


def loaded(text: str, dtype: np.dtype) -> tuple[str, set[str]]:
    """Return the text of an element as the arithmetic takes it, and the function it calls."""
    if dtype.name in _HALVES:
        load = _HALVES[dtype.name][0]
        return f"{load}({text})", {load}
    return (f"{text} != 0" if dtype.kind == "b" else text), set()


def stored(text: str, dtype: np.dtype) -> tuple[str, set[str]]:
    """Return the text of a result as memory takes it, and the function it calls."""
    if dtype.name in _HALVES:
        store = _HALVES[dtype.name][1]
        return f"{store}({text})", {store}
    return (f"1 if {text} else 0" if dtype.kind == "b" else text), set()
