"""Division of integers, held against NumPy's, and its vector code."""

import platform
import re

import numpy as np
import pytest

import lucid
from lucid.kernels.targets import compiler

DIVISIONS = {
    "floor_divide": np.floor_divide,
    "remainder": np.remainder,
    "fmod": np.fmod,
}
DTYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


def pairs(dtype):
    """All pairs of 8 bits; else pairs of edges, numbers of all sizes, products and neighbours."""
    limits = np.iinfo(dtype)
    if limits.bits == 8:
        numbers = np.arange(limits.min, limits.max + 1).astype(dtype)
        return np.repeat(numbers, 256), np.tile(numbers, 256)
    edges = [0, 1, 2, 3, limits.max // 2, limits.max // 2 + 1, limits.max - 1, limits.max]
    edges += [limits.min, limits.min + 1, -1, -2, -3] if limits.min else []
    first, second = (grid.reshape(-1) for grid in np.meshgrid(*[np.array(edges, dtype)] * 2))
    rng = np.random.default_rng(0)

    def draw():
        words = rng.integers(0, 2**64, 50_000, np.uint64)
        sizes = rng.integers(64 - limits.bits, 64, 50_000).astype(np.uint64)
        numbers = (words >> sizes).astype(dtype)
        return np.where(rng.random(50_000) < 0.5, numbers, np.negative(numbers))

    a, b = draw(), draw()
    product = a * b
    one = np.array(1, dtype)
    return (
        np.concatenate([first, draw(), product, product + one, product - one]),
        np.concatenate([second, draw(), b, b, b]),
    )


@pytest.mark.parametrize("name", DIVISIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_same_as_numpy(dtype, name):
    a, b = pairs(dtype)
    with np.errstate(all="ignore"):
        wanted = DIVISIONS[name](a, b)
    found = getattr(lucid, name)(a, b)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("name", DIVISIONS)
@pytest.mark.parametrize("dtype", DTYPES[:6])
def test_loops_divide_vectors(dtype, name):
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip(f"no pattern for {platform.machine()}")
    operation = getattr(lucid, name)
    source = operation.source(dtype=np.dtype(dtype))
    assembly = compiler.compile_kernel(name, source).assembly()
    assert re.search(r"\sv?divp[sd]\s", assembly)
    assert not re.search(r"\si?div[bwlq]?\s", assembly)
