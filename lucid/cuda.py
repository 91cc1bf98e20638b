"""The GPU by the names of ``torch.cuda``: whether there is one, which it is, and waiting for it.

Importing this imports nothing of CUDA.
"""

from __future__ import annotations

from lucid.kernels.targets.cuda import array_module, problem, simulated

__all__ = ["get_device_name", "is_available", "synchronize"]


def is_available() -> bool:
    """Whether tensors can be moved to ``"cuda"`` here.

    What is missing is said by ``lucid info``, and by the error of whoever tries.

    Examples
    --------
    >>> import lucid
    >>> device = "cuda" if lucid.cuda.is_available() else "cpu"
    >>> lucid.zeros(2, device=device).device.type == device
    True
    """
    return problem() is None


def get_device_name() -> str:
    """Return the name of the GPU on which tensors live.

    Raises
    ------
    TargetError
        If CUDA can't be used; the message says what is missing.

    Examples
    --------
    >>> import lucid
    >>> not lucid.cuda.is_available() or len(lucid.cuda.get_device_name()) > 0
    True
    """
    cuda = array_module().cuda
    if simulated():
        return "Numba's simulator"
    name: bytes = cuda.runtime.getDeviceProperties(cuda.Device().id)["name"]
    return name.decode()


def synchronize() -> None:
    """Wait until the GPU has done all that it was given.

    Operations only launch their work and return; whoever reads a value (``x.item()``, ``x.cpu()``)
    waits by that alone. Times are to be taken after this.

    Raises
    ------
    TargetError
        If CUDA can't be used; the message says what is missing.

    Examples
    --------
    >>> import lucid
    >>> if lucid.cuda.is_available():
    ...     lucid.cuda.synchronize()
    """
    array_module().cuda.Device().synchronize()
