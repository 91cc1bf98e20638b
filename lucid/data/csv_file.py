"""Read a CSV file, and say exactly where it is at fault."""

from __future__ import annotations

import csv
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lucid.data.extras import need
from lucid.data.frame import columns_of, first_line
from lucid.data.table import Table
from lucid.kernels.errors import DataError

if TYPE_CHECKING:
    import polars

__all__ = ["read_csv"]

MISSING = ["NA", "N/A", "NULL", "null", "None", "NaN", "nan"]

_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
_ISO_TIME = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def read_csv(path: Path) -> Table:
    """Read a CSV file; ``read_table`` has the rules."""
    pl = need("polars", "reading CSV files")
    header, separator = _header(path)
    skipped = 0
    try:
        frame = _parse(path, separator)
        # polars fills up lines that are too short, and a blank line becomes a row of nothing: both
        # leave the last column without a value, so that only such files are read a second time.
        if frame.width and frame[frame.columns[-1]].null_count():
            blank = _check_lines(path, header, separator)
            if blank:
                skipped = len(blank)
                frame = _parse(_without(path, blank), separator)
    except pl.exceptions.NoDataError:
        raise DataError(f"{path} is empty; a line of column names is expected") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        _check_lines(path, header, separator)
        raise DataError(f"{path} can't be read as CSV: {first_line(error)}") from None
    if frame.width != len(header):
        raise DataError(
            f"{path}: the header has {len(header)} names but the lines have {frame.width} fields; "
            "check its quotes and line ends"
        )
    frame.columns = [name or "" for name in header]
    notes = [f"{path}: skipped {skipped} blank lines"] if skipped else []
    if header[0] == "":
        # What pandas writes for its index: a number of the row, from which nothing can be learned.
        frame = frame.drop("")
        notes.append(f"{path}: left out the first column, which has no name (an index)")
    table = columns_of(_refined(frame), str(path))
    return dataclasses.replace(table, notes=notes, locate=lambda row: _line(path, separator, row))


def _parse(source: Path | bytes, separator: str) -> polars.DataFrame:
    pl = need("polars", "reading CSV files")
    frame: polars.DataFrame = pl.read_csv(
        source, separator=separator, infer_schema_length=None, null_values=MISSING
    )
    return frame


def _header(path: Path) -> tuple[list[str], str]:
    """Names of the columns and the separator."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            while first and not first.strip():
                first = file.readline()
    except UnicodeDecodeError:
        raise _not_text(path) from None
    if not first:
        raise DataError(f"{path} is empty; a line of column names is expected")
    if "\0" in first:
        raise _not_text(path)
    separator = max(",;\t", key=first.count)
    try:
        names = [name.strip() for name in next(csv.reader([first], delimiter=separator))]
    except csv.Error as error:
        raise DataError(f"{path}, line 1: {error}") from None
    for position, name in enumerate(names):
        if name in names[:position]:
            raise DataError(
                f"{path}, line 1: columns {names.index(name) + 1} and {position + 1} are both "
                f"called {name!r}; give each column a name of its own"
            )
        if not name and position:
            raise DataError(f"{path}, line 1: column {position + 1} has no name; give it one")
    if all(_NUMBER.fullmatch(name) for name in names):
        raise DataError(
            f"{path}, line 1: numbers where the names of the columns are expected; "
            "put a line with names first"
        )
    return names, separator


def _not_text(path: Path) -> DataError:
    return DataError(f"{path} is not text in UTF-8; save it as CSV in UTF-8 and try again")


def _records(path: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of its last line."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=separator)
        for record in reader:
            yield reader.line_num, record


def _check_lines(path: Path, header: list[str], separator: str) -> list[int]:
    """Refuse lines of another length than the header; return the numbers of the blank lines."""
    blank: list[int] = []
    try:
        for line, record in _records(path, separator):
            if not record:
                blank.append(line)
            elif len(record) != len(header):
                raise DataError(
                    f"{path}, line {line}: {len(record)} field{'s' * (len(record) != 1)} where the "
                    f"header has {len(header)}; each line needs a field for each column"
                )
    except UnicodeDecodeError:
        raise _not_text(path) from None
    except csv.Error as error:
        raise DataError(f"{path} can't be read as CSV: {error}") from None
    return blank


def _without(path: Path, blank: list[int]) -> bytes:
    left_out = set(blank)
    with open(path, "rb") as file:
        return b"".join(text for line, text in enumerate(file, 1) if line not in left_out)


def _line(path: Path, separator: str, row: int) -> str:
    """Name the line of a row, counted anew because quoted fields may span several lines."""
    records = (line for line, record in _records(path, separator) if record)
    for position, line in enumerate(records):
        if position == row + 1:
            return f"line {line}"
    return f"row {row + 1}"


def _refined(frame: polars.DataFrame) -> polars.DataFrame:
    """Numbers with spaces around them and ISO dates, which came as text."""
    pl = need("polars", "reading CSV files")
    for name in frame.columns:
        if frame[name].dtype != pl.String:
            continue
        text = frame[name].str.strip_chars()
        text = text.set(text == "", None)
        frame = frame.with_columns(text)
        present = text.drop_nulls()
        if not len(present):
            continue
        if present.str.contains(_ISO_DATE).all():
            form: polars.Series = text.str.to_date("%Y-%m-%d", strict=False)
        elif present.str.contains(_ISO_TIME).all():
            form = text.str.replace("T", " ").str.to_datetime(strict=False, time_unit="us")
        else:
            form = text.cast(pl.Int64, strict=False)
            if form.null_count() != text.null_count():
                form = text.cast(pl.Float64, strict=False)
        if form.null_count() == text.null_count():
            frame = frame.with_columns(form)
    return frame
