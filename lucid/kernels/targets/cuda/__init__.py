"""The target ``cuda``: kernels on an NVIDIA GPU.

Arrays are CuPy's; their memory pool, matrix products, reductions and indexing serve what is not
pointwise. Kernels are generated Python again, which numba-cuda translates; see `compiler`.
Importing this imports nothing of CUDA, and works where nothing of it is installed.

With ``NUMBA_ENABLE_CUDASIM=1`` the same kernels run in Numba's simulator, one Python call for each
element, on arrays of `stand_in`, which behave as CuPy's do.
"""

from lucid.kernels.targets.cuda.arrays import (
    array_module,
    from_interface,
    is_device_array,
    namespace_of,
    to_device,
    to_host,
)
from lucid.kernels.targets.cuda.device import problem, require, simulated

__all__ = [
    "array_module",
    "from_interface",
    "is_device_array",
    "namespace_of",
    "problem",
    "require",
    "simulated",
    "to_device",
    "to_host",
]
