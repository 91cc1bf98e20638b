"""Where calls go whose arrays lie on a CUDA device, or that ask for one.

What runs them is imported when it is needed: most processes never do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lucid.kernels.errors import TargetError
from lucid.kernels.launch.settings import get_target
from lucid.kernels.targets import cuda

if TYPE_CHECKING:
    import numpy as np

    from lucid.kernels.expression.dtypes import DType
    from lucid.kernels.launch.program import Program

__all__ = ["belongs_on_device", "run", "source"]


def belongs_on_device(values: Sequence[Any], target: str | None) -> bool:
    """Whether a call is for the device: by its arrays, or by the target that is asked for.

    Raises
    ------
    TargetError
        If an array and the target contradict each other.
    """
    found = any(map(cuda.is_device_array, values))
    if found and target in ("cpu", "parallel"):
        raise TargetError(
            f"target={target!r} was asked for, but an array lies on the device; copy it with "
            'lucid.kernels.targets.cuda.to_host, or a tensor with .to("cpu")'
        )
    return found or (target or get_target()) == "cuda"


def run(
    program: Program,
    given: Sequence[Any],
    out: Sequence[Any] | None,
    dtypes: tuple[np.dtype, ...] | None,
) -> tuple[Any, ...]:
    """Compute the outputs of a program, as arrays on the device; see `Program.run`."""
    from lucid.kernels.launch import device_call

    return device_call.run(program, given, out, dtypes)


def source(program: Program, kinds: tuple[DType, ...]) -> str:
    """Return the source of the kernel for arrays of one shape in C order; it needs no device."""
    from lucid.kernels.launch import device_call

    return device_call.source(program, kinds)
