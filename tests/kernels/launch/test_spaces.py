"""Calls like an earlier one take a short way; those that only look like it do not."""

import numpy as np
import pytest

import lucid

X = np.arange(12 * 40, dtype=np.float32).reshape(12, 40)
ROW = np.arange(40, dtype=np.float32)


def moved_by_a_byte(array):
    raw = np.zeros(array.nbytes + 1, np.uint8)
    view = raw[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


@pytest.fixture(params=["cpu", "parallel"])
def add(request):
    """Give an addition that has seen these forms before."""

    def call(x, y):
        return lucid.add(x, y, target=request.param)

    for _ in range(2):
        call(X, ROW)
        call(X.T, ROW[:, None])
        call(X, X[:, :1])
    return call


@pytest.mark.parametrize(
    "pair",
    [
        (X, ROW + 1),
        (X[:, ::-1], ROW),
        (X, X[:, 3:4]),
        (X.T, ROW[:, None]),
        (X, moved_by_a_byte(ROW)),
        (X, ROW.astype(">f4")),
        (X, ROW.astype(np.float64)),
        (X[:0], ROW),
        (X[:1], ROW),
        (ROW, X),
        (X, 2.5),
        (X, 3),
    ],
    ids=lambda pair: " ".join(str(getattr(x, "strides", x)) for x in pair),
)
def test_same_as_numpy_again_and_again(add, pair):
    x, y = pair
    expected = x + y
    for _ in range(3):
        found = add(x, y)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


def test_each_call_has_memory_of_its_own(add):
    first = add(X, ROW)
    kept = first.copy()
    second = add(X, ROW + 1)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(second, kept + 1)


def test_large_integers_are_refused_on_the_short_way_too():
    for _ in range(2):
        lucid.clip(X[:, ::2], 0, 5)
    with pytest.raises(lucid.kernels.errors.DtypeError, match=r"beyond 2\*\*53"):
        lucid.clip(X[:, ::2], 0, 2**60)
