"""The commands and their options. The work is done elsewhere and loaded when it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from lucid.cli.guard import guarded
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
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


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
    """Train a neural network on a table, use it, draw operations, measure them."""


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


@app.command()
@guarded
def info(
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    debug: Debug = False,
) -> None:
    """Show versions, targets, threads, the cache folder and the CPU's features."""
    from lucid.cli.info import info as run

    run(as_json=json)


@app.command()
@guarded
def check(
    operation: Annotated[
        str,
        typer.Argument(
            metavar="OP",
            help="package.module:function, file.py:function, or an operation of the library.",
        ),
    ],
    points: Annotated[
        int, typer.Option(min=1, help="Points for each dtype that are compared exactly.")
    ] = 40,
    speed: Annotated[bool, typer.Option(help="Measure the speed, too.")] = True,
    debug: Debug = False,
) -> None:
    """Test the operation OP: values, gradients, special values, targets; exit code 1 if one fails.

    [bold]lucid check mine.py:activation[/]
    """
    from lucid.cli.check import check_command

    if code := check_command(operation, points=points, speed=speed):
        raise typer.Exit(code)


@app.command()
@guarded
def plot(
    operation: Annotated[
        str,
        typer.Argument(
            metavar="OP",
            help="An operation of the library, package.module:function, or file.py:function.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The picture. [dim]\\[default: OP.png][/]", show_default=False
        ),
    ] = None,
    interval: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LOW HIGH", help="Part of the axis to show.", show_default=False),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Value of an argument; may be repeated."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Draw the operation OP and its derivative, with its kinks.

    [bold]lucid plot hard_sigmoid -o picture.png --set slope=0.3 --interval -4 4[/]
    """
    from lucid.cli.picture import plot_command

    print(plot_command(operation, output, interval=interval, settings=settings or ()))


@app.command()
@guarded
def bench(
    suites: Annotated[
        list[str] | None,
        typer.Argument(
            help="operations, fused, training, startup; all of them without one.",
            show_default=False,
        ),
    ] = None,
    size: Annotated[
        str, typer.Option(metavar="SIZES", help="Numbers of elements: 1K to 16M and more.")
    ] = "1K,100K,1M",
    dtype: Annotated[Literal["float32", "float64"], typer.Option()] = "float32",
    only: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Some cases, separated by commas.")
    ] = None,
    peers: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Of numpy, numexpr, torch, compile, jax; by default the usual ones of each suite.",
        ),
    ] = None,
    threads: Annotated[
        int, typer.Option(min=0, help="Of every side; 0 for as many as there are.")
    ] = 0,
    rounds: Annotated[int, typer.Option(min=1, help="Batches of each side, in turns.")] = 15,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all figures as JSON.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="PICTURE", help="Draw ratios, and what the memory allows."),
    ] = None,
    docs: Annotated[
        Path | None,
        typer.Option(metavar="PAGE", help="Put the tables into this Markdown page."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    debug: Debug = False,
) -> None:
    """Measure Lucid beside NumPy, numexpr, PyTorch, torch.compile and JAX.

    [bold]lucid bench operations --size 1M --only exp,softmax[/] compares two operations. Results
    are compared first; a peer that is not installed is left out, and named.
    """
    from lucid.bench import SUITES, Pace, Request
    from lucid.cli.bench import Files, parse_sizes
    from lucid.cli.bench import bench as run

    run(
        Request(
            suites=tuple(suites or SUITES),
            sizes=parse_sizes(size),
            dtype=dtype,
            peers=tuple(peers.split(",")) if peers else (),
            only=tuple(only.split(",")) if only else (),
            threads=threads,
            pace=Pace(rounds=rounds),
        ),
        Files(json=json, plot=plot, docs=docs),
        quiet=quiet,
    )
