"""Measure what `lucid.fuse` wins: calls of tensors made one by one, joined, and in PyTorch.

    python -m tools.bench_joining             # print the table
    python -m tools.bench_joining --write     # and put it into docs/fusion.md

Each function is ordinary code on tensors, the same for both libraries. "One by one" are its calls
as they stand, "joined" the same function under ``lucid.fuse``, "written as one" an operation made
by ``lucid.pointwise`` from the same formula. Results and gradients are compared first.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import lucid
from lucid.bench import insert
from lucid.bench.clock import Pace, take_turns

PAGE = Path(__file__).parents[1] / "docs" / "fusion.md"
SIZES = {"128 K": 1 << 17, "1 M": 1 << 20, "16 M": 1 << 24}


def affine_tanh(library: Any, x: Any, y: Any, z: Any) -> Any:
    return library.tanh(x * y + z)


def gate(library: Any, x: Any, y: Any, z: Any) -> Any:
    return library.sigmoid(1.5 * x - 0.25) * y + z


def normal_tail(library: Any, x: Any, y: Any, z: Any) -> Any:
    return (x - 0.1) * 0.7 * y + z


def elastic(library: Any, x: Any, y: Any, z: Any) -> Any:
    d = x * z - y
    return 0.5 * d * d + 0.1 * library.abs(d)


FUNCTIONS = (affine_tanh, gate, normal_tail, elastic)


def mean_of(function: Callable[..., Any]) -> Callable[..., Any]:
    def loss(library: Any, *values: Any) -> Any:
        return library.mean(function(library, *values))

    loss.__name__ = f"mean of {function.__name__}"
    return loss


def sides(function: Callable[..., Any], size: int, torch: Any) -> dict[str, Callable[[], Any]]:
    """Return a call for each side: forward and backward, which returns value and gradients."""
    random = np.random.default_rng(0)
    arrays = [random.standard_normal(size, dtype=np.float32) for _ in range(3)]

    def side(library: Any, made: list[Any], call: Callable[..., Any]) -> Callable[[], Any]:
        seed = library.ones(size)

        def run() -> Any:
            for value in made:
                value.grad = None
            result = call(*made)
            if result.ndim:
                result.backward(seed)
            else:
                result.backward()
            return result, *(value.grad for value in made)

        return run

    ours = [lucid.tensor(a, requires_grad=True) for a in arrays]

    def plain(*values: Any) -> Any:
        return function(lucid, *values)

    found = {
        "one by one": side(lucid, ours, plain),
        "joined": side(lucid, ours, lucid.fuse(plain)),
    }
    if function in FUNCTIONS:

        def scalar(x: Any, y: Any, z: Any) -> Any:
            return function(lucid, x, y, z)

        found["written as one"] = side(lucid, ours, lucid.pointwise(scalar))
    if torch is not None:
        theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
        found["PyTorch"] = side(torch, theirs, lambda *values: function(torch, *values))
    return found


def check(found: dict[str, Callable[[], Any]]) -> None:
    """Raise unless all sides give the same value and gradients."""
    expected = [part.detach().numpy().copy() for part in found["one by one"]()]
    for name, call in found.items():
        for one, other in zip(expected, call(), strict=True):
            np.testing.assert_allclose(other.detach().numpy(), one, 1e-4, 1e-5, err_msg=name)


def table(torch: Any, pace: Pace) -> str:
    """Measure all functions at all sizes, and return the table."""
    names = ["one by one", "joined", "written as one", "PyTorch"]
    lines = [
        "| Forward and backward | Elements | " + " | ".join(names) + " | joined wins |",
        "|---|---:|" + "---:|" * (len(names) + 1),
    ]
    ratios: dict[str, list[float]] = {}
    for size_name, size in SIZES.items():
        for function in (*FUNCTIONS, *map(mean_of, FUNCTIONS[::3])):
            found = sides(function, size, torch)
            check(found)
            medians, _ = take_turns(found, pace)
            cells = [f"{medians[n] * 1e6:,.0f} us" if n in medians else "-" for n in names]
            ratio = medians["one by one"] / medians["joined"]
            ratios.setdefault(size_name, []).append(ratio)
            row = [function.__name__, size_name, *cells, f"{ratio:.2f}"]
            lines.append(f"| {' | '.join(row)} |")
    means = [f"{name} {statistics.geometric_mean(found):.2f}" for name, found in ratios.items()]
    return "\n".join([*lines, "", f"Geometric means of the last column: {', '.join(means)}."])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--write", action="store_true", help="put the table into docs/fusion.md")
    parser.add_argument("--rounds", type=int, default=15, help="batches of each side")
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        torch = None
        print("PyTorch is not installed: no column for it")
    else:
        torch.set_num_threads(lucid.get_num_threads())
    text = table(torch, Pace(rounds=options.rounds))
    print(text)
    if options.write:
        PAGE.write_text(insert(PAGE.read_text("utf-8"), text, "joining"), "utf-8")


if __name__ == "__main__":
    main()
