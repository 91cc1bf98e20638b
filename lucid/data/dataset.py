"""Data sets: anything with a length that gives an element for an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lucid.kernels.errors import DataError

if TYPE_CHECKING:
    from lucid.tensors import Tensor

__all__ = ["ArrayDataset", "BatchDataset", "Dataset", "Subset", "TensorDataset"]

Indices: TypeAlias = NDArray[np.intp]


@runtime_checkable
class Dataset(Protocol):
    """What a ``DataLoader`` needs: a length, and an element for each index below it.

    Examples
    --------
    >>> isinstance([1, 2, 3], Dataset)
    True
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


@runtime_checkable
class BatchDataset(Dataset, Protocol):
    """A data set that gives many elements in one go, already put together to a batch.

    Examples
    --------
    >>> isinstance(ArrayDataset([1.0, 2.0]), BatchDataset)
    True
    """

    def batch(self, indices: Indices, /) -> Any:
        """Return the elements at ``indices`` as one batch."""


def _is_tensor(value: object) -> bool:
    return hasattr(type(value), "__lucid_call__")


class ArrayDataset:
    """Arrays side by side: element ``i`` is the tuple of their rows ``i``.

    Parameters
    ----------
    *arrays : array_like
        At least one, all with the same first length. They are not copied.

    Raises
    ------
    DataError
        No array, an array without a first axis, or lengths that differ.

    Examples
    --------
    >>> pairs = ArrayDataset(np.zeros((3, 2)), [7, 8, 9])
    >>> len(pairs), pairs[1]
    (3, (array([0., 0.]), np.int64(8)))
    >>> pairs[1:][1]
    array([8, 9])
    """

    def __init__(self, *arrays: ArrayLike) -> None:
        kind = type(self).__name__
        if not arrays:
            raise DataError(f"{kind} got no arrays; give at least one, as in {kind}(x, y)")
        self.arrays = tuple(
            np.asarray(a.data if _is_tensor(a) else a)  # type: ignore[union-attr]
            for a in arrays
        )
        for position, array in enumerate(self.arrays):
            if array.ndim == 0:
                raise DataError(
                    f"{kind}: argument {position} is a single number; each array needs a first "
                    "axis along which the elements lie"
                )
        lengths = [len(array) for array in self.arrays]
        if len(set(lengths)) > 1:
            raise DataError(
                f"{kind}: the arrays have the lengths {', '.join(map(str, lengths))}; "
                "their first axes must be equally long"
            )

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: int | slice | Indices) -> tuple[Any, ...]:
        return tuple(array[index] for array in self.arrays)

    def batch(self, indices: Indices) -> tuple[Any, ...]:
        """Return the rows at ``indices`` of every array.

        Examples
        --------
        >>> ArrayDataset([10, 20, 30]).batch(np.array([2, 0]))
        (array([30, 10]),)
        """
        return tuple(array.take(indices, axis=0) for array in self.arrays)


class TensorDataset(ArrayDataset):
    """Arrays or tensors side by side, whose elements and batches are tensors.

    Parameters
    ----------
    *arrays : array_like or Tensor
        At least one, all with the same first length.

    Raises
    ------
    DataError
        As for ``ArrayDataset``.

    Examples
    --------
    >>> TensorDataset([[0.5], [1.5]], [0, 1])[1][0].tolist()
    [1.5]
    """

    def __getitem__(self, index: int | slice | Indices) -> tuple[Tensor, ...]:
        return self._wrap(super().__getitem__(index))

    def batch(self, indices: Indices) -> tuple[Tensor, ...]:
        """Return the rows at ``indices`` of every array, as tensors."""
        return self._wrap(super().batch(indices))

    @staticmethod
    def _wrap(arrays: tuple[Any, ...]) -> tuple[Tensor, ...]:
        from lucid.tensors import Tensor  # the arrays alone are useful without it

        return tuple(Tensor(np.asarray(array)) for array in arrays)


class Subset:
    """The elements of a data set at the given indices.

    Parameters
    ----------
    dataset : Dataset
    indices : sequence of int
        Positions in ``dataset``, each from 0 to its length less one.

    Raises
    ------
    DataError
        An index that lies outside.

    Examples
    --------
    >>> Subset(["a", "b", "c"], [2, 0])[0]
    'c'
    """

    def __init__(self, dataset: Dataset, indices: Sequence[int] | Indices) -> None:
        self.dataset = dataset
        self.indices: Indices = np.asarray(indices, dtype=np.intp)
        length = len(dataset)
        outside = (self.indices < 0) | (self.indices >= length)
        if outside.any():
            raise DataError(
                f"Subset got the index {self.indices[outside][0]} for a data set with {length} "
                f"elements; indices run from 0 to {length - 1}"
            )

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Any:
        return self.dataset[int(self.indices[index])]

    def batch(self, indices: Indices) -> Any:
        """Return the elements at ``indices`` of this part as one batch."""
        from lucid.data.loader import fetch  # the loader knows how to put elements together

        return fetch(self.dataset, self.indices[indices])
