"""The commands around operations and kernels, with their options; see `lucid.cli.app`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from lucid.cli.guard import guarded

__all__ = ["Debug", "bench", "check", "info", "plot", "warmup"]

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@guarded
def info(
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    clear_cache: Annotated[
        bool, typer.Option("--clear-cache", help="Remove all compiled kernels that are kept.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Show versions, targets, threads, the cache folder and the CPU's features."""
    from lucid.cli.info import clear_cache as clear
    from lucid.cli.info import info as run

    if clear_cache:
        clear()
    else:
        run(as_json=json)


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
    target: Annotated[
        list[str] | None,
        typer.Option(help="cpu, parallel or cuda; may be repeated. All that can run without one."),
    ] = None,
    domain: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=LOW,HIGH",
            help="What an argument of a function of a row may be; may be repeated.",
            show_default=False,
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Test the operation OP: values, gradients, special values, targets; exit code 1 if one fails.

    [bold]lucid check mine.py:activation[/] takes what @pointwise or @rowwise made, or a plain
    function of one element.
    """
    from lucid.cli.check import check_command

    if code := check_command(
        operation, points=points, speed=speed, targets=target or (), domains=domain or ()
    ):
        raise typer.Exit(code)


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


@guarded
def bench(
    suites: Annotated[
        list[str] | None,
        typer.Argument(
            help="operations, fused, training, busy, startup; all of them without one.",
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
    target: Annotated[
        Literal["parallel", "cuda"],
        typer.Option(help="All cores, or the GPU (beside torch, compile and cupy there)."),
    ] = "parallel",
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
    from lucid.bench import GPU_SUITES, SUITES, Pace, Request
    from lucid.cli.bench import Files, parse_sizes
    from lucid.cli.bench import bench as run

    run(
        Request(
            suites=tuple(suites or (GPU_SUITES if target == "cuda" else SUITES)),
            sizes=parse_sizes(size),
            dtype=dtype,
            peers=tuple(peers.split(",")) if peers else (),
            only=tuple(only.split(",")) if only else (),
            threads=threads,
            pace=Pace(rounds=rounds),
            target=target,
        ),
        Files(json=json, plot=plot, docs=docs),
        quiet=quiet,
    )


@guarded
def warmup(
    script: Annotated[
        Path | None,
        typer.Argument(
            help="A Python script, which is run to its end. Without one: all that the library has.",
            show_default=False,
        ),
    ] = None,
    arguments: Annotated[
        list[str] | None, typer.Argument(help="The script's own.", show_default=False)
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(help="What lucid train --save wrote: kernels that train and use it."),
    ] = None,
    dtype: Annotated[
        Literal["float32", "float64"], typer.Option(help="Of the library's kernels.")
    ] = "float32",
    processes: Annotated[
        int, typer.Option(min=0, help="That compile at once; 0 for one on each core.")
    ] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    debug: Debug = False,
) -> None:
    """Compile kernels ahead of time: a later start loads them from the cache.

    [bold]lucid warmup train.py --epochs 1[/] really runs the script, with all that it does, in a
    process of its own; what it uses gets compiled. What it prints is shown if it fails. Without
    a script, kernels of all operations, losses and optimisers are compiled, forward and backward,
    in the usual layouts.
    """
    from lucid.cli.warmup import warmup_jobs, warmup_script
    from lucid.kernels.errors import DataError

    if script is None:
        warmup_jobs(model, dtype, processes, quiet=quiet)
    elif model is None:
        warmup_script(script, arguments or (), quiet=quiet)
    else:
        raise DataError(f"give a script or --model, not both: {script} and {model}")
