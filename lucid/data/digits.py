"""The handwritten digits that scikit-learn bundles."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucid.data.extras import INSTALL, MissingExtraError, need
from lucid.data.table import Column, Table

__all__ = ["digits_table", "load_digits"]

SIDE = 8


def load_digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Load 1797 handwritten digits of 8 x 8 pixels.

    Returns
    -------
    images : ndarray, float32, shape (1797, 64)
        Row by row, from 0 (paper) to 1 (ink).
    labels : ndarray, int64, shape (1797,)
        0 to 9.

    Raises
    ------
    MissingExtraError
        Where scikit-learn is not installed: the data are part of it, nothing is downloaded.

    Notes
    -----
    The test part of "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak,
    UCI Machine Learning Repository, 1998.

    Examples
    --------
    >>> images, labels = load_digits()
    >>> images.shape, str(images.dtype), labels[:3].tolist()
    ((1797, 64), 'float32', [0, 1, 2])
    """
    data = _bundled()
    if data is None:
        module: Any = need("sklearn.datasets", "the digits data set")
        pixels, labels = module.load_digits(return_X_y=True)
        data = np.column_stack([pixels, labels])
    return (data[:, :-1] / 16).astype(np.float32), data[:, -1].astype(np.int64)


def _bundled() -> NDArray[np.float64] | None:
    """Read the file itself where it lies: importing scikit-learn takes a second."""
    found = importlib.util.find_spec("sklearn")
    if found is None or found.origin is None:
        raise MissingExtraError(
            f"the digits data set is part of scikit-learn, which is not installed. "
            f"Install it with: {INSTALL}"
        )
    path = Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz"
    if not path.exists():
        return None
    with gzip.open(path, "rt") as file:
        return np.loadtxt(file, delimiter=",")


def digits_table() -> Table:
    """Load the digits as a table: columns ``pixel_0_0`` to ``pixel_7_7`` and ``digit``.

    Examples
    --------
    >>> len(digits_table().columns)
    65
    """
    images, labels = load_digits()
    columns = {
        name: Column(name, "number", images[:, i].astype(np.float64))
        for i, name in enumerate(f"pixel_{row}_{col}" for row in range(SIDE) for col in range(SIDE))
    }
    columns["digit"] = Column("digit", "integer", labels.astype(np.float64))
    return Table("digits", columns)
