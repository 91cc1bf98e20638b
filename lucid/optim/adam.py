"""Adam and AdamW."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from lucid import kernels
from lucid.optim.optimizer import Optimizer, check_range

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Adaptive moments: a step of about ``lr`` for each element, whatever the gradient's size.

    ``m`` and ``v`` are running means of the gradient and of its square; with the bias of their
    start at zero corrected, ``p -= lr * m / (sqrt(v) + eps)``. Kingma and Ba, Adam, 2014.

    Parameters
    ----------
    params
        Tensors, or parameter groups.
    lr
        Learning rate.
    betas
        Shares of the running means that stay, each below 1.
    eps
        Added to the denominator.
    weight_decay
        Factor of the L2 penalty, which is added to the gradient.
    amsgrad
        Whether to divide by the largest ``v`` so far (Reddi et al., On the Convergence of Adam
        and Beyond, 2018).
    maximize
        Whether to climb.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([1.0], requires_grad=True)
    >>> optimizer = lucid.optim.Adam([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> print(x.detach())
    [0.75]
    """

    #: Whether weight decay shrinks the parameter instead of joining the gradient.
    decoupled: ClassVar[bool] = False

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
            },
        )

    def _check(self, group: Mapping[str, Any]) -> None:
        name = type(self).__name__
        check_range(name, **{key: group[key] for key in ("lr", "eps", "weight_decay")})
        beta1, beta2 = group["betas"]
        check_range(name, high=1.0, **{"betas[0]": beta1, "betas[1]": beta2})

    def _kernel(self, group: Mapping[str, Any]) -> Any:
        return kernels.amsgrad_step if group["amsgrad"] else kernels.adam_step

    def _slots(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        names = ("exp_avg", "exp_avg_sq")
        return (*names, "max_exp_avg_sq") if group["amsgrad"] else names

    def _scalars(self, group: Mapping[str, Any], step: int) -> tuple[float, ...]:
        lr, decay = group["lr"], group["weight_decay"]
        beta1, beta2 = group["betas"]
        step_size = lr / (1 - beta1**step)
        root = math.sqrt(1 - beta2**step)
        keep, penalty = (1 - lr * decay, 0.0) if self.decoupled else (1.0, decay)
        return step_size, 1 - beta1, beta2, 1 - beta2, root, group["eps"], keep, penalty


class AdamW(Adam):
    """Adam with decoupled weight decay: each step also multiplies ``p`` by ``1 - lr * decay``.

    Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2017.

    Parameters
    ----------
    params
        Tensors, or parameter groups.
    lr
        Learning rate.
    betas
        Shares of the running means that stay, each below 1.
    eps
        Added to the denominator.
    weight_decay
        Shrinkage, times the learning rate.
    amsgrad
        Whether to divide by the largest ``v`` so far.
    maximize
        Whether to climb.

    Examples
    --------
    >>> import lucid
    >>> x = lucid.tensor([1.0], requires_grad=True)
    >>> optimizer = lucid.optim.AdamW([x], lr=0.25, weight_decay=1.0)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> print(x.detach())
    [0.5]
    """

    decoupled: ClassVar[bool] = True

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize)
