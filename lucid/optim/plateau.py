"""A learning rate that falls when a measure stops getting better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lucid.kernels.errors import StateError
from lucid.optim.optimizer import Optimizer

__all__ = ["ReduceLROnPlateau"]

_STATE = ("best", "num_bad_epochs", "cooldown_counter", "last_epoch")


class ReduceLROnPlateau:
    """Multiply the rates by ``factor`` after ``patience`` steps without a better measure.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    mode
        ``"min"`` if a lower measure is better, else ``"max"``.
    factor
        Factor of each fall, below 1.
    patience
        Number of steps without a better measure that are let pass.
    threshold
        How much better counts as better.
    threshold_mode
        Whether the threshold is relative (``"rel"``) or absolute (``"abs"``).
    cooldown
        Number of steps after a fall during which none is counted as bad.
    min_lr
        Rates do not fall below; one, or one for each group.
    eps
        A fall by less is left out.

    Examples
    --------
    >>> import lucid
    >>> optimizer = lucid.optim.SGD([lucid.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = lucid.optim.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"ReduceLROnPlateau got mode={mode!r}; give 'min' or 'max'")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f"ReduceLROnPlateau got threshold_mode={threshold_mode!r}; give 'rel' or 'abs'"
            )
        if not 0 <= factor < 1:
            raise ValueError(f"ReduceLROnPlateau got factor={factor}; give a number below 1")
        groups = len(optimizer.param_groups)
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lrs = [min_lr] * groups if isinstance(min_lr, (int, float)) else list(min_lr)
        if len(self.min_lrs) != groups:
            raise ValueError(
                f"ReduceLROnPlateau got {len(self.min_lrs)} lowest rates for {groups} groups; "
                "give one, or one for each group"
            )
        self.eps = eps
        self.best = float("inf") if mode == "min" else float("-inf")
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        self.last_epoch = 0

    def _is_better(self, measure: float) -> bool:
        sign = 1.0 if self.mode == "max" else -1.0
        margin = self.threshold
        if self.threshold_mode == "rel":
            # Relative to the best so far, whose first value is infinite.
            return measure * sign > self.best * sign * (1 + sign * margin)
        return measure * sign > self.best * sign + margin

    def step(self, metrics: Any) -> None:
        """Take the measure of an epoch, and lower the rates if it is time."""
        measure = float(metrics)
        self.last_epoch += 1
        if self._is_better(measure):
            self.best = measure
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, lowest in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
                rate = max(group["lr"] * self.factor, lowest)
                if group["lr"] - rate > self.eps:
                    group["lr"] = rate
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0

    def get_last_lr(self) -> list[float]:
        """Return the rates that are in force, one for each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Return what the scheduler needs to go on, without the optimiser."""
        return {name: getattr(self, name) for name in _STATE}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from ``state_dict`` of a scheduler made with the same settings."""
        if not isinstance(state, Mapping) or set(state) != set(_STATE):
            came = sorted(state) if isinstance(state, Mapping) else type(state).__name__
            raise StateError(
                f"the state does not fit ReduceLROnPlateau: {came} came, {sorted(_STATE)} was "
                "expected"
            )
        for name in _STATE:
            setattr(self, name, state[name])
