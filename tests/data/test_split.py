import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucid.data import random_split, train_test_split
from lucid.data.split import split_indices
from lucid.kernels.errors import DataError


@given(count=st.integers(2, 200), share=st.floats(0.05, 0.95), seed=st.integers(0, 99))
def test_parts_are_disjoint_and_complete(count, share, seed):
    size = round(count * share)
    if not 0 < size < count:
        with pytest.raises(DataError, match="at least one row"):
            split_indices(count, share, seed=seed)
        return
    train, test = split_indices(count, share, seed=seed)
    assert len(test) == size
    assert sorted([*train, *test]) == list(range(count))
    again = split_indices(count, share, seed=seed)
    assert all(np.array_equal(a, b) for a, b in zip(again, (train, test), strict=True))


@given(
    labels=st.lists(st.sampled_from("abc"), min_size=10, max_size=120),
    share=st.sampled_from([0.1, 0.2, 0.5]),
)
def test_stratified_parts_keep_proportions(labels, share):
    labels = np.array(labels)
    values, counts = np.unique(labels, return_counts=True)
    train, test = split_indices(len(labels), share, seed=0, stratify=labels)
    assert sorted([*train, *test]) == list(range(len(labels)))
    for value, count in zip(values, counts, strict=True):
        here = (labels[test] == value).sum()
        assert abs(here - count * share) <= 1.0
        assert (labels[train] == value).any()


def test_label_that_occurs_once_stays_in_training():
    labels = np.array([0] * 10 + [1])
    _, test = split_indices(11, 0.3, seed=0, stratify=labels)
    assert 10 not in test


def test_labels_that_all_occur_once_are_refused():
    with pytest.raises(DataError, match="each of the 5 labels occurs once"):
        split_indices(5, 0.4, stratify=list("abcde"))


def test_train_test_split_keeps_rows_together():
    x = np.arange(20)
    x_train, x_test, y_train, y_test = train_test_split(x, x * 2, test_size=5, seed=4)
    assert len(x_test) == 5
    assert np.array_equal(x_train * 2, y_train)
    assert np.array_equal(x_test * 2, y_test)


@pytest.mark.parametrize("size", [0, 10, 1.0, 0.0, -0.5, 0.001])
def test_sizes_refused(size):
    with pytest.raises(DataError, match="test_size"):
        split_indices(10, size)


def test_wrong_arguments():
    with pytest.raises(DataError, match="no arrays"):
        train_test_split()
    with pytest.raises(DataError, match="lengths 3, 2"):
        train_test_split([1, 2, 3], [1, 2])
    with pytest.raises(DataError, match=r"shape \(2,\)"):
        split_indices(3, 1, stratify=[0, 1])


@given(total=st.integers(1, 100), cut=st.floats(0.01, 0.99))
def test_random_split_by_fractions(total, cut):
    parts = random_split(range(total), [cut, 1 - cut], seed=1)
    assert sorted(part[i] for part in parts for i in range(len(part))) == list(range(total))
    assert abs(len(parts[0]) - cut * total) <= 1.0


def test_random_split_by_lengths_and_refusals():
    assert [len(part) for part in random_split(range(10), [7, 3], seed=0)] == [7, 3]
    with pytest.raises(DataError, match="must add up to 10"):
        random_split(range(10), [7, 4])
    with pytest.raises(DataError, match="negative"):
        random_split(range(10), [12, -2])
