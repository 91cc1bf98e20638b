"""The libraries that are compared, each behind the same few methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lucid.bench.sides.base import Side, Unavailable
from lucid.bench.sides.eager import Compiled, Eager
from lucid.bench.sides.jit import Jit
from lucid.bench.sides.ours import Ours
from lucid.bench.sides.plain import NumExpr, NumPy

__all__ = ["PEERS", "Side", "Unavailable", "open_sides"]

PEERS: dict[str, Callable[[int], Side]] = {
    "numpy": NumPy,
    "numexpr": NumExpr,
    "torch": Eager,
    "compile": Compiled,
    "jax": Jit,
}


def open_sides(names: Sequence[str], threads: int) -> tuple[list[Side], dict[str, str]]:
    """Return Lucid and the peers that can take part, and why the others can't."""
    sides: list[Side] = [Ours(threads)]
    missing = {}
    for name in names:
        opened = _open(name, threads)
        if isinstance(opened, str):
            missing[name] = opened
        else:
            sides.append(opened)
    return sides, missing


def _open(name: str, threads: int) -> Side | str:
    try:
        return PEERS[name](threads)
    except Unavailable as reason:
        return str(reason)
