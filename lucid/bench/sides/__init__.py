"""The libraries that are compared, each behind the same few methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lucid.bench.sides.base import Side, Unavailable
from lucid.bench.sides.eager import Compiled, Eager
from lucid.bench.sides.gpu import CompiledOnGpu, CuPy, EagerOnGpu, OursOnGpu
from lucid.bench.sides.jit import Jit
from lucid.bench.sides.ours import Ours
from lucid.bench.sides.plain import NumExpr, NumPy

__all__ = ["GPU_PEERS", "PEERS", "Side", "Unavailable", "open_sides"]

PEERS: dict[str, Callable[[int], Side]] = {
    "numpy": NumPy,
    "numexpr": NumExpr,
    "torch": Eager,
    "compile": Compiled,
    "jax": Jit,
}

GPU_PEERS: dict[str, Callable[[int], Side]] = {
    "torch": EagerOnGpu,
    "compile": CompiledOnGpu,
    "cupy": CuPy,
}


def open_sides(
    names: Sequence[str], threads: int, on_gpu: bool = False
) -> tuple[list[Side], dict[str, str]]:
    """Return Lucid and the peers that can take part, and why the others can't."""
    sides: list[Side] = [OursOnGpu(threads) if on_gpu else Ours(threads)]
    missing = {}
    for name in names:
        opened = _open((GPU_PEERS if on_gpu else PEERS)[name], threads)
        if isinstance(opened, str):
            missing[name] = opened
        else:
            sides.append(opened)
    return sides, missing


def _open(kind: Callable[[int], Side], threads: int) -> Side | str:
    try:
        return kind(threads)
    except Unavailable as reason:
        return str(reason)
