"""What a training run came to: for people, and as JSON for programs."""

from __future__ import annotations

from typing import Any

from lucid.cli.metrics import measure
from lucid.cli.network import parameter_count
from lucid.cli.trainer import Trainer, outputs_of

__all__ = ["one_line", "result_of", "show"]

MOST_CLASSES = 12


def result_of(trainer: Trainer) -> dict[str, Any]:
    """Measure the network on the test part, and gather what is worth knowing."""
    inputs, encoded = trainer.data.test
    plan = trainer.settings
    return {
        "task": trainer.data.target.task,
        "target": trainer.data.target.name,
        "test": measure(outputs_of(trainer.model, inputs), encoded, trainer.data.target),
        "rows": {"train": len(trainer.data.train[0]), "test": len(inputs)},
        "network": list(trainer.widths),
        "activation": plan.activation,
        "optimizer": plan.optimizer,
        "lr": plan.lr,
        "batch_size": plan.batch_size,
        "parameters": parameter_count(trainer.model),
        "epochs": trainer.epochs_done,
        "seed": plan.seed,
        "seconds": round(trainer.seconds, 3),
        "samples_per_second": round(trainer.samples / max(trainer.seconds, 1e-9)),
        "history": trainer.progress()["history"],
        "notes": list(trainer.data.notes),
    }


def headline(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the figures that say how good the network is."""
    test = result["test"]
    if result["task"] == "classification":
        return [
            ("test accuracy", f"{test['accuracy']:.2%}"),
            ("most frequent class", f"{test['baseline']:.2%}"),
        ]
    r2 = "-" if test["r2"] is None else f"{test['r2']:.4f}"
    return [
        ("test mean absolute error", f"{test['mae']:.4g}"),
        ("always the mean", f"{test['baseline']:.4g}"),
        ("test root mean square error", f"{test['rmse']:.4g}"),
        ("test R²", r2),
    ]


def one_line(result: dict[str, Any]) -> str:
    """Sum the result up in one line."""
    figures = headline(result)
    shown = figures[:1] if result["task"] == "classification" else [figures[0], figures[-1]]
    told = [f"{name} {value}" for name, value in shown]
    return ", ".join([*told, f"{result['epochs']} epochs", f"{result['seconds']:.1f} s"])


def show(result: dict[str, Any]) -> None:
    """Print the summary."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=f"{result['task']} of {result['target']}", show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for name, value in headline(result):
        table.add_row(name, f"[bold]{value}[/]" if name.startswith("test") else value)
    widths = "-".join(str(width) for width in result["network"])
    table.add_row("network", f"{widths}, {result['activation']}")
    table.add_row("parameters", f"{result['parameters']:,}")
    table.add_row(
        "training",
        f"{result['epochs']} epochs of {result['rows']['train']:,} rows, {result['optimizer']}, "
        f"lr {result['lr']:g}, batches of {result['batch_size']}, seed {result['seed']}",
    )
    table.add_row("tested on", f"{result['rows']['test']:,} other rows")
    table.add_row("time", f"{result['seconds']:.1f} s, {result['samples_per_second']:,} samples/s")
    console.print(table)
    if result["task"] == "classification":
        _show_classes(console, result["test"]["classes"])


def _show_classes(console: Any, classes: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = classes
    title = "by class, test part"
    if len(classes) > MOST_CLASSES:
        # Of many classes the worst are of interest.
        known = [held for held in classes if held["recall"] is not None]
        shown = sorted(known, key=lambda held: held["recall"])[:MOST_CLASSES]
        title = f"the {len(shown)} classes of lowest recall, of {len(classes)}"
    table = Table(title=title)
    table.add_column("class")
    for name in ("precision", "recall", "rows"):
        table.add_column(name, justify="right")
    for held in shown:
        shares = ["-" if held[k] is None else f"{held[k]:.1%}" for k in ("precision", "recall")]
        table.add_row(Text(str(held["class"])), *shares, f"{held['rows']:,}")
    console.print(table)
