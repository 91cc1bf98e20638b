"""Dropout."""

from __future__ import annotations

from typing import Any

from lucid.nn import functional
from lucid.nn.module import Module

__all__ = ["Dropout"]


class Dropout(Module):
    """In training, set elements to 0 with probability ``p`` and scale the others by ``1/(1-p)``.

    Parameters
    ----------
    p
        Probability, from 0 to 1.

    Examples
    --------
    >>> import lucid
    >>> drop = lucid.nn.Dropout(0.5).eval()
    >>> print(drop(lucid.ones(3)))
    [1.0, 1.0, 1.0]
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout got p={p}; a probability lies between 0 and 1")
        self.p = p

    def forward(self, x: Any) -> Any:
        """Drop in training, return ``x`` outside."""
        return functional.dropout(x, self.p, self.training)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"p={self.p}"
