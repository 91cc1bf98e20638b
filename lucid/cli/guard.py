"""One clear message for everything that goes wrong, and the exit code that fits."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import ParamSpec

import typer

from lucid.kernels.errors import LucidError

__all__ = ["INTERRUPTED", "Stopped", "guarded", "warn"]

P = ParamSpec("P")
INTERRUPTED = 130


class Stopped(Exception):  # noqa: N818 - it ends a command in good order, nothing went wrong
    """The command was stopped by a signal and has said all that there is to say."""

    def __init__(self, code: int = INTERRUPTED) -> None:
        super().__init__(code)
        self.code = code


def warn(message: str) -> None:
    """Show a remark on the error stream, where it does not mix with results."""
    print(f"note: {message}", file=sys.stderr, flush=True)


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Make a command end with a message in place of a traceback.

    With ``debug=True`` among its arguments, errors keep their traceback.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Stopped as stopped:
            raise typer.Exit(stopped.code) from None
        except KeyboardInterrupt:
            print("\nstopped by Ctrl-C; nothing was saved", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader of our output went away (`lucid predict ... | head`): not an error. Python
            # would complain once more when it flushes at exit, so give it nothing to complain to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except Exception as error:
            if kwargs.get("debug") or isinstance(error, typer.Exit | typer.BadParameter):
                raise
            _show(_told(error))
            raise typer.Exit(1) from None

    return run


def _told(error: Exception) -> str:
    if isinstance(error, LucidError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, MemoryError):
        return f"out of memory: {error}; try a smaller table, --batch-size or --hidden"
    return (
        f"unexpected {type(error).__name__}: {error}\n"
        "This is a fault of lucid; run the command again with --debug to see where it happened."
    )


def _show(message: str) -> None:
    if not sys.stderr.isatty():
        print(f"error: {message}", file=sys.stderr)
        return
    from rich.console import Console
    from rich.panel import Panel
    from rich.text import Text

    panel = Panel(Text(message), title="error", title_align="left", border_style="red")
    Console(stderr=True).print(panel)
