"""The column that a model learns to predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lucid.data.table import Column, Table, listed
from lucid.kernels.errors import DataError

__all__ = ["TargetEncoder", "decide_task"]

Task: TypeAlias = Literal["classification", "regression"]
Label: TypeAlias = str | bool | int | float

# Integers with few different values are taken for names of classes.
FEW = 20
ROWS_EACH = 5


def decide_task(column: Column) -> Task:
    """Tell classification from regression by the values of the target.

    Text and booleans are classes. Integers are, where there are at most 20 different ones and on
    average at least five rows of each. Other numbers are regression.

    Examples
    --------
    >>> decide_task(Column.from_array("price", [1.5, 2.0]))
    'regression'
    >>> decide_task(Column.from_array("kind", ["a", "b"]))
    'classification'
    """
    if column.kind in ("text", "bool"):
        return "classification"
    if column.kind == "integer":
        different = len(np.unique(column.values))
        if different <= FEW and len(column.values) >= ROWS_EACH * different:
            return "classification"
    return "regression"


@dataclass(slots=True)
class TargetEncoder:
    """Turns the target column into what a loss takes, and outputs of a network back.

    Attributes
    ----------
    name : str
        Of the column.
    task : {"classification", "regression"}
    classes : list of str, bool, int or float
        In ascending order; empty for a regression.
    mean, std : float
        Of the training part; a regression is learned standardised.

    Examples
    --------
    >>> table = Table.from_arrays({"kind": ["b", "a", "b"]})
    >>> target = TargetEncoder.fit(table, "kind")
    >>> target.encode(table).tolist(), target.classes
    ([1, 0, 1], ['a', 'b'])
    """

    name: str
    task: Task
    classes: list[Label]
    mean: float = 0.0
    std: float = 1.0

    @property
    def outputs(self) -> int:
        """Number of outputs that the network needs."""
        return len(self.classes) if self.task == "classification" else 1

    @classmethod
    def fit(
        cls, table: Table, name: str, *, task: Task | None = None, max_classes: int = 1000
    ) -> TargetEncoder:
        """Decide the task and find the classes.

        The mean and the deviation of a regression are set by ``standardise``, once the training
        part is known.

        Raises
        ------
        DataError
            Missing or infinite values, a single class or value, too many classes, or a task that
            the column does not allow.
        """
        column = table[name]
        _check(table, column)
        chosen = task or decide_task(column)
        if chosen == "regression":
            if column.kind == "text":
                raise DataError(
                    f"{table.source}: the target {name!r} holds text such as "
                    f"{column.values[0]!r}; a regression needs numbers (use the task "
                    "classification)"
                )
            if column.values.min() == column.values.max():
                raise DataError(
                    f"{table.source}: the target {name!r} is {column.values[0]:g} in every row; "
                    "there is nothing to learn"
                )
            return cls(name, chosen, [])
        classes = sorted(set(column.labels()))
        if len(classes) < 2:
            raise DataError(
                f"{table.source}: the target {name!r} is {classes[0]!r} in every row; at least two "
                "classes are needed"
            )
        if len(classes) > max_classes or (len(classes) > FEW and 2 * len(classes) > table.rows):
            raise DataError(
                f"{table.source}: the target {name!r} has {len(classes)} different values in "
                f"{table.rows} rows; that is too many classes (at most {max_classes}, and two rows "
                "of each on average). Choose another column"
                + ("" if column.kind == "text" else ", or the task regression")
            )
        return cls(name, chosen, classes)

    def standardise(self, table: Table, rows: NDArray[np.intp]) -> None:
        """Set mean and deviation of a regression from the training rows."""
        if self.task == "regression":
            values = table[self.name].values[rows]
            self.mean, std = float(values.mean()), float(values.std())
            # All training rows may be equal where the others are not.
            self.std = std if std > 0.0 else 1.0

    def encode(self, table: Table) -> NDArray[Any]:
        """Encode the target of every row: int64 class numbers, or float32 of the shape (rows, 1).

        Raises
        ------
        DataError
            Missing or infinite values, or a class that ``fit`` has not seen.
        """
        column = table[self.name]
        _check(table, column)
        if self.task == "regression":
            if column.kind == "text":
                raise DataError(
                    f"{table.source}: the target {self.name!r} holds text; the model "
                    "was trained with numbers there"
                )
            return ((column.values - self.mean) / self.std).astype(np.float32)[:, np.newaxis]
        place = {label: position for position, label in enumerate(self.classes)}
        labels = column.labels()
        for row, label in enumerate(labels):
            if label not in place:
                raise DataError(
                    f"{table.source}, {table.where(row)}: the target {self.name!r} is {label!r}, "
                    f"which the model does not know; its classes are {listed(self.classes)}"
                )
        return np.array([place[label] for label in labels], dtype=np.int64)

    def values(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """Give outputs of a regression's network, or encoded targets, in the column's own unit."""
        return outputs.reshape(-1).astype(np.float64) * self.std + self.mean

    def to_dict(self) -> dict[str, Any]:
        """Everything that ``from_dict`` needs, as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> TargetEncoder:
        """Rebuild an encoder.

        Raises
        ------
        TypeError
            A dictionary that ``to_dict`` did not make.
        """
        return cls(**state)


def _check(table: Table, column: Column) -> None:
    for fault, word in ((column.missing, "missing"), (_infinite(column), "infinite")):
        if fault.any():
            raise DataError(
                f"{table.source}, {table.where(int(fault.argmax()))}: the target {column.name!r} "
                f"is {word} ({int(fault.sum())} rows in all); correct these rows or take them out"
            )


def _infinite(column: Column) -> NDArray[np.bool_]:
    if column.kind == "text":
        return np.zeros(len(column.values), dtype=np.bool_)
    infinite: NDArray[np.bool_] = np.isinf(column.values)
    return infinite
