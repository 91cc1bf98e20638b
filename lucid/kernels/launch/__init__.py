"""Dtypes, broadcasting, layouts, output buffers, and the choice of the target."""

from lucid.kernels.launch.program import Backward, Program
from lucid.kernels.launch.settings import get_target, set_target, target

__all__ = ["Backward", "Program", "get_target", "set_target", "target"]
