"""``lucid train``: from a table to a tested and saved network."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lucid
from lucid.cli.guard import Stopped, warn
from lucid.cli.info import version
from lucid.cli.modelfile import is_model, read_model, write_model
from lucid.cli.output import PICTURES, check_suffix, check_writable
from lucid.cli.settings import Settings
from lucid.data.table import Table, listed
from lucid.kernels.errors import DataError

__all__ = ["DEVICES", "Request", "train"]

DEVICES = ("cpu", "parallel", "cuda")


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for; ``given`` holds only the settings that were named."""

    given: dict[str, Any]
    targets: Sequence[str] = ()
    column: str | None = None
    device: str | None = None
    epochs: int | None = None
    save: Path | None = None
    resume: Path | None = None
    plot: Path | None = None
    quiet: bool = False
    as_json: bool = False
    table: str | None = None


def train(request: Request) -> None:
    """Run the command.

    Raises
    ------
    DataError
        Bad input of any kind; nothing was changed.
    Stopped
        A signal ended training early; the message is out and the model saved.
    """
    save = request.save or request.resume
    held = read_model(request.resume) if request.resume else None
    _check_paths(request, save)
    settings = _settings(request, held, request.resume)
    from lucid.cli.prepare import load

    table = load(settings.table)
    column, device = _meaning(request, table, settings.column if held else None)
    if held and column != settings.column:
        raise DataError(
            f"--target {column!r} does not fit the run to be resumed, whose target is "
            f"{settings.column!r}; leave it out"
        )
    settings = dataclasses.replace(settings, column=column)
    _train(request, table, settings, device, held, save)


def _train(
    request: Request,
    table: Table,
    settings: Settings,
    device: str | None,
    held: dict[str, Any] | None,
    save: Path | None,
) -> None:
    # Numba and the network's parts are loaded here, once the input has proved sound so far.
    from lucid.cli.interrupt import Interrupt
    from lucid.cli.network import activation_name
    from lucid.cli.prepare import prepare
    from lucid.cli.progress import chosen
    from lucid.cli.report import one_line, result_of, show
    from lucid.cli.trainer import Trainer
    from lucid.data.features import FeatureEncoder
    from lucid.data.target import TargetEncoder
    from lucid.kernels import set_target
    from lucid.kernels.targets.cuda import require

    settings = dataclasses.replace(settings, activation=activation_name(settings.activation))
    on_gpu = device == "cuda"
    if on_gpu:
        # Arrays decide: what lies on the GPU is computed there, the rest goes on as it is.
        require()
    elif device:
        set_target(device)
    encoders = (
        (FeatureEncoder.from_dict(held["features"]), TargetEncoder.from_dict(held["target"]))
        if held
        else (None, None)
    )
    data = prepare(table, settings, *encoders)
    trainer = Trainer(settings, data, "cuda" if on_gpu else "cpu")
    if held:
        trainer.restore(held["progress"], held["state"])
        if data.fingerprint != held["data"]["fingerprint"]:
            warn(
                f"{table.source} does not hold the data that this run began with; the result will "
                "differ from that of an uninterrupted run"
            )
    with Interrupt() as interrupt:
        if not request.quiet:
            for note in data.notes:
                warn(note)
        with chosen(request.quiet or request.as_json) as watcher:
            done = trainer.run(watcher, interrupt.requested)
        # Still inside: a Ctrl-C must not fall upon the saving.
        if save:
            write_model(save, _content(trainer))
    if not done:
        at = f"stopped in epoch {trainer.epochs_done + 1} of {settings.epochs}"
        if save:
            warn(f"{at}; saved to {save}. Go on with: lucid train --resume {save}")
        else:
            warn(f"{at}; nothing was saved (--save MODEL was not given)")
        raise Stopped(interrupt.code)
    result = result_of(trainer) | {
        "saved": str(save) if save else None,
        "plot": str(request.plot) if request.plot else None,
    }
    if request.plot:
        from lucid.cli.plot import plot_curves

        plot_curves(trainer, request.plot)
    if request.as_json:
        print(json.dumps(result, indent=2))
    elif request.quiet:
        print(one_line(result))
    else:
        show(result)
        if save:
            print(f"model: {save} (use it with: lucid predict {save} TABLE)")
        if request.plot:
            print(f"curves: {request.plot}")


