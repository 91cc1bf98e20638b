import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucid.data import ArrayDataset, Subset
from lucid.data.dataset import BatchDataset, Dataset
from lucid.kernels.errors import DataError


def test_elements_are_tuples_of_rows():
    x, y = np.arange(6.0).reshape(3, 2), np.array([4, 5, 6])
    pairs = ArrayDataset(x, y)
    row, label = pairs[2]
    assert row.tolist() == [4.0, 5.0]
    assert label == 6
    assert len(pairs) == 3
    assert isinstance(pairs, BatchDataset)


def test_arrays_are_not_copied():
    x = np.zeros(3)
    ArrayDataset(x).arrays[0][1] = 7.0
    assert x[1] == 7.0


@given(st.lists(st.integers(0, 9), max_size=20))
def test_batch_is_the_same_as_element_by_element(indices):
    x, y = np.arange(20).reshape(10, 2), np.arange(10) * 3
    taken = ArrayDataset(x, y).batch(np.array(indices, dtype=np.intp))
    assert taken[0].tolist() == [x[i].tolist() for i in indices]
    assert taken[1].tolist() == [y[i] for i in indices]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ((), "no arrays"),
        (([1, 2], [1, 2, 3]), "lengths 2, 3"),
        ((5.0,), "argument 0 is a single number"),
    ],
)
def test_refused(arrays, message):
    with pytest.raises(DataError, match=message):
        ArrayDataset(*arrays)


def test_subset_of_plain_sequence():
    part = Subset("abcdef", [5, 0])
    assert isinstance("abc", Dataset)
    assert [part[0], part[1]] == ["f", "a"]
    assert part.batch(np.array([1, 0])) == ["a", "f"]


def test_subset_of_a_subset_takes_from_the_arrays():
    inner = Subset(ArrayDataset(np.arange(10)), [8, 6, 4, 2])
    outer = Subset(inner, [3, 0])
    assert outer.batch(np.array([0, 1]))[0].tolist() == [2, 8]


@pytest.mark.parametrize("index", [-1, 3])
def test_subset_refuses_indices_outside(index):
    with pytest.raises(DataError, match=f"index {index} .* 3 elements"):
        Subset([1, 2, 3], [0, index])
