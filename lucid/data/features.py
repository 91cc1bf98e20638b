"""Columns of a table into numbers for a network, with all that is needed to do it again later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lucid.data.table import Column, Kind, Table, listed
from lucid.kernels.errors import DataError

__all__ = ["FeatureEncoder", "NumberFeature", "TextFeature"]

Missing: TypeAlias = Literal["median", "refuse"]
Scale: TypeAlias = Literal["each", "shared"]
Unknown: TypeAlias = Literal["refuse", "ignore"]


@dataclass(slots=True)
class NumberFeature:
    """A number, boolean or date: ``(value - mean) / std``, the median where it is missing."""

    name: str
    kind: Kind
    median: float
    mean: float
    std: float


@dataclass(slots=True)
class TextFeature:
    """A text column: one input for each category, 1 where the value is that category, else 0."""

    name: str
    categories: list[str]


@dataclass(slots=True)
class FeatureEncoder:
    """Turns the columns of a table into a float32 array, one row each.

    Made by ``FeatureEncoder.fit`` from training data; all statistics come from there.

    Attributes
    ----------
    features : list of NumberFeature or TextFeature
        In the order of the inputs.
    missing : {"median", "refuse"}
    notes : list of str
        What fitting had to decide; worth showing to the user.

    Examples
    --------
    >>> table = Table.from_arrays({"x": [1.0, 3.0], "kind": ["b", "a"]})
    >>> encoder = FeatureEncoder.fit(table, ["x", "kind"])
    >>> encoder.transform(table).tolist(), encoder.names
    ([[-1.0, 0.0, 1.0], [1.0, 1.0, 0.0]], ['x', 'kind=a', 'kind=b'])
    """

    features: list[NumberFeature | TextFeature]
    missing: Missing = "median"
    notes: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Names of the inputs."""
        names: list[str] = []
        for feature in self.features:
            if isinstance(feature, TextFeature):
                names += [f"{feature.name}={category}" for category in feature.categories]
            else:
                names.append(feature.name)
        return names

    @classmethod
    def fit(
        cls,
        table: Table,
        columns: Sequence[str],
        rows: NDArray[np.intp] | slice = slice(None),
        *,
        missing: Missing = "median",
        scale: Scale = "each",
        max_categories: int = 32,
    ) -> FeatureEncoder:
        """Choose and measure the features.

        Parameters
        ----------
        table : Table
        columns : sequence of str
            The candidates. A column without a value, or with one value only, is left out with a
            note.
        rows : array of int or slice
            The training part: statistics come from these rows only.
        missing : {"median", "refuse"}
            A missing number becomes the median of its column; a missing text belongs to no
            category.
        scale : {"each", "shared"}
            ``"shared"``: one mean and one deviation for all numbers together, for columns that
            measure the same thing, such as pixels.
        max_categories : int
            A text column with more different values is refused.

        Raises
        ------
        DataError
            No usable column, an infinite number, missing values where they are refused, or text
            with too many different values.
        """
        features: list[NumberFeature | TextFeature] = []
        notes: list[str] = []
        constant: list[str] = []
        for name in columns:
            column = table[name]
            _check(table, column, missing)
            absent = column.missing[rows]
            if absent.all():
                notes.append(f"left out column {name!r}: it has no values")
                continue
            if absent.any():
                filled = "no category" if column.kind == "text" else "the median"
                notes.append(
                    f"column {name!r}: {int(absent.sum())} of {absent.size} values are missing, "
                    f"taken as {filled}"
                )
            present = column.values[rows][~absent]
            feature = (
                _text_feature(table, column, present, max_categories)
                if column.kind == "text"
                else _number_feature(table, column, column.values[rows], present)
            )
            if feature is None:
                constant.append(name)
            else:
                features.append(feature)
        if constant:
            notes.append(
                f"left out {len(constant)} column{'s' * (len(constant) > 1)} with one value only: "
                f"{listed(constant, 6)}"
            )
        if not features:
            raise DataError(
                f"{table.source} has no column to learn from: besides the target, at least one "
                "column with two different values is needed"
            )
        encoder = cls(features, missing, notes)
        if scale == "shared":
            encoder._share_scale(table, rows)
        return encoder

    def _share_scale(self, table: Table, rows: NDArray[np.intp] | slice) -> None:
        numbers = [feature for feature in self.features if isinstance(feature, NumberFeature)]
        if numbers:
            held = np.stack([_filled(table[feature.name], feature)[rows] for feature in numbers])
            for feature in numbers:
                feature.mean, feature.std = float(held.mean()), float(held.std())

    def transform(self, table: Table, *, unknown: Unknown = "refuse") -> NDArray[np.float32]:
        """Encode every row of a table.

        Parameters
        ----------
        table : Table
            With all columns that were there when the encoder was fitted; others are ignored.
        unknown : {"refuse", "ignore"}
            A text that is no known category: an error, or no category.

        Raises
        ------
        DataError
            Missing columns (all named), a column of another kind, an unknown category, an infinite
            number, or missing values where they are refused.
        """
        absent = [feature.name for feature in self.features if feature.name not in table.columns]
        if absent:
            raise DataError(
                f"{table.source} lacks {len(absent)} of the {len(self.features)} columns that the "
                f"model needs: {listed(absent)}{table.suggest(absent[0])}"
            )
        parts: list[NDArray[Any]] = []
        for feature in self.features:
            column = table[feature.name]
            if isinstance(feature, TextFeature):
                column = _as_text(column)
                _check(table, column, self.missing)
                parts.append(_one_hot(table, column, feature, unknown))
            else:
                _check_number(table, column, feature)
                _check(table, column, self.missing)
                scaled = (_filled(column, feature) - feature.mean) / feature.std
                parts.append(scaled[:, np.newaxis])
        return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind")

    def to_dict(self) -> dict[str, Any]:
        """Everything that ``from_dict`` needs, as plain JSON values."""
        return {"missing": self.missing, "features": [asdict(feature) for feature in self.features]}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> FeatureEncoder:
        """Rebuild an encoder.

        Raises
        ------
        KeyError, TypeError
            A dictionary that ``to_dict`` did not make.
        """
        return cls(
            [
                TextFeature(**held) if "categories" in held else NumberFeature(**held)
                for held in state["features"]
            ],
            state["missing"],
        )


