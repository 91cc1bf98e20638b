"""``lucid plot``: the picture of an operation as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lucid.cli.operation import load_operation
from lucid.cli.output import PICTURES, check_suffix, check_writable, replace
from lucid.data.extras import need
from lucid.kernels import Pointwise, Rowwise
from lucid.kernels.errors import DataError

__all__ = ["plot_command"]


def plot_command(
    spec: str,
    path: Path | None = None,
    *,
    interval: tuple[float, float] | None = None,
    settings: Sequence[str] = (),
) -> Path:
    """Draw an operation into a file, and return the file.

    Parameters
    ----------
    spec
        An operation of the library, ``package.module:function`` or ``path/to/file.py:function``.
    path
        The file; its suffix says the format. By default the operation's name with ``.png``.
    interval
        The part of the axis to show.
    settings
        Values of arguments as ``name=value``.

    Raises
    ------
    DataError
        If the operation, the file or a setting can't be used.
    """
    operation = load_operation(spec)
    if isinstance(operation, Rowwise):
        raise DataError(
            f"{operation.name} is a function of a row, which has no curve; give a pointwise "
            f"operation, or check this one: lucid check {spec}"
        )
    path = path or Path(f"{operation.name}.png")
    check_suffix(path, "--output", PICTURES)
    check_writable(path, "the picture")
    options = dict(_setting(operation, text) for text in settings)
    need("matplotlib", "drawing operations")
    # A figure without pyplot: no window system, no global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    try:
        operation.plot(figure.add_subplot(), interval, **options)
    except (TypeError, ValueError) as error:
        raise DataError(str(error)) from error
    replace(path, lambda fresh: figure.savefig(fresh, dpi=150))
    return path


def _setting(operation: Pointwise, text: str) -> tuple[str, Any]:
    """Return name and value of a setting; what its argument's default is decides how to read it."""
    name, equals, value = text.partition("=")
    if not equals:
        raise DataError(f"--set {text!r}: give a name and a value, such as slope=0.3")
    if name not in operation.signature.parameters:
        raise DataError(
            f"--set {text!r}: {operation.name} has no {name!r}; it takes "
            f"{', '.join(operation.signature.parameters)}"
        )
    default = operation.signature.parameters[name].default
    if isinstance(default, str):
        return name, value
    if isinstance(default, bool):
        if value.lower() not in ("true", "false"):
            raise DataError(f"--set {text!r}: {name} is true or false")
        return name, value.lower() == "true"
    try:
        return name, float(value)
    except ValueError:
        raise DataError(f"--set {text!r}: {value!r} is no number") from None
