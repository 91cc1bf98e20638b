"""The compiled loops are vector code, in the function's own dtype, that calls nothing outside."""

import platform
import re
import sys
from typing import Any

import pytest

from lucid.kernels import elementary
from lucid.kernels.targets import machine
from lucid.kernels.targets.compiler import compile_kernel
from lucid.kernels.targets.objects import undefined_symbols

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
    PACKED = re.compile(r"^\s+v?(?:fn?m(?:add|sub)\d*|mul|add|sub|div|sqrt)p[sd]\s", re.MULTILINE)
elif platform.machine() in ("aarch64", "arm64"):
    PACKED = re.compile(r"^\s+f(?:mla|mls|mul|add|sub|div|sqrt)\S*\s+v\d+\.[24][sd]", re.MULTILINE)
else:
    pytest.skip(f"no pattern for {platform.machine()}", allow_module_level=True)


#: Float32 functions that compute in float32 throughout: one stray constant, and the loop runs in
#: float64 at half the speed.
NARROW = {f"{name}_f32" for name in (*EXPONENTIAL, *HYPERBOLIC, "gelu", "asin", "acos", "atan")}
if "+avx512f" in machine.host():  # elsewhere it has no tables
    NARROW |= {"pow_f32", "erf_f32", "erfc_f32", "ndtr_f32"}
#: What LLVM has instructions for, or needs none (lifetime); any other would end in the C library.
INSTRUCTIONS = {
    *("copysign", "fabs", "floor", "fma", "fmuladd", "is", "rint", "sqrt", "umax", "x86"),
    *("aarch64", "lifetime"),
    *("ceil", "ctlz", "fshl", "masked", "maxnum", "minnum", "smax", "smin", "trunc", "umin"),
}


def body(assembly: str) -> str:
    """Assembly of the kernel itself, without tables and slow ways that stand out of line."""
    parts = re.split(r"^(?=_*(?:lucid)[^\s:]*:)", assembly, flags=re.MULTILINE)
    (found,) = (part for part in parts if re.match(r"_*lucid_(?!table_)", part))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_loop_is_vector_code(name: str, compiled: Any) -> None:
    kernel = compiled(getattr(elementary, name))
    data = kernel.path.with_suffix(".o").read_bytes()
    assert undefined_symbols(data[max(data.find(b"\x7fELF"), 0) :]) == set()
    text = kernel.llvm_ir()
    # A polynomial alone has more; a scalar loop has none.
    assert len(PACKED.findall(body(machine.assembly(text)))) >= 4
    called = {match.split(".")[0] for match in re.findall(r"call .*?@llvm\.([\w.]+)", text)}
    assert called <= INSTRUCTIONS, f"calls {called - INSTRUCTIONS}"
    # Besides the kernel there are only the slow ways of whole vectors.
    others = set(re.findall(r"call [^@]*@(?!llvm\.)([\w.\"]+)", text))
    assert all(other.startswith("lucid.cold.") for other in others)
    assert name not in NARROW or "double" not in text


def test_both_tell_scalar_code_from_vector_code() -> None:
    source = (
        "from math import exp\nfrom numpy import float32\n"
        "from lucid.kernels.targets.memory import operand\n"
        "def scalar(operands, scalars, count):\n"
        "    x = operand(operands, 0, count, float32)\n"
        "    for i in range(count):\n        x[i] = exp(x[i])\n"
    )
    kernel = compile_kernel("scalar", source)
    assert not PACKED.search(body(kernel.assembly()))
    assert kernel.path is not None
    data = kernel.path.with_suffix(".o").read_bytes()
    if sys.platform == "linux":  # only its files are read
        assert undefined_symbols(data[data.index(b"\x7fELF") :]) == {"expf"}
