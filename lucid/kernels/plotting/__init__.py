"""Pictures of operations: the function, its derivative, and the points at which they jump."""

from lucid.kernels.plotting.picture import plot

__all__ = ["plot"]
