"""How training is shown while it runs: a live bar, plain lines, or nothing."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lucid.cli.trainer import Epoch, Trainer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Bar", "Lines", "Silent", "chosen", "told_score"]

LINES = 15
SECONDS_BETWEEN = 0.1


def told_score(trainer: Trainer, score: float) -> str:
    """Write a score with its unit."""
    return f"{score:.1%}" if trainer.classifies else f"{score:.4g}"


def _pace(trainer: Trainer) -> str:
    return f"{trainer.samples / max(trainer.seconds, 1e-9):,.0f} samples/s"


class Silent:
    """Shows nothing."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def step(self, trainer: Trainer) -> None:
        """Do nothing."""

    def epoch(self, trainer: Trainer, record: Epoch) -> None:
        """Do nothing."""


class Lines(Silent):
    """A line for some of the epochs, for logs and pipes."""

    def epoch(self, trainer: Trainer, record: Epoch) -> None:
        """Write one line about the epoch."""
        total = trainer.settings.epochs
        every = max(1, round(total / LINES))
        if record.number % every and record.number != total:
            return
        name = "accuracy" if trainer.classifies else "mean error"
        print(
            f"epoch {record.number:>{len(str(total))}}/{total}  loss {record.loss:.4f}  "
            f"{name} {told_score(trainer, record.score)}  "
            f"test {told_score(trainer, record.test_score)}  {_pace(trainer)}",
            file=sys.stderr,
            flush=True,
        )


class Bar(Silent):
    """A live bar with loss, accuracy and speed."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._drawn = 0.0
        self._test = ""

    def __enter__(self) -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar_width=24),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("{task.fields[score]}"),
            TextColumn("[cyan]{task.fields[pace]}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
        )
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def step(self, trainer: Trainer) -> None:
        """Redraw, some times a second: drawing must not cost what a small network costs."""
        now = time.monotonic()
        if now - self._drawn >= SECONDS_BETWEEN:
            self._drawn = now
            self._draw(trainer, trainer.loss, trainer.score)

    def epoch(self, trainer: Trainer, record: Epoch) -> None:
        """Show the epoch's own figures."""
        self._test = f"  test {told_score(trainer, record.test_score)}"
        if record.number == trainer.settings.epochs:
            self._draw(trainer, record.loss, record.score)

    def _draw(self, trainer: Trainer, loss: float, score: float) -> None:
        if self._progress is None:
            return
        total = trainer.settings.epochs
        name = "accuracy" if trainer.classifies else "mean error"
        shown: dict[str, Any] = {
            "epoch": f"{min(trainer.epochs_done + 1, total)}/{total}",
            "loss": f"{loss:.4f}",
            "score": f"{name} {told_score(trainer, score)}{self._test}",
            "pace": _pace(trainer),
        }
        batches = len(trainer.loader)
        done = trainer.epochs_done * batches + trainer.batch
        if self._task is None:
            self._task = self._progress.add_task("", total=total * batches, **shown)
        self._progress.update(self._task, completed=done, **shown)


def chosen(quiet: bool) -> Silent:
    """Choose the way that fits: silent if asked, a bar on a terminal, else lines."""
    if quiet:
        return Silent()
    return Bar() if sys.stderr.isatty() else Lines()
