"""``lucid predict``: apply a saved network to a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from lucid.cli.guard import warn
from lucid.cli.modelfile import read_model
from lucid.cli.output import TABLES, check_suffix, check_writable, replace
from lucid.data.extras import need
from lucid.data.reader import read_table
from lucid.data.table import Table
from lucid.kernels.errors import DataError, LucidError

__all__ = ["predict"]

ROWS_SHOWN = 20


def predict(model: Path, table: Path, output: Path | None, *, ignore_unknown: bool = False) -> None:
    """Run the command.

    Raises
    ------
    DataError
        Bad input of any kind; nothing was written.
    """
    if output:
        _check_output(output, model, table)
    content = read_model(model)
    data = read_table(table)
    columns, score = _apply(content, data, model, "ignore" if ignore_unknown else "refuse")
    if score:
        warn(score)
    pl = need("polars", "writing tables")
    frame = pl.DataFrame(columns)
    if output:
        write = TABLES[output.suffix.lower()]
        replace(output, lambda fresh: getattr(frame, write)(fresh))
        warn(f"wrote {frame.height} predictions to {output}")
    elif sys.stdout.isatty():
        _show(frame)
    else:
        print(frame.write_csv(), end="")


def _check_output(output: Path, *inputs: Path) -> None:
    check_suffix(output, "--output", TABLES)
    check_writable(output, "the predictions")
    for path in inputs:
        if output.exists() and path.exists() and output.samefile(path):
            raise DataError(f"--output {output} is the input itself; choose another name")


def _apply(
    content: dict[str, Any], data: Table, path: Path, unknown: Any
) -> tuple[dict[str, Any], str | None]:
    """Compute the predictions, and a remark on how good they are where the table tells."""
    from lucid.cli.metrics import measure, probabilities
    from lucid.cli.network import build
    from lucid.cli.settings import Settings
    from lucid.cli.trainer import outputs_of
    from lucid.data.features import FeatureEncoder
    from lucid.data.target import TargetEncoder

    try:
        settings = Settings.from_dict(content["settings"])
        features = FeatureEncoder.from_dict(content["features"])
        target = TargetEncoder.from_dict(content["target"])
        widths = (len(features.names), *settings.hidden, target.outputs)
        network = build(widths, settings.activation)
        network.load_state_dict(content["state"]["model"])
    except (TypeError, KeyError, AttributeError, LucidError) as error:
        raise DataError(f"{path} is damaged: {error}") from None
    outputs = outputs_of(network, features.transform(data, unknown=unknown))
    if target.task == "regression":
        columns: dict[str, Any] = {"prediction": target.values(outputs)}
    else:
        shares = probabilities(outputs)
        answers = outputs.argmax(axis=1)
        columns = {
            "prediction": [target.classes[answer] for answer in answers],
            "probability": np.take_along_axis(shares, answers[:, np.newaxis], axis=1)[:, 0],
        }
    truth = data.columns.get(target.name)
    if truth is None or truth.missing.any():
        return columns, None
    try:
        result = measure(outputs, target.encode(data), target)
    except DataError:  # the column is there, but does not hold what the model learned
        return columns, None
    told = (
        f"accuracy {result['accuracy']:.2%}"
        if "accuracy" in result
        else f"mean absolute error {result['mae']:.4g}"
    )
    return columns, f"compared with column {target.name!r} of the table: {told}"


def _show(frame: Any) -> None:
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid()
    grid.add_column("row", justify="right")
    for name in frame.columns:
        grid.add_column(name, justify="right")
    for number, values in enumerate(frame.head(ROWS_SHOWN).iter_rows(), 1):
        told = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in values]
        grid.add_row(str(number), *map(Text, told))
    console = Console()
    console.print(grid)
    if frame.height > ROWS_SHOWN:
        console.print(f"{frame.height - ROWS_SHOWN} more rows; write all to a file with -o out.csv")
