"""Divisions with rest: exact, vector code, and NumPy's at the special values."""

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lucid.kernels import elementary

NAMES = ("fmod", "remainder", "floor_divide")
DTYPES = {"f32": np.float32, "f64": np.float64}
BOTH = pytest.mark.parametrize("dtype", ["f32", "f64"])
ALL = pytest.mark.parametrize(("name", "dtype"), list(itertools.product(NAMES, DTYPES)))
SPECIAL = [0.0, 1.0, 0.5, 3.0, 7.5, 0.1, 1e30, 2.0**22, 2.0**51, 5e-324, np.inf, np.nan]


def function(name: str, dtype: str) -> Any:
    return getattr(elementary, f"{name}_{dtype}")


def assert_same(actual: Any, expected: Any) -> None:
    np.testing.assert_array_equal(actual, expected)
    kept = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(actual[kept]), np.signbit(expected[kept]))


@ALL
def test_special_values_are_numpys(name: str, dtype: str, apply: Any) -> None:
    with np.errstate(all="ignore"):
        values = np.array([s * v for v in SPECIAL for s in (1, -1)]).astype(DTYPES[dtype])
        a, b = (v.ravel() for v in np.meshgrid(values, values))
        assert_same(apply(function(name, dtype), a, b), getattr(np, name)(a, b))


@BOTH
def test_rests_are_exact(dtype: str, apply: Any) -> None:
    random = np.random.default_rng(3)
    kind, size = DTYPES[dtype], 20_000
    tenth = kind(0.1)
    for a, b in (
        (random.uniform(-10, 10, size), random.uniform(-10, 10, size)),
        (random.integers(-99, 99, size), random.choice([-7, -3, -1, 1, 2, 10], size)),
        # Multiples of the divisor, rounded: the quotient may come out one too large.
        (random.integers(-999_999, 999_999, size) * tenth, np.full(size, tenth)),
        # Quotients of more bits than a float has.
        (np.ldexp(random.uniform(-2, 2, size), 90), random.uniform(1, 2, size)),
    ):
        a, b = a.astype(kind), b.astype(kind)
        for name in ("fmod", "remainder"):
            assert_same(apply(function(name, dtype), a, b), getattr(np, name)(a, b))


@given(
    pair=hnp.arrays(np.float64, 2, elements=st.floats(-1e6, 1e6, width=32).filter(lambda v: v != 0))
)
def test_quotients_are_floors(pair: Any, apply: Any) -> None:
    exact = math.floor(Fraction(pair[0]) / Fraction(pair[1]))
    for kind, bits in ((np.float32, 22), (np.float64, 51)):
        if abs(exact) < 2**bits:
            a, b = pair.astype(kind)[:, None]
            found = apply(function("floor_divide", f"f{8 * kind().nbytes}"), a, b)
            assert found[0] == exact


@ALL
def test_loop_is_vector_code(name: str, dtype: str, compiled: Any) -> None:
    text = compiled(function(name, dtype)).llvm_ir()
    kind = "float" if dtype == "f32" else "double"
    # The quotient of a whole vector. The long way has none, and scalar code no vectors.
    assert "fdiv contract <" in text or "fdiv <" in text
    assert f"x {kind}> @llvm.fma" in text
