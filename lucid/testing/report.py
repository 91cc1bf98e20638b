"""What the battery found out about an operation."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["CheckError", "Report"]


class CheckError(AssertionError):
    """An operation that does not do what its scalar function says."""


@dataclass
class Report:
    """The result of `check_pointwise`, when everything holds.

    Attributes
    ----------
    name
        The name of the operation.
    dtypes, targets
        What it was tested with.
    points
        How many points were compared with the exact value.
    undecided
        How many were left to the plain evaluator alone: overflow, kinks, no real value.
    error
        For each floating dtype the largest distance from the exact value, in ulp.
    gradient_error
        The same for the gradients; empty where there is none.
    second_error
        The same for the second derivative, float64.
    notes
        What could not be tested, and why.
    """

    name: str
    dtypes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    points: int = 0
    undecided: int = 0
    error: dict[str, float] = field(default_factory=dict)
    gradient_error: dict[str, float] = field(default_factory=dict)
    second_error: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
