"""The command ``lucid``: train a network, use it, show what is installed."""

import sys

__all__ = ["main"]

# What the packages of the extra are called when they are imported.
PARTS = {"typer", "rich", "click"}


def main() -> None:
    """Run the command; the process ends with its exit code.

    0: done; 1: bad input, told in one message; 2: wrong use; 130: stopped by Ctrl-C.
    """
    try:
        from lucid.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in PARTS:
            raise
        from lucid.data.extras import INSTALL

        sys.exit(
            f"The command lucid needs the package {error.name!r}, which is not installed. "
            f"Install it with: {INSTALL}"
        )
    app(prog_name="lucid")
