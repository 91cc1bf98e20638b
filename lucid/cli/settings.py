"""What a training run is told to do; kept in the model file, so that it can be continued."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from lucid.data.features import Missing, Scale
from lucid.data.target import Task
from lucid.kernels.errors import DataError

__all__ = ["OPTIMIZERS", "Settings"]

OPTIMIZERS = {"sgd": 0.1, "adam": 0.01, "adamw": 0.01}  # with the learning rate that each begins on
MOST_BATCH, LEAST_BATCH = 1024, 16
BATCHES_AN_EPOCH = 50


@dataclass(frozen=True, slots=True)
class Settings:
    """A plan of training.

    Attributes
    ----------
    table : str or None
        Path of the table; None for the bundled digits.
    column : str
        The target.
    phases : list of int
        Epochs at whose end a learning-rate schedule is complete: the last one is the end of the
        plan, and training that goes on later adds one.
    lr, batch_size : None
        Chosen by ``completed``.
    """

    table: str | None = None
    column: str = "digit"
    task: Task | None = None
    drop: tuple[str, ...] = ()
    missing: Missing = "median"
    scale: Scale = "each"
    max_categories: int = 32
    test_size: float = 0.2
    phases: tuple[int, ...] = (30,)
    batch_size: int | None = None
    lr: float | None = None
    hidden: tuple[int, ...] = (256, 256)
    activation: str = "HardSigmoid"
    optimizer: str = "adamw"
    weight_decay: float = 0.1
    label_smoothing: float = 0.1
    seed: int = 0

    @property
    def epochs(self) -> int:
        """Number of epochs in all."""
        return self.phases[-1]

    def checked(self) -> Settings:
        """Return the same settings.

        Raises
        ------
        DataError
            A value out of its range; the message names the option.
        """
        if self.optimizer not in OPTIMIZERS:
            raise DataError(
                f"--optimizer {self.optimizer!r} is unknown; choose one of {', '.join(OPTIMIZERS)}"
            )
        for option, size in (("--lr", self.lr), ("--epochs", self.epochs)):
            if size is not None and not (math.isfinite(size) and size > 0):
                raise DataError(f"{option} is {size}; give a number above 0")
        if not 0.0 < self.test_size < 1.0:
            raise DataError(f"--test-size is {self.test_size}; give a fraction between 0 and 1")
        return self

    def completed(self, rows: int) -> Settings:
        """Fill in what depends on the optimiser and on the number of training rows."""
        lr = OPTIMIZERS[self.optimizer] if self.lr is None else self.lr
        size = self.batch_size
        if size is None:
            # Small tables need many steps, large ones would take too long with small batches.
            power = round(math.log2(max(1.0, rows / BATCHES_AN_EPOCH)))
            size = min(MOST_BATCH, max(LEAST_BATCH, 2**power))
        return replace(self, lr=lr, batch_size=size)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Settings:
        """Rebuild settings from ``to_dict``'s values.

        Raises
        ------
        TypeError
            An entry that is none of the settings.
        """
        held: dict[str, Any] = {}
        for key, part in state.items():
            held[key] = tuple(part) if isinstance(part, list) else part
        return cls(**held)

    def merged(self, given: Mapping[str, Any]) -> Settings:
        """Check options that were given together with ``--resume``.

        Raises
        ------
        DataError
            An option that asks for something else than the run that is to be continued.
        """
        for name in (field.name for field in fields(self)):
            if name in given and given[name] != getattr(self, name):
                option = "--" + name.replace("_", "-")
                raise DataError(
                    f"{option} {given[name]} does not fit the run to be resumed, which has "
                    f"{getattr(self, name)}; leave the option out, or start anew without --resume"
                )
        return self
