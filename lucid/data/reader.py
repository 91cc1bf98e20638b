"""Read a table from a file: CSV, Parquet or NPZ, told by its suffix."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from lucid.data.csv_file import read_csv
from lucid.data.extras import need
from lucid.data.frame import columns_of, first_line
from lucid.data.table import Table
from lucid.kernels.errors import DataError

__all__ = ["read_table"]

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".npz": "npz",
}


def read_table(path: str | os.PathLike[str]) -> Table:
    r"""Read a table.

    Parameters
    ----------
    path : path
        ``.csv``, ``.tsv`` or ``.txt`` (comma, semicolon or tab between the fields, told from the
        header; UTF-8), ``.parquet`` or ``.pq``, or ``.npz`` (a one-dimensional array is a column
        of its name, a two-dimensional array ``x`` becomes the columns ``x_0``, ``x_1`` ...).

    Returns
    -------
    Table
        Empty fields and ``NA``, ``N/A``, ``NULL``, ``null``, ``None``, ``NaN``, ``nan`` are
        missing values; ISO 8601 dates become dates.

    Raises
    ------
    DataError
        A file that is not there, is empty, is of another format, has lines of different lengths,
        columns of the same name, or values of an unsupported type. The message names the file and
        the line or column.
    MissingExtraError
        CSV and Parquet files need the package polars.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "t.csv").write_text("size,colour\n1.5,red\n2.0,blue\n")
    ...     table = read_table(Path(folder, "t.csv"))
    >>> {name: column.kind for name, column in table.columns.items()}
    {'size': 'number', 'colour': 'text'}
    """
    path = Path(path)
    if path.is_dir():
        raise DataError(f"{path} is a folder; give a file with a table")
    if not path.exists():
        raise DataError(f"{path} does not exist; give the path of a table ({_known()})")
    form = SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise DataError(
            f"{path} has the suffix {path.suffix!r}, which names no supported format; "
            f"use {_known()}"
        )
    try:
        with open(path, "rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}") from None
    if empty:
        raise DataError(f"{path} is empty; a line of column names and lines of values are expected")
    if form == "csv":
        return read_csv(path)
    return _read_parquet(path) if form == "parquet" else _read_npz(path)


def _known() -> str:
    return ", ".join(sorted(SUFFIXES))


def _read_parquet(path: Path) -> Table:
    pl = need("polars", "reading Parquet files")
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path} is not a readable Parquet file: {first_line(error)}") from None
    return columns_of(frame, str(path))


def _read_npz(path: Path) -> Table:
    try:
        # A file that is opened here is closed here, also where it turns out to be no archive.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        raise DataError(
            f"{path} is not a readable NPZ file of plain arrays: {first_line(error)}"
        ) from None
    columns: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if array.ndim == 1:
            parts = {name: array}
        elif array.ndim == 2:
            parts = {f"{name}_{i}": array[:, i] for i in range(array.shape[1])}
        else:
            raise DataError(
                f"{path}: array {name!r} has the shape {array.shape}; one axis (a column) or two "
                "(rows, columns) are expected"
            )
        for key, column in parts.items():
            if key in columns:
                raise DataError(f"{path}: two columns are called {key!r}; rename one array")
            columns[key] = column
    if not columns:
        raise DataError(f"{path} holds no arrays")
    return Table.from_arrays(columns, str(path))
