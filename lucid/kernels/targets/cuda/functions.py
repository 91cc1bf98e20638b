"""What the generated source of CUDA kernels imports.

The elementary functions are those of the other targets: their formulas are accurate by design, and
numba-cuda inlines them. Where one of them computes a float32 in float64, which most devices do at
a small part of their speed, CUDA's own function takes its place; see `single`. In the simulator
the names stand for the plain definitions of the primitives.
"""

from __future__ import annotations

from typing import Any

from lucid.kernels.targets.cuda.device import simulated

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if simulated():
        from lucid.kernels.targets.cuda import simulated_functions

        return simulated_functions.function(name)
    import lucid.kernels.elementary as elementary
    from lucid.kernels.targets.cuda import memory, single

    for module in (memory, single, elementary):
        if name in module.__all__:
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
