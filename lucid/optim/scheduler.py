"""Scheduler: a learning rate as a function of the number of steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lucid.kernels.errors import StateError
from lucid.optim.optimizer import Optimizer

__all__ = ["Scheduler"]


class Scheduler:
    """Base of the schedulers whose rate depends on the number of steps only.

    A subclass says in ``factor(step, base)`` which rate follows from a group's own rate. Every
    ``step()`` counts one and sets the rates; making the scheduler sets those of step 0.

    Parameters
    ----------
    optimizer
        Whose rates are set. The rates it has now are the base rates; a scheduler made before
        keeps its say about what the base is.
    last_epoch
        Number of steps already made, less one: -1 to start.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"{type(self).__name__} got a {type(optimizer).__name__}; give an optimiser of "
                "lucid.optim"
            )
        self.optimizer = optimizer
        self.base_lrs: list[float] = []
        for group in optimizer.param_groups:
            # The base survives the making of a second scheduler for the same optimiser.
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise StateError(
                    f"{type(self).__name__} got last_epoch={last_epoch}, but the optimiser has no "
                    "'initial_lr' in its groups: load its state_dict first"
                )
            self.base_lrs.append(group["initial_lr"])
        self.last_epoch = last_epoch + 1
        self._set()

    def lr_at(self, step: int, base: float) -> float:
        """Return the rate after ``step`` steps of a group whose own rate is ``base``."""
        raise NotImplementedError

    def get_last_lr(self) -> list[float]:
        """Return the rates that are in force, one for each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def rates_at(self, step: int) -> list[float]:
        """Return the rates after ``step`` steps, one for each group."""
        return [self.lr_at(step, base) for base in self.base_lrs]

    def _set(self) -> None:
        rates = self.rates_at(self.last_epoch)
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate

    def step(self) -> None:
        """Count one step and set the rates."""
        self.last_epoch += 1
        self._set()

    def state_dict(self) -> dict[str, Any]:
        """Return what the scheduler needs to go on, without the optimiser."""
        return {"last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from ``state_dict`` of a scheduler made with the same settings."""
        expected = self.state_dict()
        if not isinstance(state, Mapping) or set(state) != set(expected):
            came = sorted(state) if isinstance(state, Mapping) else type(state).__name__
            raise StateError(
                f"the state does not fit {type(self).__name__}: {came} came, "
                f"{sorted(expected)} was expected"
            )
        if "base_lrs" in state and len(state["base_lrs"]) != len(self.base_lrs):
            raise StateError(
                f"the state does not fit {type(self).__name__}: it is of an optimiser with "
                f"{len(state['base_lrs'])} groups, this one has {len(self.base_lrs)}"
            )
        self._load(state)

    def _load(self, state: Mapping[str, Any]) -> None:
        self.last_epoch = int(state["last_epoch"])
        self.base_lrs = [float(rate) for rate in state["base_lrs"]]
        self._set()
