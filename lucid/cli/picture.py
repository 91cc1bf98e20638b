"""``lucid plot``: the picture of an operation as a file."""

from __future__ import annotations

from pathlib import Path

from lucid.cli.check import load_operation
from lucid.cli.output import PICTURES, check_suffix, check_writable, replace
from lucid.kernels.picture import plot

__all__ = ["plot_command"]


def plot_command(
    spec: str, output: Path, low: float | None = None, high: float | None = None
) -> None:
    """Draw an operation into a file; the suffix chooses the format.

    Parameters
    ----------
    spec
        The name of an operation of the library, ``package.module:function`` or
        ``file.py:function``.
    output
        The file.
    low, high
        The interval; by default the operation's domain, cut to [-5, 5].
    """
    check_suffix(output, "--output", PICTURES)
    check_writable(output, "the picture")
    figure = plot(load_operation(spec), low, high)
    replace(output, lambda fresh: figure.savefig(fresh, dpi=150))
