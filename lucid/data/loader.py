"""Batches of a data set, in a new order every epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lucid.data.dataset import Dataset, Indices
from lucid.kernels.errors import DataError

__all__ = ["DataLoader", "default_collate"]

Collate = Callable[[list[Any]], Any]


def default_collate(elements: Sequence[Any]) -> Any:
    """Put single elements together to one batch.

    Arrays and numbers are stacked along a new first axis, tensors too; tuples, lists and mappings
    are put together part by part; anything else stays a list.

    Raises
    ------
    DataError
        Arrays whose shapes differ.

    Examples
    --------
    >>> default_collate([(np.zeros(2), 1), (np.ones(2), 3)])
    (array([[0., 0.],
           [1., 1.]]), array([1, 3]))
    """
    first = elements[0]
    if isinstance(first, tuple | list):
        return tuple(default_collate(part) for part in zip(*elements, strict=True))
    if isinstance(first, Mapping):
        return {key: default_collate([element[key] for element in elements]) for key in first}
    if hasattr(type(first), "__lucid_call__"):
        return type(first)(default_collate([element.data for element in elements]))
    if isinstance(first, np.ndarray | np.generic | int | float | bool):
        arrays = [np.asarray(element) for element in elements]
        for array in arrays:
            if array.shape != arrays[0].shape:
                raise DataError(
                    f"elements of the shapes {arrays[0].shape} and {array.shape} can't form one "
                    "batch; pad them to one shape, or give the loader a collate function"
                )
        return np.stack(arrays)
    return list(elements)


def fetch(dataset: Dataset, indices: Indices, collate: Collate | None = None) -> Any:
    """One batch: in one go where the data set can, else element by element."""
    if collate is None:
        if isinstance(dataset, np.ndarray):
            return dataset[indices]
        # Asking for the one method costs a hundredth of isinstance(dataset, BatchDataset).
        batch = getattr(dataset, "batch", None)
        if batch is not None:
            return batch(indices)
    return (collate or default_collate)([dataset[int(index)] for index in indices])


class DataLoader:
    """The batches of a data set; may be iterated again and again.

    Epoch ``e`` of a loader with a seed has an order that depends on the seed and ``e`` alone, so
    that a run can be continued anywhere (``batches``). Data sets of arrays are cut by one indexing
    operation a batch.

    Parameters
    ----------
    dataset : Dataset
    batch_size : int, default 1
        At least 1; the last batch may be smaller.
    shuffle : bool, default False
        A new order every epoch, else the data set's own.
    seed : int, optional
        Of the order; without one it is drawn from the generator that ``lucid.manual_seed`` seeds.
    generator : numpy.random.Generator, optional
        Takes the place of ``seed``: each epoch draws its order from it.
    drop_last : bool, default False
        Leave out a last batch that is smaller.
    collate : callable, optional
        Makes a batch of a list of elements, in place of ``default_collate``.

    Attributes
    ----------
    epoch : int
        Number of the epoch that the next iteration begins; may be set.

    Raises
    ------
    DataError
        A batch size below 1, or a seed together with a generator.

    Examples
    --------
    >>> from lucid.data import ArrayDataset
    >>> loader = DataLoader(ArrayDataset([1, 2, 3, 4, 5]), batch_size=2)
    >>> [batch.tolist() for (batch,) in loader], len(loader)
    ([[1, 2], [3, 4], [5]], 3)
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        seed: int | None = None,
        generator: np.random.Generator | None = None,
        drop_last: bool = False,
        collate: Collate | None = None,
    ) -> None:
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise DataError(f"DataLoader: batch_size is {batch_size!r}; give an integer from 1 up")
        if seed is not None and generator is not None:
            raise DataError("DataLoader got a seed and a generator; give one of the two")
        if seed is not None and seed < 0:
            raise DataError(f"DataLoader: seed is {seed}; give an integer from 0 up")
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.collate = collate
        self.epoch = 0
        self._generator = generator
        if seed is None and shuffle and generator is None:
            from lucid.tensors import default_generator  # plain arrays in order need no tensors

            seed = int(default_generator().numpy.integers(2**63))
        self._seed = seed

    def __len__(self) -> int:
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole if self.drop_last or not rest else whole + 1

    def __iter__(self) -> Iterator[Any]:
        epoch, self.epoch = self.epoch, self.epoch + 1
        return self.batches(epoch)

    def batches(self, epoch: int, start: int = 0) -> Iterator[Any]:
        """Yield the batches of one epoch, from batch ``start`` on.

        Examples
        --------
        >>> loader = DataLoader(list(range(6)), batch_size=2, shuffle=True, seed=1)
        >>> whole = [batch.tolist() for batch in loader.batches(3)]
        >>> [batch.tolist() for batch in loader.batches(3, start=1)] == whole[1:]
        True
        """
        order = self._order(epoch)
        for batch in range(start, len(self)):
            chosen = order[batch * self.batch_size : (batch + 1) * self.batch_size]
            yield fetch(self.dataset, chosen, self.collate)

    def _order(self, epoch: int) -> Indices:
        length = len(self.dataset)
        if not self.shuffle:
            return np.arange(length)
        generator = self._generator
        if generator is None:
            generator = np.random.default_rng([self._seed or 0, epoch])
        return generator.permutation(length).astype(np.intp, copy=False)
