"""From a table to the arrays that a network is trained on and tested with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucid.cli.settings import Settings
from lucid.data.digits import digits_table
from lucid.data.features import FeatureEncoder
from lucid.data.reader import read_table
from lucid.data.split import split_indices
from lucid.data.table import Table
from lucid.data.target import TargetEncoder
from lucid.kernels.errors import DataError

__all__ = ["Prepared", "load", "prepare"]

FEWEST_ROWS = 10


@dataclass(frozen=True, slots=True)
class Prepared:
    """Encoded data in two parts, and the encoders that made them."""

    source: str
    features: FeatureEncoder
    target: TargetEncoder
    train: tuple[NDArray[np.float32], NDArray[Any]]
    test: tuple[NDArray[np.float32], NDArray[Any]]
    fingerprint: str
    notes: tuple[str, ...]


def load(table: str | None) -> Table:
    """Read the user's table, or the digits where there is none."""
    return digits_table() if table is None else read_table(Path(table))


def prepare(
    table: Table,
    settings: Settings,
    features: FeatureEncoder | None = None,
    target: TargetEncoder | None = None,
) -> Prepared:
    """Split and encode a table; with encoders of an earlier run, encode as it did.

    Raises
    ------
    DataError
        Too few rows, or whatever the encoders refuse.
    """
    if table.rows < FEWEST_ROWS:
        raise DataError(
            f"{table.source} has {table.rows} rows; training and testing need at least "
            f"{FEWEST_ROWS}"
        )
    for name in settings.drop:
        _ = table[name]  # an unknown name is an error
    fresh = target is None
    if target is None:
        target = TargetEncoder.fit(table, settings.column, task=settings.task)
    labels = table[settings.column].values if target.task == "classification" else None
    train, test = split_indices(
        table.rows,
        settings.test_size,
        seed=settings.seed,
        stratify=None if labels is None else labels.astype(str),
    )
    if fresh:
        target.standardise(table, train)
    encoded = target.encode(table)
    notes = list(table.notes)
    if features is None:
        columns = [
            name for name in table.columns if name != settings.column and name not in settings.drop
        ]
        features = FeatureEncoder.fit(
            table,
            columns,
            train,
            missing=settings.missing,
            scale=settings.scale,
            max_categories=settings.max_categories,
        )
        notes += features.notes
        if settings.task is None and table[settings.column].kind == "integer" and settings.table:
            other = "regression" if target.task == "classification" else "classification"
            notes.append(
                f"target {settings.column!r} holds integers, taken as a {target.task} "
                f"(--task {other} for the other)"
            )
    # A category that the training part lacks can't be learned, and need not stop the test.
    inputs = features.transform(table, unknown="ignore" if fresh else "refuse")
    digest = hashlib.sha256(inputs.tobytes() + encoded.tobytes())
    return Prepared(
        source=table.source,
        features=features,
        target=target,
        train=(inputs[train], encoded[train]),
        test=(inputs[test], encoded[test]),
        fingerprint=digest.hexdigest(),
        notes=tuple(notes),
    )
