"""Expression -> source text."""

from lucid.kernels.codegen.flat import FlatKernel, write_flat

__all__ = ["FlatKernel", "write_flat"]
