"""A table in memory: named columns of equal length, each of one kind."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lucid.kernels.errors import DataError

__all__ = ["Column", "Table"]

Kind: TypeAlias = Literal["number", "integer", "bool", "text", "date"]

DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
    kind : {"number", "integer", "bool", "text", "date"}
    values : ndarray
        Text is an object array of ``str`` and ``None``; all else is float64 with NaN where a value
        is missing: a bool is 0 or 1, a date the number of days since 1970-01-01.
    """

    name: str
    kind: Kind
    values: NDArray[Any]

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Where there is no value."""
        if self.kind == "text":
            return np.array([value is None for value in self.values], dtype=np.bool_)
        absent: NDArray[np.bool_] = np.isnan(self.values)
        return absent

    def labels(
        self, rows: NDArray[np.intp] | slice = slice(None)
    ) -> list[str | bool | int | float]:
        """Give the values at ``rows``, none missing, as Python objects of the column's kind."""
        values = self.values[rows]
        if self.kind == "text":
            return list(values)
        if self.kind == "bool":
            return [bool(value) for value in values]
        if self.kind == "integer":
            return [int(value) for value in values]
        return [float(value) for value in values]

    @classmethod
    def from_array(cls, name: str, values: ArrayLike, source: str = "the table") -> Column:
        """Make a column of a one-dimensional array, its kind told from the dtype.

        Raises
        ------
        DataError
            A dtype that no column can have, or more than one axis.

        Examples
        --------
        >>> Column.from_array("age", [31, 45]).kind
        'integer'
        """
        array = np.asarray(values)
        if array.ndim != 1:
            raise DataError(
                f"{source}: column {name!r} has {array.ndim} axes; a column has one value a row"
            )
        letter = array.dtype.kind
        if letter == "b":
            return cls(name, "bool", array.astype(np.float64))
        if letter in "iu":
            return cls(name, "integer", array.astype(np.float64))
        if letter == "f":
            return cls(name, "number", array.astype(np.float64))
        if letter == "M":
            days = (array - np.datetime64(0, "D")) / DAY
            return cls(name, "date", np.where(np.isnat(array), np.nan, days))
        if letter in "UT" or (
            letter == "O" and all(value is None or isinstance(value, str) for value in array)
        ):
            return cls(name, "text", array.astype(object))
        raise DataError(
            f"{source}: column {name!r} has the type {array.dtype}, which is not supported; "
            "numbers, booleans, text and dates are"
        )


@dataclass(frozen=True)
class Table:
    """Named columns of equal length.

    Attributes
    ----------
    source : str
        Where it came from; error messages begin with it.
    columns : mapping of str to Column
    notes : list of str
        What reading it had to decide; worth showing to the user.

    Examples
    --------
    >>> table = Table.from_arrays({"x": [0.5, 1.5], "kind": ["a", "b"]})
    >>> table.rows, table["kind"].kind
    (2, 'text')
    """

    source: str
    columns: Mapping[str, Column]
    notes: list[str] = field(default_factory=list)
    locate: Callable[[int], str] | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values())).values) if self.columns else 0

    def __getitem__(self, name: str) -> Column:
        column = self.columns.get(name)
        if column is None:
            raise DataError(f"{self.source} has no column {name!r}{self.suggest(name)}")
        return column

    def suggest(self, name: str) -> str:
        """End of a message about a column that is not there: what there is."""
        near = difflib.get_close_matches(name, self.columns, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        return f"{hint} Its columns: {listed(self.columns)}"

    def where(self, row: int) -> str:
        """Name the place of a row as the user knows it: its line in the file, or its number."""
        return self.locate(row) if self.locate else f"row {row + 1}"

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, ArrayLike], source: str = "the table") -> Table:
        """Make a table of one-dimensional arrays of equal length.

        Raises
        ------
        DataError
            No columns, no rows, lengths that differ, or a dtype that no column can have.
        """
        columns = {name: Column.from_array(name, values, source) for name, values in arrays.items()}
        lengths = {name: len(column.values) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name!r}: {length}" for name, length in lengths.items())
            raise DataError(f"{source}: the columns have different numbers of rows ({told})")
        table = cls(source, columns)
        if not table.rows:
            raise DataError(f"{source} holds no rows of data; at least one is needed")
        return table


def listed(names: Iterable[object], most: int = 12) -> str:
    """Names in quotes, separated by commas; a long list ends in the number left out."""
    held = [repr(name) for name in names]
    rest = len(held) - most
    return ", ".join(held[:most]) + (f" and {rest} more" if rest > 0 else "")
