"""The compiled loops are vector code without calls."""

import inspect
import platform
import re
from typing import Any

import numba
import pytest

from lucid.kernels import elementary

EXPONENTIAL = ["exp", "exp2", "exp10", "expm1", "log", "log2", "log10", "log1p"]
TRIGONOMETRIC = ["sin", "cos", "tan", "asin", "acos", "atan"]
HYPERBOLIC = ["sinh", "cosh", "tanh", "asinh", "acosh", "atanh"]
ACTIVATION = ["sigmoid", "log_sigmoid", "softplus", "silu", "mish", "gelu", "gelu_tanh"]
SPECIAL = ["erf", "erfc", "erfinv", "ndtr", "log_ndtr", "lgamma", "digamma", "cbrt", "rsqrt"]
BINARY = ["atan2", "pow", "hypot", "logaddexp"]
NAMES = [
    f"{name}_{dtype}"
    for name in EXPONENTIAL + TRIGONOMETRIC + HYPERBOLIC + ACTIVATION + SPECIAL + BINARY
    for dtype in ("f32", "f64")
]

if platform.machine() in ("x86_64", "AMD64"):
    CALL = re.compile(r"^\s+callq?\s", re.MULTILINE)
    PACKED = re.compile(r"^\s+v?(?:fn?m(?:add|sub)\d*|mul|add|sub|div|sqrt)p[sd]\s", re.MULTILINE)
elif platform.machine() in ("aarch64", "arm64"):
    CALL = re.compile(r"^\s+blr?\s", re.MULTILINE)
    PACKED = re.compile(r"^\s+f(?:mla|mls|mul|add|sub|div|sqrt)\S*\s+v\d+\.[24][sd]", re.MULTILINE)
else:
    pytest.skip(f"no pattern for {platform.machine()}", allow_module_level=True)


def body(loop: Any, arguments: int, number: Any) -> str:
    """Assembly of the loop itself, without the wrappers that unpack Python's objects."""
    signature = (numba.types.Array(number, 1, "C"),) * (arguments + 1)
    loop.compile(signature)
    text = loop.inspect_asm(signature)
    functions = re.split(r"^(?=[_A-Za-z][^\s:]*:)", text, flags=re.MULTILINE)
    found = [f for f in functions if re.match(r"_+ZN(?!7cpython)", f)]
    assert len(found) == 1, [f.split(":")[0] for f in functions]
    return found[0]


@pytest.mark.parametrize("name", NAMES)
def test_loop_is_vector_code(name: str, compiled: Any) -> None:
    function = getattr(elementary, name)
    number = numba.float32 if name.endswith("f32") else numba.float64
    arguments = len(inspect.signature(function.py_func).parameters)
    text = body(compiled(function), arguments, number)
    assert not CALL.search(text)
    # A polynomial alone has more; a scalar loop has none.
    assert len(PACKED.findall(text)) >= 4


def test_patterns_tell_scalar_code_from_vector_code(compiled: Any) -> None:
    import math

    @numba.njit
    def scalar(x: Any) -> Any:
        return math.exp(x)

    text = body(compiled(scalar), 1, numba.float32)
    assert CALL.search(text)
    assert not PACKED.search(text)