def _check_paths(request: Request, save: Path | None) -> None:
    if save:
        check_writable(save, "the model")
        if save.exists() and not is_model(save):
            raise DataError(
                f"{save} exists and is no model that lucid wrote; it would be lost. Choose another "
                "name, or move it away"
            )
    if request.plot:
        check_suffix(request.plot, "--plot", PICTURES)
        check_writable(request.plot, "the curves")


def _settings(request: Request, held: dict[str, Any] | None, path: Path | None) -> Settings:
    if held is None:
        bundled = request.table is None
        chosen: dict[str, Any] = {"scale": "shared"} if bundled else {}
        chosen |= request.given | {"table": request.table}
        if request.epochs is not None:
            chosen["phases"] = (request.epochs,)
        return Settings(**chosen).checked()
    try:
        settings = Settings.from_dict(held["settings"])
    except TypeError as error:
        raise DataError(f"{path} is damaged: its settings can't be read ({error})") from None
    settings = settings.merged(request.given)
    if request.table is not None:
        settings = dataclasses.replace(settings, table=request.table)
    return _prolonged(settings, held["progress"]["epochs_done"], request.epochs, path)


def _prolonged(settings: Settings, done: int, epochs: int | None, path: Path | None) -> Settings:
    """Settle up to which epoch a resumed run goes."""
    finished = done >= settings.epochs
    if epochs is None and finished:
        raise DataError(
            f"{path} has finished its {settings.epochs} epochs; go on with --epochs N, N above "
            f"{settings.epochs}"
        )
    if epochs is None or (epochs == settings.epochs and not finished):
        return settings
    if not finished:
        raise DataError(
            f"{path} has done {done} of {settings.epochs} epochs, and its learning rate is planned "
            f"for these; finish them first (--resume without --epochs), then go on to {epochs}"
        )
    if epochs <= settings.epochs:
        raise DataError(
            f"--epochs {epochs}: {path} has done {done} already; give a number above {done}"
        )
    return dataclasses.replace(settings, phases=(*settings.phases, epochs))


def _meaning(request: Request, table: Table, default: str | None) -> tuple[str, str | None]:
    """Tell the target column from the kernels' target: ``--target`` may name either."""
    column, device = request.column, request.device
    for value in request.targets:
        if column is None and request.table is not None and value in table.columns:
            column = value
        elif device is None and value in DEVICES:
            device = value
        elif request.table is None and default is None:
            raise DataError(
                f"--target {value!r}: no table was given, so the target is digit of the bundled "
                f"digits, and --target can only say where kernels run: {', '.join(DEVICES)}"
            )
        elif column is None:
            column = value
        else:
            raise DataError(
                f"--target {value!r}: the target column is {column!r} already, and kernels run on "
                f"{', '.join(DEVICES)}"
            )
    if device is not None and device not in DEVICES:
        raise DataError(f"--device {device!r} is unknown; choose one of {', '.join(DEVICES)}")
    if column is None:
        column = default or ("digit" if request.table is None else None)
    if column is None:
        raise DataError(
            "--target COLUMN is missing: it names the column to be predicted, one of "
            f"{listed(table.columns)}"
        )
    _ = table[column]  # an unknown name is an error
    return column, device


def _content(trainer: Any) -> dict[str, Any]:
    return {
        "version": lucid.__version__,
        "made_with": {name: version(name) for name in ("numpy", "numba")},
        "settings": trainer.settings.to_dict(),
        "features": trainer.data.features.to_dict(),
        "target": trainer.data.target.to_dict(),
        "data": {
            "source": trainer.data.source,
            "train_rows": len(trainer.data.train[0]),
            "test_rows": len(trainer.data.test[0]),
            "fingerprint": trainer.data.fingerprint,
        },
        "progress": trainer.progress(),
        "state": trainer.state(),
    }
