"""Expression -> source text."""

from lucid.kernels.codegen.flat import FlatKernel, write_flat
from lucid.kernels.codegen.scalar_function import write_scalar_function

__all__ = ["FlatKernel", "write_flat", "write_scalar_function"]
