"""Cutting data into parts: at random, or with the classes in proportion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lucid.data.dataset import Dataset, Indices, Subset
from lucid.kernels.errors import DataError

__all__ = ["random_split", "split_indices", "train_test_split"]


def random_split(
    dataset: Dataset, lengths: Sequence[int | float], *, seed: int | None = None
) -> list[Subset]:
    """Cut a data set into disjoint random parts.

    Parameters
    ----------
    dataset : Dataset
    lengths : sequence of int or float
        Numbers of elements that add up to the whole, or fractions that add up to 1; what the
        rounding of fractions leaves over goes to the first parts, one element each.
    seed : int, optional
        The same seed gives the same parts.

    Raises
    ------
    DataError
        Lengths that do not add up, or negative ones.

    Examples
    --------
    >>> [len(part) for part in random_split(range(10), [0.75, 0.25], seed=0)]
    [8, 2]
    """
    total = len(dataset)
    if any(length < 0 for length in lengths):
        raise DataError(f"random_split: lengths {list(lengths)} holds a negative one")
    if all(isinstance(length, int) for length in lengths) and sum(lengths) == total:
        sizes = [int(length) for length in lengths]
    elif math.isclose(sum(lengths), 1.0, abs_tol=1e-6):
        # The tolerance forgives 0.29 * 100 == 28.999999999999996.
        sizes = [math.floor(length * total + 1e-9) for length in lengths]
        for part in range(total - sum(sizes)):
            sizes[part % len(sizes)] += 1
    else:
        raise DataError(
            f"random_split: lengths {list(lengths)} add up to {sum(lengths)}; whole numbers must "
            f"add up to {total} (the elements there are), fractions to 1"
        )
    order = np.random.default_rng(seed).permutation(total)
    return [Subset(dataset, part) for part in np.split(order, np.cumsum(sizes)[:-1])]


def split_indices(
    count: int,
    test_size: float | int,
    *,
    seed: int | None = None,
    stratify: ArrayLike | None = None,
) -> tuple[Indices, Indices]:
    """Choose the indices of a training and a test part, each in ascending order.

    Parameters and errors are those of ``train_test_split``.

    Examples
    --------
    >>> train, test = split_indices(10, 0.2, seed=0)
    >>> len(train), len(test)
    (8, 2)
    """
    size = _test_count(count, test_size)
    generator = np.random.default_rng(seed)
    if stratify is None:
        test = generator.permutation(count)[:size]
    else:
        labels = np.asarray(stratify)
        if labels.shape != (count,):
            raise DataError(
                f"stratify has the shape {labels.shape}; one label for each of the {count} rows "
                f"is expected: the shape ({count},)"
            )
        test = _stratified(labels, size, generator)
    chosen = np.zeros(count, dtype=np.bool_)
    chosen[test] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def train_test_split(
    *arrays: Any,
    test_size: float | int = 0.25,
    seed: int | None = None,
    stratify: ArrayLike | None = None,
) -> list[Any]:
    """Split arrays into a random training and a test part.

    Parameters
    ----------
    *arrays : array_like or Tensor
        With the same first length.
    test_size : float or int, default 0.25
        A fraction between 0 and 1, or a number of rows.
    seed : int, optional
        The same seed gives the same parts.
    stratify : array_like, optional
        A label for each row: both parts get every label in proportion. A label that occurs once
        goes to the training part.

    Returns
    -------
    list
        ``[a_train, a_test, b_train, b_test, ...]``.

    Raises
    ------
    DataError
        Lengths that differ, or a part that would be empty.

    Examples
    --------
    >>> labels = np.array([0] * 8 + [1] * 4)
    >>> train, test = train_test_split(labels, test_size=0.25, seed=0, stratify=labels)
    >>> train.tolist(), test.tolist()
    ([0, 0, 0, 0, 0, 0, 1, 1, 1], [0, 0, 1])
    """
    if not arrays:
        raise DataError("train_test_split got no arrays; give at least one")
    held = [a if hasattr(type(a), "__lucid_call__") else np.asarray(a) for a in arrays]
    lengths = [len(array) for array in held]
    if len(set(lengths)) > 1:
        raise DataError(
            f"train_test_split: the arrays have the lengths {', '.join(map(str, lengths))}; "
            "their first axes must be equally long"
        )
    train, test = split_indices(lengths[0], test_size, seed=seed, stratify=stratify)
    return [array[part] for array in held for part in (train, test)]


def _test_count(count: int, test_size: float | int) -> int:
    if isinstance(test_size, int):
        size = test_size
    elif 0.0 < test_size < 1.0:
        size = round(count * test_size)
    else:
        raise DataError(
            f"test_size is {test_size}; give a fraction between 0 and 1, or a number of rows"
        )
    if not 0 < size < count:
        raise DataError(
            f"test_size {test_size} of {count} rows makes a test part of {size} rows; both parts "
            "need at least one row"
        )
    return size


def _stratified(
    labels: NDArray[Any], size: int, generator: np.random.Generator
) -> NDArray[np.intp]:
    """``size`` rows with each label in proportion, by largest remainders."""
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    exact = counts * (size / len(labels))
    # The training part must know every label.
    share = np.minimum(np.floor(exact).astype(np.intp), counts - 1)
    for code in np.argsort(share - exact, kind="stable"):
        if share.sum() == size:
            break
        share[code] += share[code] < counts[code] - 1
    if not share.any():
        raise DataError(
            f"stratify: each of the {len(counts)} labels occurs once, so no row can go to the test "
            "part; leave stratify out, or group the labels"
        )
    parts = [
        generator.permutation(np.flatnonzero(codes == code))[:amount]
        for code, amount in enumerate(share)
    ]
    return np.concatenate(parts)
