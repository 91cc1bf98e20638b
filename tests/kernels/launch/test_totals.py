"""The results of blocks, folded to one."""

import math

import numpy as np
import pytest

from lucid.kernels.launch.totals import fold_to_one

UFUNCS = {
    "add": np.add,
    "multiply": np.multiply,
    "maximum": np.maximum,
    "minimum": np.minimum,
}


@pytest.mark.parametrize("fold", UFUNCS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "i1", "u8", "i8"])
def test_same_as_numpy(dtype, fold):
    x = np.random.default_rng(0).integers(1, 3, (5, 4)).astype(dtype)
    wanted = UFUNCS[fold].reduce(x, axis=None, dtype=dtype)
    found = fold_to_one(x, fold, np.dtype(dtype))
    assert (found.shape, found.dtype) == ((1,), np.dtype(dtype))
    assert found[0] == wanted


def test_sums_keep_the_rests_of_their_roundings():
    x = np.array([1.0, 1e100, 1.0, -1e100])
    assert fold_to_one(x, "add", np.dtype(np.float64))[0] == 2.0
    x = np.random.default_rng(1).normal(size=300) * 10.0 ** np.arange(300)[::-1]
    assert fold_to_one(x, "add", np.dtype(np.float64))[0] == math.fsum(x)


@pytest.mark.parametrize("fold", UFUNCS)
def test_infinities_and_nan(fold):
    for values in ([1.0, math.inf], [math.inf, -math.inf], [1.0, math.nan, 2.0], [-math.inf, 0.0]):
        x = np.array(values)
        with np.errstate(all="ignore"):
            wanted = UFUNCS[fold].reduce(x)
        np.testing.assert_array_equal(fold_to_one(x, fold, np.dtype(np.float32))[0], wanted)