def _check(table: Table, column: Column, missing: Missing) -> None:
    absent = column.missing
    if missing == "refuse" and absent.any():
        raise DataError(
            f"{table.source}, {table.where(int(absent.argmax()))}: column {column.name!r} has no "
            f"value ({int(absent.sum())} missing in all); fill them in, or allow the median to "
            "take their place"
        )
    if column.kind != "text":
        infinite = np.isinf(column.values)
        if infinite.any():
            raise DataError(
                f"{table.source}, {table.where(int(infinite.argmax()))}: column {column.name!r} is "
                "infinite; a finite number, or an empty field, is expected"
            )


def _check_number(table: Table, column: Column, feature: NumberFeature) -> None:
    if column.missing.all() and column.kind == "text":
        raise DataError(
            f"{table.source}: column {column.name!r} has no values at all; the model needs it"
        )
    date = feature.kind == "date"
    if column.kind == "text" or (column.kind == "date") != date:
        place = found = ""
        if column.kind == "text":
            row = next(r for r, value in enumerate(column.values) if _is_word(value))
            place, found = f", {table.where(row)}", f" such as {column.values[row]!r}"
        raise DataError(
            f"{table.source}{place}: column {column.name!r} holds {column.kind}{found}; the model "
            f"was trained with {'dates' if date else 'numbers'} there"
        )


def _filled(column: Column, feature: NumberFeature) -> NDArray[np.float64]:
    return np.where(column.missing, feature.median, column.values)


def _number_feature(
    table: Table, column: Column, values: NDArray[np.float64], present: NDArray[np.float64]
) -> NumberFeature | None:
    median = float(np.median(present))
    filled = np.where(np.isnan(values), median, values)
    if filled.min() == filled.max():
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        mean, std = float(filled.mean()), float(filled.std())
    if not (np.isfinite(std) and std > 0.0):
        raise DataError(
            f"{table.source}: the values of column {column.name!r} (from {filled.min():g} to "
            f"{filled.max():g}) can't be standardised in float64; rescale them"
        )
    return NumberFeature(column.name, column.kind, median, mean, std)


def _text_feature(
    table: Table, column: Column, present: NDArray[Any], most: int
) -> TextFeature | None:
    categories = sorted(set(present))
    if len(categories) > most:
        raise DataError(_too_many(table, column, len(categories), most))
    return TextFeature(column.name, categories) if len(categories) > 1 else None


def _too_many(table: Table, column: Column, count: int, most: int) -> str:
    words = [row for row, value in enumerate(column.values) if _is_word(value)]
    filled = int((~column.missing).sum())
    message = f"{table.source}: text column {column.name!r} has {count} different values"
    if words and len(words) < filled / 2:
        return (
            f"{table.source}, {table.where(words[0])}: column {column.name!r} holds numbers, and "
            f"{len(words)} values that are none, such as {column.values[words[0]]!r}; correct "
            "them, or leave the field empty"
        )
    if any("-" in str(value) or "/" in str(value) or "." in str(value) for value in column.values):
        digits = sum(str(value)[:1].isdigit() for value in column.values)
        if digits > len(column.values) / 2:
            return (
                f"{message}, such as {column.values[words[0]]!r}; write dates as 2030-12-31, or "
                "leave the column out"
            )
    return (
        f"{message}; at most {most} can become inputs of their own. Leave the column out, group "
        "its values, or raise the bound"
    )


def _is_word(value: object) -> bool:
    """Whether a value is there, and no number."""
    if value is None:
        return False
    try:
        float(str(value))
    except ValueError:
        return True
    return False


def _as_text(column: Column) -> Column:
    """Turn a column into text: categories such as 1 and 2 come back from a file as numbers."""
    if column.kind == "text":
        return column
    absent = column.missing
    texts = np.empty(len(absent), dtype=object)
    texts[~absent] = [str(label) for label in column.labels(np.flatnonzero(~absent))]
    return Column(column.name, "text", texts)


def _one_hot(
    table: Table, column: Column, feature: TextFeature, unknown: Unknown
) -> NDArray[np.float64]:
    place = {category: position for position, category in enumerate(feature.categories)}
    codes = np.array([place.get(value, -1) for value in column.values], dtype=np.intp)
    strange = (codes < 0) & ~column.missing
    if unknown == "refuse" and strange.any():
        row = int(strange.argmax())
        raise DataError(
            f"{table.source}, {table.where(row)}: column {column.name!r} holds "
            f"{column.values[row]!r}, which the model has never seen; it knows "
            f"{listed(feature.categories)}"
        )
    hot: NDArray[np.bool_] = codes[:, np.newaxis] == np.arange(len(feature.categories))
    return hot.astype(np.float64)
