import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucid.data import ArrayDataset, DataLoader, default_collate
from lucid.kernels.errors import DataError


def flat(batches):
    return [value for (batch,) in batches for value in batch.tolist()]


@given(
    length=st.integers(0, 40),
    batch_size=st.integers(1, 12),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
)
def test_every_element_once(length, batch_size, shuffle, drop_last):
    loader = DataLoader(
        ArrayDataset(np.arange(length)), batch_size, shuffle, seed=3, drop_last=drop_last
    )
    batches = list(loader)
    assert len(batches) == len(loader)
    seen = flat(batches)
    assert len(set(seen)) == len(seen)
    if drop_last:
        assert all(len(batch) == batch_size for (batch,) in batches)
        assert len(seen) == length - length % batch_size
    else:
        assert sorted(seen) == list(range(length))


def test_a_new_order_every_epoch_from_one_seed():
    def epochs():
        loader = DataLoader(ArrayDataset(np.arange(50)), 7, shuffle=True, seed=11)
        return [flat(loader) for _ in range(3)]

    first, second = epochs(), epochs()
    assert first == second
    assert first[0] != first[1] != first[2]


def test_seeds_differ_and_no_seed_is_not_a_seed():
    data = ArrayDataset(np.arange(200))
    orders = [flat(DataLoader(data, 10, shuffle=True, seed=seed)) for seed in (0, 1, None, None)]
    assert len({tuple(order) for order in orders}) == 4


@given(epoch=st.integers(0, 5), start=st.integers(0, 7))
def test_an_epoch_can_be_entered_anywhere(epoch, start):
    loader = DataLoader(ArrayDataset(np.arange(30)), 4, shuffle=True, seed=2)
    whole = [batch.tolist() for (batch,) in loader.batches(epoch)]
    assert [batch.tolist() for (batch,) in loader.batches(epoch, start)] == whole[start:]
    loader.epoch = epoch
    assert [batch.tolist() for (batch,) in loader] == whole


def test_generator_is_drawn_from():
    data = ArrayDataset(np.arange(40))
    loader = DataLoader(data, 40, shuffle=True, generator=np.random.default_rng(5))
    expected = np.random.default_rng(5)
    assert flat(loader) == expected.permutation(40).tolist()
    assert flat(loader) == expected.permutation(40).tolist()


def test_an_array_is_a_data_set_of_its_rows():
    x = np.arange(10).reshape(5, 2)
    assert [batch.tolist() for batch in DataLoader(x, 3)] == [x[:3].tolist(), x[3:].tolist()]


def test_tensors_come_in_tensors():
    from lucid import Tensor
    from lucid.data import TensorDataset

    data = TensorDataset(Tensor([[0.5], [1.5], [2.5]]), [0, 1, 2])
    (x, y), _ = DataLoader(data, 2)
    assert isinstance(x, Tensor)
    assert x.tolist() == [[0.5], [1.5]]
    assert y.tolist() == [0, 1]
    stacked = default_collate([data[0], data[2]])
    assert isinstance(stacked[0], Tensor)
    assert stacked[0].tolist() == [[0.5], [2.5]]


def test_without_a_seed_manual_seed_decides():
    import lucid

    def order():
        lucid.manual_seed(5)
        return flat(DataLoader(ArrayDataset(np.arange(30)), 30, shuffle=True))

    assert order() == order()


def test_plain_sequence_and_own_collate():
    assert [b.tolist() for b in DataLoader([1.5, 2.5, 3.5], 2)] == [[1.5, 2.5], [3.5]]
    assert list(DataLoader(["a", "b", "c"], 2, collate="".join)) == ["ab", "c"]
    assert list(DataLoader(ArrayDataset([1, 2, 3]), 2, collate=len)) == [2, 1]


def test_collate_of_mappings_and_tuples():
    batch = default_collate([{"x": np.ones(2), "id": "a"}, {"x": np.zeros(2), "id": "b"}])
    assert batch["x"].shape == (2, 2)
    assert batch["id"] == ["a", "b"]
    assert [part.tolist() for part in default_collate([(1, True), (2, False)])] == [
        [1, 2],
        [True, False],
    ]


def test_collate_refuses_shapes_that_differ():
    with pytest.raises(DataError, match=r"\(2,\) and \(3,\)"):
        default_collate([np.zeros(2), np.zeros(3)])


@pytest.mark.parametrize("size", [0, -1, 2.0, True])
def test_batch_size_refused(size):
    with pytest.raises(DataError, match="batch_size"):
        DataLoader([1], size)


def test_seed_refused():
    with pytest.raises(DataError, match="one of the two"):
        DataLoader([1], seed=1, generator=np.random.default_rng())
    with pytest.raises(DataError, match="seed is -1"):
        DataLoader([1], seed=-1)
