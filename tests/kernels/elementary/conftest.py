"""What the tests of the elementary functions share: kernels of one function, errors in ulp."""

import ctypes
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from mpmath import mp

from lucid.kernels.targets.compiler import Kernel, compile_kernel

#: As many elements as any vector loop takes in one turn.
TURN = 256


def _kernel(function: Any) -> Kernel:
    """Compile what is shipped: a loop over the function, as a kernel."""
    definition = function.py_func
    name, arity = definition.__name__, definition.__code__.co_argcount
    dtype = "float32" if name.endswith("f32") else "float64"
    arguments = [f"x{i}" for i in range(arity)]
    lines = [
        f"from numpy import {dtype}",
        f"from {definition.__module__} import {name}",
        "from lucid.kernels.targets.memory import operand",
        f"def {name}_loop(operands, scalars, count):",
        *(f"    {x} = operand(operands, {i}, count, {dtype})" for i, x in enumerate(arguments)),
        f"    out = operand(operands, {arity}, count, {dtype})",
        "    for i in range(count):",
        f"        out[i] = {name}({', '.join(f'{x}[i]' for x in arguments)})",
    ]
    return compile_kernel(f"{name}_loop", "\n".join(lines) + "\n")


def _run(kernel: Kernel, arrays: list[Any]) -> None:
    call = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(kernel.address)
    addresses = np.array([array.ctypes.data for array in arrays])
    call(addresses.ctypes.data, 0, arrays[-1].size)


@pytest.fixture(autouse=True, scope="session")
def precision() -> Iterator[None]:
    """Exact values to 160 bits, float64's ulp and the cancellations of the formulas in mind."""
    with mp.workprec(160):
        yield


@pytest.fixture(scope="session")
def compiled() -> Callable[[Any], Kernel]:
    """Return the kernel of a function; the same one for every test."""
    return _kernel


@pytest.fixture(scope="session")
def apply() -> Callable[..., Any]:
    """Call a function on every element, and see that vector code and scalar code agree."""

    def call(function: Any, *arguments: Any) -> Any:
        kernel = _kernel(function)
        arrays = [np.ascontiguousarray(argument) for argument in arguments]
        size = arrays[0].size
        padded = [np.resize(array, -(-size // TURN) * TURN) for array in arrays]
        whole = np.empty_like(padded[0])
        _run(kernel, [*padded, whole])
        out = whole[:size].copy()
        for i in range(min(size, 200)):
            one = np.empty(1, out.dtype)
            _run(kernel, [*(array[i : i + 1] for array in arrays), one])
            np.testing.assert_array_equal(one, out[i : i + 1])
        return out

    return call


def _ulp(result: Any, exact: Any, digits: int, lowest: int) -> float:
    """Distance in units of the last place that the exact value has."""
    if not mp.isfinite(exact) or not np.isfinite(result):
        # Beyond the largest number plus half its ulp, infinity is right.
        limit = mp.mpf(2) ** (128 if digits == 24 else 1024)
        rounded = exact
        if mp.isfinite(exact) and abs(exact) >= limit * (1 - mp.mpf(2) ** (-digits - 1)):
            rounded = mp.inf * mp.sign(exact)
        return 0.0 if mp.mpf(float(result)) == rounded else np.inf
    if exact == 0:
        return 0.0 if result == 0 else np.inf
    exponent = max(mp.frexp(exact)[1] - digits, lowest)
    return float(abs(mp.mpf(float(result)) - exact) * mp.mpf(2) ** -exponent)


@pytest.fixture(scope="session")
def ulps() -> Callable[..., Any]:
    """Errors of results in ulp, subnormal ones included; an infinity is right or infinitely off."""

    def measure(results: Any, exact: Iterable[Any]) -> Any:
        digits, lowest = (24, -149) if results.dtype == np.float32 else (53, -1074)
        return np.array(
            [_ulp(r, e, digits, lowest) for r, e in zip(results, exact, strict=True)], float
        )

    return measure


@pytest.fixture(scope="session")
def worst(apply: Any, ulps: Any) -> Callable[..., tuple[float, tuple[float, ...]]]:
    """Find the largest error in ulp of a function on arrays of arguments, and where it is."""

    def find(function: Any, exact: Any, *arguments: Any) -> tuple[float, tuple[float, ...]]:
        values = [
            exact(*map(mp.mpf, point))
            for point in zip(*(a.astype(float).tolist() for a in arguments), strict=True)
        ]
        errors = ulps(apply(function, *arguments), values)
        i = int(errors.argmax())
        return float(errors[i]), tuple(float(a[i]) for a in arguments)

    return find
