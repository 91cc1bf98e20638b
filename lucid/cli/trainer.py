"""The training loop, which can be stopped after any batch and continued to the same result."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lucid import nn, optim
from lucid.autograd import no_grad
from lucid.autograd.devices import host
from lucid.cli.network import build, initialise
from lucid.cli.prepare import Prepared
from lucid.cli.settings import Settings
from lucid.data.dataset import ArrayDataset
from lucid.data.loader import DataLoader
from lucid.kernels.errors import DataError
from lucid.tensors import Tensor, default_generator, manual_seed

__all__ = ["Epoch", "Trainer", "Watcher", "outputs_of"]

ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch came to.

    A score is the share of right answers, or the mean absolute error in the target's own unit.
    """

    number: int
    loss: float
    score: float
    test_loss: float
    test_score: float
    lr: float


class Watcher(Protocol):
    """Is told how training goes."""

    def step(self, trainer: Trainer) -> None:
        """After every batch."""

    def epoch(self, trainer: Trainer, record: Epoch) -> None:
        """After every epoch."""


def outputs_of(model: nn.Module, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute the outputs of a model for all rows, where it is, in pieces of moderate size."""
    model.eval()
    device = next(model.parameters()).device
    with no_grad():
        parts = [
            host(model(Tensor(inputs[start : start + ROWS_AT_ONCE], device=device)).data)
            for start in range(0, len(inputs), ROWS_AT_ONCE)
        ]
    model.train()
    return np.concatenate(parts)


class Trainer:
    """A network, its optimiser and schedule, and how far they have come.

    Parameters
    ----------
    settings, data
        The plan, and what is learned.
    device
        Where the network is and learns: ``"cpu"`` or ``"cuda"``. It begins with the same numbers.

    Attributes
    ----------
    epochs_done, batch : int
        Whole epochs done, and batches of the epoch that has begun.
    loss, score : float
        Means over that epoch so far.
    widths : tuple of int
        Of the layers, from the inputs to the outputs.
    samples, seconds : int, float
        Rows seen, and time spent, by this process in ``run``.
    """

    def __init__(self, settings: Settings, data: Prepared, device: str = "cpu") -> None:
        self.settings = settings.completed(len(data.train[0]))
        self.data = data
        self.classifies = data.target.task == "classification"
        plan = self.settings
        manual_seed(plan.seed)  # activations such as RReLU draw while they train
        self.widths = (data.train[0].shape[1], *plan.hidden, data.target.outputs)
        self.model = build(self.widths, plan.activation)
        initialise(self.model, plan.seed)
        self.device = device
        self.model.to(device)
        self.criterion: nn.Module = (
            nn.CrossEntropyLoss(label_smoothing=plan.label_smoothing)
            if self.classifies
            else nn.MSELoss()
        )
        self.optimizer = self._make_optimizer()
        size = plan.batch_size or 1
        self.loader = DataLoader(ArrayDataset(*data.train), size, shuffle=True, seed=plan.seed)
        self.scheduler = self._make_scheduler()
        self.epochs_done = self.batch = 0
        self.history: list[Epoch] = []
        self._sums = [0.0, 0.0, 0]  # of losses and of scores, and the number of rows in them
        self.samples = 0
        self.seconds = 0.0

    @property
    def loss(self) -> float:
        """Mean loss of the epoch so far."""
        return self._sums[0] / max(1, self._sums[2])

    @property
    def score(self) -> float:
        """Mean score of the epoch so far."""
        return self._sums[1] / max(1, self._sums[2])

    def _make_optimizer(self) -> optim.Optimizer:
        plan, parameters = self.settings, list(self.model.parameters())
        lr = plan.lr or 0.0
        if plan.optimizer == "sgd":
            return optim.SGD(parameters, lr=lr, momentum=0.9, nesterov=True)
        if plan.optimizer == "adam":
            return optim.Adam(parameters, lr=lr)
        return optim.AdamW(parameters, lr=lr, weight_decay=plan.weight_decay)

    def _make_scheduler(self) -> optim.OneCycleLR:
        """Warm up and cool down once over the last phase of the plan."""
        phases = (0, *self.settings.phases)
        steps = (phases[-1] - phases[-2]) * len(self.loader)
        return optim.OneCycleLR(self.optimizer, max_lr=self.settings.lr or 0.0, total_steps=steps)

    def run(self, watcher: Watcher, stop: Callable[[], bool]) -> bool:
        """Train to the end of the plan, or until ``stop()`` after some batch.

        Returns
        -------
        bool
            Whether the plan is done.

        Raises
        ------
        DataError
            The loss is no longer finite.
        """
        begun = time.perf_counter()
        earlier = self.seconds
        # Diverging weights are told by the loss, in words; NumPy need not warn of them as well.
        with np.errstate(over="ignore", invalid="ignore"):
            while self.epochs_done < self.settings.epochs:
                for inputs, targets in self.loader.batches(self.epochs_done, self.batch):
                    self._step(inputs, targets)
                    self.seconds = earlier + time.perf_counter() - begun
                    watcher.step(self)
                    if stop():
                        return False
                watcher.epoch(self, self._end_epoch())
        return True

    def _step(self, inputs: NDArray[np.float32], targets: NDArray[Any]) -> None:
        outputs = self.model(Tensor(inputs, device=self.device))
        loss = self.criterion(outputs, Tensor(targets, device=self.device))
        value = float(loss.item())
        if not math.isfinite(value):
            raise DataError(
                f"the loss became {value} in epoch {self.epochs_done + 1}; training has diverged. "
                f"Use a lower learning rate than --lr {self.settings.lr:g}"
            )
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()
        rows = len(inputs)
        self._sums[0] += value * rows
        self._sums[1] += self._right(host(outputs.data), targets) * rows
        self._sums[2] += rows
        self.samples += rows
        self.batch += 1

    def _right(self, outputs: NDArray[Any], targets: NDArray[Any]) -> float:
        if self.classifies:
            return float((outputs.argmax(axis=1) == targets).mean())
        return float(np.abs(outputs - targets).mean()) * self.data.target.std

    def _end_epoch(self) -> Epoch:
        inputs, targets = self.data.test
        outputs = outputs_of(self.model, inputs)
        with no_grad():
            test_loss = float(self.criterion(Tensor(outputs), Tensor(targets)).item())
        self.epochs_done += 1
        record = Epoch(
            number=self.epochs_done,
            loss=self.loss,
            score=self.score,
            test_loss=test_loss,
            test_score=self._right(outputs, targets),
            lr=float(self.optimizer.param_groups[0]["lr"]),
        )
        self.history.append(record)
        self.batch = 0
        self._sums = [0.0, 0.0, 0]
        return record

    def progress(self) -> dict[str, Any]:
        """How far training has come, as plain JSON values."""
        return {
            "epochs_done": self.epochs_done,
            "batch": self.batch,
            "sums": list(self._sums),
            "random": default_generator().get_state(),
            "history": [asdict(record) for record in self.history],
        }

    def state(self) -> dict[str, Any]:
        """Arrays and numbers of the network, the optimiser and the schedule."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
        }

    def restore(self, progress: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        """Go on where ``progress`` and ``state`` were taken.

        Raises
        ------
        StateError
            Arrays that do not fit the network.
        """
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epochs_done, self.batch = progress["epochs_done"], progress["batch"]
        self._sums = list(progress["sums"])
        default_generator().set_state(progress["random"])
        self.history = [Epoch(**record) for record in progress["history"]]
        phases = (0, *self.settings.phases)
        if self.epochs_done == phases[-2] and not self.batch and self.epochs_done:
            # A new phase begins: with the optimiser's memory, but a schedule of its own.
            self.scheduler = self._make_scheduler()
        else:
            self.scheduler.load_state_dict(state["scheduler"])
