"""What the tests of the elementary functions share: loops compiled once, and errors in ulp."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numba
import numpy as np
import pytest
from mpmath import mp

from lucid.kernels.elementary._bits import OPTIONS

_LOOPS: dict[Any, Any] = {}


def _loop(function: Any) -> Any:
    if function not in _LOOPS:
        if len(function.py_func.__code__.co_varnames[: function.py_func.__code__.co_argcount]) == 1:

            @numba.njit(**OPTIONS)
            def loop(x: Any, out: Any) -> None:
                for i in range(out.size):
                    out[i] = function(x[i])

        else:

            @numba.njit(**OPTIONS)
            def loop(x: Any, y: Any, out: Any) -> None:
                for i in range(out.size):
                    out[i] = function(x[i], y[i])

        _LOOPS[function] = loop
    return _LOOPS[function]


@pytest.fixture(autouse=True, scope="session")
def precision() -> Iterator[None]:
    """Exact values to 160 bits, float64's ulp and the cancellations of the formulas in mind."""
    with mp.workprec(160):
        yield


@pytest.fixture(scope="session")
def compiled() -> Callable[[Any], Any]:
    """Return the loop of a function; the same one for every test."""
    return _loop


@pytest.fixture(scope="session")
def apply() -> Callable[..., Any]:
    """Call a function on every element, in a compiled loop."""

    def call(function: Any, *arguments: Any) -> Any:
        arrays = [np.ascontiguousarray(argument) for argument in arguments]
        out = np.empty_like(arrays[0])
        _loop(function)(*arrays, out)
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
