"""The commands and their options. The work is done elsewhere and loaded when it is needed.

Here are those that train and use a network; `lucid.cli.tools` has the others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from lucid.cli.guard import guarded
from lucid.cli.tools import Debug, bench, check, info, plot, warmup
from lucid.kernels.errors import DataError

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)

MODEL, DATA, SHOWN = "Model and training", "Data", "What comes out"


def _widths(text: str) -> tuple[int, ...]:
    """Widths of hidden layers from text such as ``256,256``."""
    try:
        widths = tuple(int(part) for part in text.split(",")) if text.strip() else ()
    except ValueError:
        widths = (0,)
    if any(width < 1 for width in widths):
        raise DataError(
            f"--hidden {text!r}: give the widths of the hidden layers separated by commas, such as "
            "256,256"
        )
    return widths


def _print_version(wanted: bool) -> None:
    if wanted:
        import lucid

        print(f"lucid {lucid.__version__}")
        raise typer.Exit


@app.callback()
def command(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Train a neural network on a table, use it; draw, test, measure and compile operations."""


@app.command()
@guarded
def train(
    table: Annotated[
        str | None,
        typer.Argument(
            help="CSV, Parquet or NPZ file. Without one: the handwritten digits of scikit-learn.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            help="Column to predict. A name that is no column of the table but a kernel target "
            "(cpu, parallel, cuda) is taken as --device; the option may be given twice.",
            rich_help_panel=DATA,
        ),
    ] = None,
    target_column: Annotated[
        str | None,
        typer.Option(help="Column to predict, whatever its name.", rich_help_panel=DATA),
    ] = None,
    task: Annotated[
        Literal["classification", "regression"] | None,
        typer.Option(
            help="Told from the column if not given: text, booleans and few different integers "
            "are classes.",
            rich_help_panel=DATA,
        ),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(help="Column to leave out; may be repeated.", rich_help_panel=DATA),
    ] = None,
    missing: Annotated[
        Literal["median", "refuse"] | None,
        typer.Option(
            help="What becomes of missing values. [dim]\\[default: median][/]",
            rich_help_panel=DATA,
        ),
    ] = None,
    max_categories: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Most different values of a text column. [dim]\\[default: 32][/]",
            rich_help_panel=DATA,
        ),
    ] = None,
    test_size: Annotated[
        float | None,
        typer.Option(
            help="Part of the rows kept for testing. [dim]\\[default: 0.2][/]",
            rich_help_panel=DATA,
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Passes over the data. [dim]\\[default: 30][/]", rich_help_panel=MODEL
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1, help="Rows a step; by default from the number of rows.", rich_help_panel=MODEL
        ),
    ] = None,
    lr: Annotated[
        float | None,
        typer.Option(
            help="Highest learning rate of the one-cycle schedule. "
            "[dim]\\[default: 0.01, sgd 0.1][/]",
            rich_help_panel=MODEL,
        ),
    ] = None,
    hidden: Annotated[
        str | None,
        typer.Option(
            metavar="WIDTHS",
            help="Widths of the hidden layers. [dim]\\[default: 256,256][/]",
            rich_help_panel=MODEL,
        ),
    ] = None,
    activation: Annotated[
        str | None,
        typer.Option(
            help="Any activation of lucid.nn, such as relu or SiLU. "
            "[dim]\\[default: HardSigmoid][/]",
            rich_help_panel=MODEL,
        ),
    ] = None,
    optimizer: Annotated[
        Literal["sgd", "adam", "adamw"] | None,
        typer.Option(help="[dim]\\[default: adamw][/]", rich_help_panel=MODEL),
    ] = None,
    weight_decay: Annotated[
        float | None,
        typer.Option(min=0.0, help="Of adamw. [dim]\\[default: 0.1][/]", rich_help_panel=MODEL),
    ] = None,
    label_smoothing: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=0.99,
            help="Of classifications. [dim]\\[default: 0.1][/]",
            rich_help_panel=MODEL,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Same seed, same result. [dim]\\[default: 0][/]",
            rich_help_panel=MODEL,
        ),
    ] = None,
    device: Annotated[
        Literal["cpu", "parallel", "cuda"] | None,
        typer.Option(
            help="Where kernels run: one core, all cores, the GPU.", rich_help_panel=MODEL
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="MODEL",
            help="Continue a saved run, to the result that it would have had without a break. "
            "With --epochs above those it has done: train on.",
            rich_help_panel=MODEL,
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="MODEL",
            help="Write the model to this safetensors file, also when Ctrl-C stops training.",
            rich_help_panel=SHOWN,
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="PICTURE", help="Draw the training curves.", rich_help_panel=SHOWN),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Only the result.", rich_help_panel=SHOWN)
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="The result as JSON.", rich_help_panel=SHOWN)
    ] = False,
    debug: Debug = False,
) -> None:
    """Train a network on TABLE, test it on rows kept aside, and say how good it is.

    [bold]lucid train[/] learns the handwritten digits;
    [bold]lucid train my.csv --target price[/] learns the column price of a table of yours.
    """
    from lucid.cli.train import Request
    from lucid.cli.train import train as run

    named: dict[str, Any] = {
        "task": task,
        "drop": tuple(drop) if drop else None,
        "missing": missing,
        "max_categories": max_categories,
        "test_size": test_size,
        "batch_size": batch_size,
        "lr": lr,
        "hidden": None if hidden is None else _widths(hidden),
        "activation": activation,
        "optimizer": optimizer,
        "weight_decay": weight_decay,
        "label_smoothing": label_smoothing,
        "seed": seed,
    }
    run(
        Request(
            given={name: value for name, value in named.items() if value is not None},
            table=table,
            targets=target or (),
            column=target_column,
            device=device,
            epochs=epochs,
            save=save,
            resume=resume,
            plot=plot,
            quiet=quiet,
            as_json=json,
        )
    )


@app.command()
@guarded
def predict(
    model: Annotated[Path, typer.Argument(help="What lucid train --save wrote.")],
    table: Annotated[Path, typer.Argument(help="CSV, Parquet or NPZ file.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV or Parquet file; else to the screen."),
    ] = None,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Accept categories the model has never seen.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Apply MODEL to the rows of TABLE: a class and its probability, or a value."""
    from lucid.cli.predict import predict as run

    run(model, table, output, ignore_unknown=ignore_unknown)


for function in (info, check, plot, bench):
    app.command()(function)
# What stands behind the script is the script's.
app.command(context_settings={"allow_interspersed_args": False})(warmup)
