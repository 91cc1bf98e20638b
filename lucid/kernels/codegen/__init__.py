"""Expression -> source text."""

from lucid.kernels.codegen.flat import FlatKernel, write_flat
from lucid.kernels.codegen.framed import Result
from lucid.kernels.codegen.rows import write_rows
from lucid.kernels.codegen.scalar_function import write_scalar_function

__all__ = ["FlatKernel", "Result", "write_flat", "write_rows", "write_scalar_function"]
