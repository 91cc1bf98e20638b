"""RMSprop and Adagrad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lucid import kernels
from lucid.optim.optimizer import Optimizer, check_range

__all__ = ["Adagrad", "RMSprop"]


class RMSprop(Optimizer):
    """Divide the gradient by the root of a running mean of its square.

    ``v = alpha * v + (1 - alpha) * d**2`` and ``p -= lr * d / (sqrt(v) + eps)``, with
    ``d = gradient + weight_decay * p``; with momentum the quotient is averaged first. Hinton,
    Neural Networks for Machine Learning, lecture 6, 2012.

    Parameters
    ----------
    params
        Tensors, or parameter groups.
    lr
        Learning rate.
    alpha
        Share of the running mean that stays, below 1.
    eps
        Added to the denominator.
    weight_decay
        Factor of the L2 penalty.
    momentum
        Share of the last direction that stays.
    maximize
        Whether to climb.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([1.0], requires_grad=True)
    >>> optimizer = lucid.optim.RMSprop([x], lr=0.25, alpha=0.75)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> print(x.detach())
    [0.5]
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "maximize": maximize,
            },
        )

    def _check(self, group: Mapping[str, Any]) -> None:
        names = ("lr", "eps", "weight_decay", "momentum")
        check_range("RMSprop", **{name: group[name] for name in names})
        check_range("RMSprop", high=1.0, alpha=group["alpha"])

    def _kernel(self, group: Mapping[str, Any]) -> Any:
        return kernels.rmsprop_momentum_step if group["momentum"] else kernels.rmsprop_step

    def _slots(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        return ("square_avg", "momentum_buffer") if group["momentum"] else ("square_avg",)

    def _scalars(self, group: Mapping[str, Any], step: int) -> tuple[float, ...]:
        alpha = group["alpha"]
        momentum = (group["momentum"],) if group["momentum"] else ()
        return group["lr"], alpha, 1 - alpha, group["eps"], *momentum, group["weight_decay"]


class Adagrad(Optimizer):
    """Divide the gradient by the root of the sum of its squares so far.

    ``s += d**2`` and ``p -= rate * d / (sqrt(s) + eps)`` with ``d = gradient + weight_decay * p``
    and ``rate = lr / (1 + (step - 1) * lr_decay)``. Duchi et al., Adaptive Subgradient Methods,
    2011.

    Parameters
    ----------
    params
        Tensors, or parameter groups.
    lr
        Learning rate.
    lr_decay
        How fast the rate falls with the steps.
    weight_decay
        Factor of the L2 penalty.
    initial_accumulator_value
        Where the sum starts.
    eps
        Added to the denominator.
    maximize
        Whether to climb.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([1.0], requires_grad=True)
    >>> optimizer = lucid.optim.Adagrad([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> print(x.detach())
    [0.75]
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "eps": eps,
                "maximize": maximize,
            },
        )

    def _check(self, group: Mapping[str, Any]) -> None:
        names = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")
        check_range("Adagrad", **{name: group[name] for name in names})

    def _kernel(self, group: Mapping[str, Any]) -> Any:
        return kernels.adagrad_step

    def _slots(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        return ("sum",)

    def _initial(self, group: Mapping[str, Any]) -> float:
        return float(group["initial_accumulator_value"])

    def _scalars(self, group: Mapping[str, Any], step: int) -> tuple[float, ...]:
        rate = group["lr"] / (1 + (step - 1) * group["lr_decay"])
        return rate, group["eps"], group["weight_decay"]
