"""The one-cycle policy: up to a high rate, then down to almost none."""

from __future__ import annotations

import math

from lucid.optim.optimizer import Optimizer
from lucid.optim.scheduler import Scheduler

__all__ = ["OneCycleLR"]


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


def _linear(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


class OneCycleLR(Scheduler):
    """One cycle of the rate: ``max_lr / div_factor`` to ``max_lr``, then down far below the start.

    The momentum (``betas[0]`` of Adam) goes the other way. Smith and Topin, Super-Convergence,
    2018. ``step()`` is called after every batch, ``total_steps`` times in all.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    max_lr
        The highest rate, or one for each group.
    total_steps
        Number of steps of the cycle; or give ``epochs`` and ``steps_per_epoch``.
    epochs, steps_per_epoch
        Their product is the number of steps.
    pct_start
        Share of the steps on the way up.
    anneal_strategy
        ``"cos"`` or ``"linear"``.
    cycle_momentum
        Whether the momentum is moved too.
    base_momentum, max_momentum
        Momentum at the highest rate and at its ends.
    div_factor
        ``max_lr`` divided by the first rate.
    final_div_factor
        The first rate divided by the last.
    three_phase
        Whether to go down to the first rate as fast as up, and then to the last.
    last_epoch
        Number of steps already made, less one.

    Examples
    --------
    >>> import lucid
    >>> optimizer = lucid.optim.Adam([lucid.tensor([1.0], requires_grad=True)])
    >>> scheduler = lucid.optim.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    >>> for _ in range(10):
    ...     print(round(scheduler.get_last_lr()[0], 2), end=" ")
    ...     scheduler.step()
    0.04 0.52 1.0 0.95 0.81 0.61 0.39 0.19 0.05 0.0
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR needs total_steps, or both epochs and steps_per_epoch")
            total_steps = epochs * steps_per_epoch
        if total_steps <= 0:
            raise ValueError(f"OneCycleLR got {total_steps} steps; give a whole number above 0")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR got pct_start={pct_start}; give a share from 0 to 1")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"OneCycleLR got anneal_strategy={anneal_strategy!r}; give 'cos' or 'linear'"
            )
        groups = optimizer.param_groups
        peaks = [max_lr] * len(groups) if isinstance(max_lr, (int, float)) else list(max_lr)
        if len(peaks) != len(groups):
            raise ValueError(
                f"OneCycleLR got {len(peaks)} highest rates for {len(groups)} groups; give one, "
                "or one for each group"
            )
        if cycle_momentum and not all("momentum" in g or "betas" in g for g in groups):
            raise ValueError(
                f"{type(optimizer).__name__} has no momentum to cycle; pass cycle_momentum=False"
            )
        self.total_steps = total_steps
        self.cycle_momentum = cycle_momentum
        self._anneal = _cosine if anneal_strategy == "cos" else _linear
        up = pct_start * total_steps - 1
        low, high = base_momentum, max_momentum
        # Each phase: its last step, the rate at its ends as shares of the peak, the momentum.
        first, last = 1 / div_factor, 1 / div_factor / final_div_factor
        self._phases = [(float(up), first, 1.0, high, low)]
        if three_phase:
            self._phases.append((2 * up, 1.0, first, low, high))
            self._phases.append((total_steps - 1.0, first, last, high, high))
        else:
            self._phases.append((total_steps - 1.0, 1.0, last, low, high))
        for group, peak in zip(groups, peaks, strict=True):
            group["initial_lr"] = peak * first
        self._peaks = peaks
        super().__init__(optimizer, last_epoch)

    def _position(self, step: int) -> tuple[tuple[float, float, float, float], float]:
        """Return the ends of the phase and the share of it that is done."""
        begin = 0.0
        for index, (end, *ends) in enumerate(self._phases):
            if step <= end or index == len(self._phases) - 1:
                share = (step - begin) / (end - begin) if end > begin else 1.0
                return (ends[0], ends[1], ends[2], ends[3]), share
            begin = end
        raise AssertionError("a cycle has phases")

    def rates_at(self, step: int) -> list[float]:
        """Return the rates after ``step`` steps, one for each group."""
        if step > self.total_steps:
            raise ValueError(
                f"OneCycleLR was stepped {step} times; the cycle has total_steps="
                f"{self.total_steps}: call step() once a batch, and make the cycle that long"
            )
        (start, end, _, _), share = self._position(step)
        return [self._anneal(peak * start, peak * end, share) for peak in self._peaks]

    def _set(self) -> None:
        super()._set()
        if not self.cycle_momentum:
            return
        (_, _, start, end), share = self._position(self.last_epoch)
        momentum = self._anneal(start, end, share)
        for group in self.optimizer.param_groups:
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum
