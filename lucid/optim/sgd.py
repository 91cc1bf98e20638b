"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from lucid import kernels
from lucid.optim.optimizer import Optimizer, check_range

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if wanted.

    ``p -= lr * d`` with ``d = gradient + weight_decay * p``; with momentum, ``d`` is first
    averaged: ``b = momentum * b + (1 - dampening) * d``, from ``b = d`` at the first step, and
    the step goes along ``b`` (``nesterov``: along ``d + momentum * b``). Sutskever et al., On the
    Importance of Initialization and Momentum in Deep Learning, 2013.

    Parameters
    ----------
    params
        Tensors, or parameter groups.
    lr
        Learning rate.
    momentum
        Share of the last direction that stays.
    dampening
        Share of the new direction that is left away; 0 for Nesterov's momentum.
    weight_decay
        Factor of the L2 penalty.
    nesterov
        Whether the step looks ahead.
    maximize
        Whether to climb.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([1.0], requires_grad=True)
    >>> optimizer = lucid.optim.SGD([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> print(x.detach())
    [0.5]
    """

    _static: ClassVar[tuple[str, ...]] = ("nesterov", "maximize")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
        )

    def _check(self, group: Mapping[str, Any]) -> None:
        names = ("lr", "momentum", "weight_decay")
        check_range("SGD", **{name: group[name] for name in names})
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(
                f"SGD got nesterov=True with momentum={group['momentum']} and "
                f"dampening={group['dampening']}; it needs a momentum and no dampening"
            )

    def _kernel(self, group: Mapping[str, Any]) -> Any:
        return kernels.sgd_momentum_step if group["momentum"] else kernels.sgd_step

    def _slots(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        return ("momentum_buffer",) if group["momentum"] else ()

    def _scalars(self, group: Mapping[str, Any], step: int) -> tuple[float, ...]:
        if not group["momentum"]:
            return group["lr"], group["weight_decay"]
        # The buffer starts at zero; without dampening the first step then leaves it at d.
        gain = 1.0 if step == 1 else 1.0 - group["dampening"]
        return group["lr"], group["momentum"], gain, group["weight_decay"]
