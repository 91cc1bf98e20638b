"""Parameter: a tensor that a module learns."""

from __future__ import annotations

from typing import Any

from lucid.kernels.launch.learning import also_carries
from lucid.tensors import Tensor

__all__ = ["Parameter"]


class Parameter(Tensor):
    """A tensor that becomes a parameter of the module it is assigned to.

    Parameters
    ----------
    data
        Values: an array, a tensor (its values are shared, its graph is not) or nested lists.
    requires_grad
        Whether backward fills its ``grad``.

    Examples
    --------
    >>> import lucid
    >>> lucid.nn.Parameter([1.0, 2.0]).requires_grad
    True
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        if isinstance(data, Tensor):
            data = data.data
        super().__init__(data, requires_grad=requires_grad)


also_carries(Parameter)
