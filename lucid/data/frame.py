"""From a polars frame to a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lucid.data.extras import need
from lucid.data.table import Column, Table
from lucid.kernels.errors import DataError

if TYPE_CHECKING:
    import polars

__all__ = ["columns_of", "first_line"]


def first_line(error: BaseException) -> str:
    """First line of an error's text, which may be many lines of advice about its own library."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def columns_of(frame: polars.DataFrame, source: str) -> Table:
    """Turn a polars frame into a table.

    Raises
    ------
    DataError
        A column of a type that is not supported (lists, structures, bytes), or no rows.
    """
    pl = need("polars", "reading tables")
    columns: dict[str, Column] = {}
    for series in frame:
        name, dtype = series.name, series.dtype
        if dtype.is_numeric():
            numbers = series.cast(pl.Float64, strict=False).to_numpy()
            kind = "integer" if dtype.is_integer() else "number"
            columns[name] = Column(name, kind, numbers)  # type: ignore[arg-type]
        elif dtype == pl.Boolean:
            columns[name] = Column(name, "bool", series.cast(pl.Float64).to_numpy())
        elif dtype == pl.Date or dtype == pl.Datetime:
            stamps = series.cast(pl.Datetime("us")).to_numpy()
            columns[name] = Column.from_array(name, stamps)
        elif dtype in (pl.String, pl.Categorical, pl.Enum) or dtype == pl.Null:
            # A column without any value could be anything; as text it is dropped or refused later.
            texts = series.cast(pl.String).to_numpy()
            columns[name] = Column(name, "text", np.asarray(texts, dtype=object))
        else:
            raise DataError(
                f"{source}: column {name!r} has the type {dtype}, which is not supported; numbers, "
                "booleans, text and dates are"
            )
    table = Table(source, columns)
    if not table.rows:
        raise DataError(f"{source} holds column names but no rows of data")
    return table
