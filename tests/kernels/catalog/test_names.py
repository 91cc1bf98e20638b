"""The catalogue's names: complete, documented, the same object everywhere."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

import lucid
from lucid import kernels
from lucid.kernels import ALIASES, FAMILIES, OPERATIONS, Pointwise

#: Elementwise functions of the array API standard 2025.12, without those of complex numbers.
STANDARD = [
    "abs",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "ceil",
    "clip",
    "copysign",
    "cos",
    "cosh",
    "divide",
    "equal",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "pow",
    "reciprocal",
    "remainder",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    "where",
]


@pytest.mark.parametrize("name", STANDARD)
def test_the_standard_is_complete(name):
    assert isinstance(getattr(lucid, name), Pointwise)
    assert getattr(lucid, name) is getattr(kernels, name)


def test_families_hold_every_operation_once():
    names = [name for family in FAMILIES.values() for name in family]
    assert sorted(names) == sorted(OPERATIONS)
    assert all(OPERATIONS[name].name == name for name in names)


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_aliases_are_the_same_object(alias):
    assert getattr(lucid, alias) is OPERATIONS[ALIASES[alias]]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_is_documented(name):
    text = inspect.getdoc(OPERATIONS[name])
    assert text is not None
    for part in ("Source", ">>> "):
        assert part in text, f"{name} has no {part!r} in its docstring"


@pytest.mark.parametrize("alias", sorted(set(ALIASES) & set(dir(np))))
def test_numpys_names_mean_what_numpy_means(alias):
    ufunc = getattr(np, alias)
    if not isinstance(ufunc, np.ufunc):
        pytest.skip("no ufunc")
    integers = "shift" in alias or alias in ("invert", "bitwise_not")
    x = np.array([3, 5]) if integers else np.array([0.25, 0.75])
    if alias == "arccosh":
        x = x + 1
    np.testing.assert_allclose(getattr(lucid, alias)(*[x] * ufunc.nin), ufunc(*[x] * ufunc.nin))


def test_importing_the_kernels_loads_no_compiler():
    code = (
        "import sys, lucid.kernels; sys.exit('numba' in sys.modules or 'llvmlite' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
