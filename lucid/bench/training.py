"""The suite ``training``: whole steps of three networks, the same in Lucid and in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import lucid
import lucid.nn
import lucid.optim
from lucid.bench.case import Line
from lucid.bench.clock import Call, Pace, take_turns
from lucid.bench.sides import Side

__all__ = ["NETWORKS", "draw_batches", "training", "training_step"]

#: Steps whose losses are compared before anything is timed, and how far they may be apart.
STEPS, APART = 10, 1e-4


@dataclass(frozen=True)
class Network:
    """A network, its batch and its optimiser.

    Attributes
    ----------
    layers
        Makes the layers from a library's ``nn``.
    inputs, outputs, batch
        Widths, and rows of a batch.
    optimizer
        The name of the optimiser.
    classes
        Whether it learns classes; else numbers.
    """

    name: str
    layers: Callable[[Any], list[Any]]
    inputs: int
    outputs: int
    batch: int
    optimizer: str
    classes: bool = True


def _mlp(*widths: int) -> Callable[[Any], list[Any]]:
    def layers(nn: Any) -> list[Any]:
        found: list[Any] = []
        for inputs, outputs in pairwise(widths):
            found += [nn.Linear(inputs, outputs), nn.ReLU()]
        return found[:-1]

    return layers


def _normed(nn: Any) -> list[Any]:
    found: list[Any] = []
    for inputs, outputs in ((32, 256), (256, 256), (256, 256)):
        found += [nn.Linear(inputs, outputs), nn.LayerNorm(outputs), nn.GELU()]
    return [*found, nn.Linear(256, 8)]


NETWORKS = (
    Network("MLP 64-128-128-10, Adam", _mlp(64, 128, 128, 10), 64, 10, 64, "Adam"),
    Network("MLP 784-512-512-10, Adam", _mlp(784, 512, 512, 10), 784, 10, 128, "Adam"),
    Network("32-3x256-8, LayerNorm and GELU, AdamW", _normed, 32, 8, 256, "AdamW", False),
)


def draw_batches(network: Network, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(0)
    weight = random.standard_normal((network.inputs, network.outputs), dtype=np.float32)
    found = []
    for _ in range(count):
        x = random.standard_normal((network.batch, network.inputs), dtype=np.float32)
        y = x @ weight
        found.append((x, y.argmax(1) if network.classes else np.tanh(y)))
    return found


def training_step(library: Any, network: Network, model: Any, load: Callable[[Any], Any]) -> Any:
    """Return a function that trains on a batch and returns the loss."""
    kind = library.nn.CrossEntropyLoss if network.classes else library.nn.MSELoss
    criterion = kind()
    optimizer = getattr(library.optim, network.optimizer)(model.parameters(), lr=1e-3)

    def step(batch: tuple[np.ndarray, np.ndarray]) -> float:
        x, y = load(batch[0]), load(batch[1])
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def _steps(network: Network, sides: Sequence[Side]) -> dict[str, Callable[[Any], float]]:
    """Return a training step for each side that has networks, all from the same weights."""
    model = lucid.nn.Sequential(*network.layers(lucid.nn))
    weights = {name: value.numpy().copy() for name, value in model.state_dict().items()}
    ours = sides[0]
    found = {"lucid": training_step(lucid, network, ours.place(model), ours.batch)}
    for side in sides:
        torch = getattr(side, "torch", None)
        if torch is None:
            continue
        other = torch.nn.Sequential(*network.layers(torch.nn))
        other.load_state_dict({name: torch.from_numpy(held) for name, held in weights.items()})
        placed = side.prepare(side.place(other))
        found[side.name] = training_step(torch, network, placed, side.batch)
    return found


def training(sides: Sequence[Side], pace: Pace, tell: Callable[[Line], None]) -> list[Line]:
    """Measure a step of each network, on batches that arrive as NumPy arrays."""
    lines = []
    for network in NETWORKS:
        line = Line("training", network.name, "step", network.batch, "float32")
        batches = draw_batches(network, STEPS)
        steps = _steps(network, sides)
        losses = {name: np.array([step(b) for b in batches]) for name, step in steps.items()}
        calls: dict[str, Call] = {}
        for name, step in steps.items():
            apart = float(np.max(np.abs(losses[name] / losses["lucid"] - 1)))
            if apart > APART:
                line.left_out[name] = f"its losses differ by {apart:.1e} in {STEPS} steps"
            else:
                calls[name] = _over(step, batches)
        line.seconds, line.quickest = take_turns(calls, pace)
        for figures in (line.seconds, line.quickest):
            for name in figures:
                figures[name] /= len(batches)
        lines.append(line)
        tell(line)
    return lines


def _over(step: Callable[[Any], float], batches: list[Any]) -> Call:
    def call() -> None:
        for batch in batches:
            step(batch)

    return call
