import numpy as np
import pytest

import lucid
from lucid.testing import assert_close, assert_same, assert_ulp, ulp_distance


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_ulp_distance_counts_floats(dtype):
    one = np.ones(1, dtype)
    above = np.nextafter(one, np.array(np.inf, dtype))
    assert ulp_distance(one, above) == 1
    assert ulp_distance(np.array([0.0], dtype), np.array([-0.0], dtype)) == 0
    least = np.nextafter(np.zeros(1, dtype), np.ones(1, dtype))
    assert ulp_distance(least, -least) == 2
    nan = np.array([np.nan], dtype)
    assert ulp_distance(nan, nan) == 0
    assert ulp_distance(nan, one) == np.inf
    info = np.finfo(dtype)
    ends = np.array([info.max], dtype), np.array([info.min], dtype)
    assert ulp_distance(*ends) > 2.0 ** (8 * info.dtype.itemsize - 2)


def test_ulp_distance_needs_one_dtype():
    with pytest.raises(TypeError, match="float32 and float64"):
        ulp_distance(np.float32([1]), np.float64([1]))


def test_errors_name_the_worst_element():
    expected = np.ones((2, 3), np.float32)
    actual = expected.copy()
    actual[1, 2] += np.float32(1e-3)
    actual[0, 0] += np.float32(1e-6)
    x = np.arange(6.0).reshape(2, 3)
    with pytest.raises(AssertionError) as error:
        assert_ulp(actual, expected, 1, inputs={"x": x, "y": x[0]}, what="mine")
    text = str(error.value)
    for part in ("mine", "2 of 6", "(1, 2)", "x = 5.0", "y = 2.0", "1.001", "ulp"):
        assert part in text, text
    with pytest.raises(AssertionError, match=r"\(1, 2\)"):
        assert_close(actual, expected, rtol=1e-5)
    assert_close(actual, expected, rtol=2e-3)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [(np.nan, 1.0), (1.0, np.nan), (np.inf, 1e308), (np.inf, -np.inf), (1e308, np.inf)],
)
def test_nan_and_infinities_are_close_to_themselves_alone(actual, expected):
    with pytest.raises(AssertionError):
        assert_close([actual], [expected], rtol=1.0, atol=1.0)
    assert_close([expected], [expected])


def test_assert_same_sees_signs_of_zeros_dtypes_and_shapes():
    zero = np.zeros(2)
    assert_same(zero, zero.copy())
    assert_same(np.array([np.nan]), -np.array([np.nan]))
    for other in (-zero, zero.astype(np.float32), zero[:1], np.ones(2)):
        with pytest.raises(AssertionError):
            assert_same(zero, other)


def test_tensors_compare_like_arrays():
    x = lucid.Tensor([1.0, 2.0], requires_grad=True)
    assert_close(x * 2, [2.0, 4.0])
    assert_ulp(x, x, 0)
