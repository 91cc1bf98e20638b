"""Schedulers given by a formula."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence

from lucid.optim.optimizer import Optimizer
from lucid.optim.scheduler import Scheduler

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "PolynomialLR",
    "SequentialLR",
    "StepLR",
]


class LambdaLR(Scheduler):
    """``base * lr_lambda(step)``.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    lr_lambda
        A function of the number of steps, or one for each group.
    last_epoch
        Number of steps already made, less one.

    Examples
    --------
    >>> import lucid
    >>> optimizer = lucid.optim.SGD([lucid.tensor([1.0], requires_grad=True)], lr=0.5)
    >>> scheduler = lucid.optim.LambdaLR(optimizer, lambda step: 1 / (1 + step))
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        groups = len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != groups:
            raise ValueError(
                f"LambdaLR got {len(self.lr_lambdas)} functions for {groups} groups; give one, "
                "or one for each group"
            )
        super().__init__(optimizer, last_epoch)

    def rates_at(self, step: int) -> list[float]:
        """Return the rates after ``step`` steps, one for each group."""
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * function(step) for base, function in pairs]


class StepLR(Scheduler):
    """``base * gamma ** (step // step_size)``.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    step_size
        Number of steps between two falls.
    gamma
        Factor of each fall.
    last_epoch
        Number of steps already made, less one.
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        _positive("StepLR", step_size=step_size)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, base: float) -> float:
        """Return the rate after ``step`` steps."""
        return base * self.gamma ** (step // self.step_size)


class MultiStepLR(Scheduler):
    """``base * gamma ** (number of milestones reached)``.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    milestones
        Numbers of steps at which the rate falls.
    gamma
        Factor of each fall.
    last_epoch
        Number of steps already made, less one.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Sequence[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = sorted(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, base: float) -> float:
        """Return the rate after ``step`` steps."""
        return base * self.gamma ** bisect.bisect_right(self.milestones, step)


class ConstantLR(Scheduler):
    """``base * factor`` for ``total_iters`` steps, then ``base``.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    factor
        Factor at the start.
    total_iters
        Number of steps it holds.
    last_epoch
        Number of steps already made, less one.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, base: float) -> float:
        """Return the rate after ``step`` steps."""
        return base * self.factor if step < self.total_iters else base


class LinearLR(Scheduler):
    """``base`` times a factor that goes linearly from one number to another: a warm-up.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    start_factor
        Factor at step 0.
    end_factor
        Factor from step ``total_iters`` on.
    total_iters
        Number of steps on the way.
    last_epoch
        Number of steps already made, less one.

    Examples
    --------
    >>> import lucid
    >>> optimizer = lucid.optim.SGD([lucid.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = lucid.optim.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> for _ in range(3):
    ...     print(scheduler.get_last_lr())
    ...     scheduler.step()
    [0.5]
    [0.75]
    [1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        _positive("LinearLR", total_iters=total_iters)
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, base: float) -> float:
        """Return the rate after ``step`` steps."""
        share = min(step, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * share)


class ExponentialLR(Scheduler):
    """``base * gamma ** step``.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    gamma
        Factor of each step.
    last_epoch
        Number of steps already made, less one.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, base: float) -> float:
        """Return the rate after ``step`` steps."""
        return base * self.gamma**step


class PolynomialLR(Scheduler):
    """``base * (1 - step / total_iters) ** power``, and 0 after ``total_iters`` steps.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    total_iters
        Number of steps to 0.
    power
        Exponent.
    last_epoch
        Number of steps already made, less one.
    """

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        _positive("PolynomialLR", total_iters=total_iters)
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, base: float) -> float:
        """Return the rate after ``step`` steps."""
        return base * (1 - min(step, self.total_iters) / self.total_iters) ** self.power


class CosineAnnealingLR(Scheduler):
    """Half a cosine from ``base`` down to ``eta_min``, and up again if the steps go on.

    ``eta_min + (base - eta_min) * (1 + cos(pi * step / T_max)) / 2``. Loshchilov and Hutter,
    SGDR, 2016, without the restarts.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    T_max
        Number of steps down.
    eta_min
        Rate at the bottom.
    last_epoch
        Number of steps already made, less one.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        _positive("CosineAnnealingLR", T_max=T_max)
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def lr_at(self, step: int, base: float) -> float:
        """Return the rate after ``step`` steps."""
        share = (1 + math.cos(math.pi * step / self.T_max)) / 2
        return self.eta_min + (base - self.eta_min) * share


class SequentialLR(Scheduler):
    """One scheduler after another, each counting from its own start.

    Parameters
    ----------
    optimizer
        Whose rates are set.
    schedulers
        Schedulers of that optimiser; made in any order, they start when their turn comes.
    milestones
        Numbers of steps at which the next one takes over; one less than there are schedulers.
    last_epoch
        Number of steps already made, less one.

    Examples
    --------
    >>> import lucid
    >>> from lucid.optim import CosineAnnealingLR, LinearLR, SequentialLR
    >>> optimizer = lucid.optim.SGD([lucid.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> warmup = LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> decay = CosineAnnealingLR(optimizer, T_max=2)
    >>> scheduler = SequentialLR(optimizer, [warmup, decay], milestones=[2])
    >>> for _ in range(5):
    ...     print(round(scheduler.get_last_lr()[0], 3), end=" ")
    ...     scheduler.step()
    0.5 0.75 1.0 0.5 0.0
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[Scheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        self.schedulers = list(schedulers)
        self.milestones = list(milestones)
        if len(self.milestones) != len(self.schedulers) - 1 or self.milestones != sorted(
            self.milestones
        ):
            raise ValueError(
                f"SequentialLR got {len(self.schedulers)} schedulers and the milestones "
                f"{self.milestones}; give rising milestones, one less than schedulers"
            )
        for its in self.schedulers:
            if not isinstance(its, Scheduler) or its.optimizer is not optimizer:
                raise ValueError(
                    f"SequentialLR got a {type(its).__name__} that is not a scheduler of its "
                    "optimiser by a formula; make all of them for the same optimiser"
                )
        super().__init__(optimizer, last_epoch)

    def rates_at(self, step: int) -> list[float]:
        """Return the rates after ``step`` steps, one for each group."""
        turn = bisect.bisect_right(self.milestones, step)
        start = self.milestones[turn - 1] if turn else 0
        return self.schedulers[turn].rates_at(step - start)


def _positive(owner: str, **values: int) -> None:
    for name, value in values.items():
        if value <= 0:
            raise ValueError(f"{owner} got {name}={value}; give a whole number above 0")
