"""The loops are vector code: packed arithmetic, and no call that stays a call."""

import re
from typing import Any

import numba
import numpy as np
import pytest

from lucid.kernels import elementary

NAMES = [
    *("exp", "exp2", "exp10", "expm1", "log", "log2", "log10", "log1p", "pow"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
]
#: What LLVM has instructions for; any other intrinsic would end in the C library.
INSTRUCTIONS = {"fma", "fmuladd", "sqrt", "rint", "fabs", "copysign", "is"}


def body(loop: Any) -> str:
    """LLVM's text of the loop after all passes, without the wrappers around it."""
    text = next(iter(loop.inspect_llvm().values()))
    functions = re.findall(r"^define .*?^}", text, re.MULTILINE | re.DOTALL)
    heads = [f.splitlines()[0] for f in functions]
    inner = [
        f
        for f, head in zip(functions, heads, strict=True)
        if "@_ZN" in head and "cpython" not in head
    ]
    assert len(inner) == 1, f"{len(inner)} functions; something was not inlined"
    return str(inner[0])


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("name", NAMES)
def test_loop_is_vector_code(name: str, dtype: str, compiled: Any) -> None:
    number = {"f32": np.float32, "f64": np.float64}[dtype]
    loop = compiled(getattr(elementary, f"{name}_{dtype}"))
    array = numba.types.Array(numba.from_dtype(np.dtype(number)), 1, "C")
    loop.compile((array,) * (3 if name == "pow" else 2))
    text = body(loop)
    # pow in float32 works in float64.
    kind = "double" if dtype == "f64" or name == "pow" else "float"
    assert re.search(rf"call .*<\d+ x {kind}> @llvm\.fm", text), "no packed arithmetic"
    called = {match.split(".")[0] for match in re.findall(r"call .*?@llvm\.([\w.]+)", text)}
    assert called <= INSTRUCTIONS, f"calls {called - INSTRUCTIONS}"
    assert not re.findall(r"call .*?@(?!llvm\.)[\w.\"]+", text)
    if dtype == "f32" and name != "pow":
        # One stray constant, and the loop runs in float64 at half the speed.
        assert "double" not in text
