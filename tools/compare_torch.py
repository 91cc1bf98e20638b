"""Train the same network on the same data with Lucid and with PyTorch, and print the difference.

``python tools/compare_torch.py`` trains an MLP for 50 steps with each optimiser, from the same
weights, and prints the largest relative difference of the two loss curves; it also runs every
scheduler of both libraries side by side. The exit code is 1 if a loss differs by more than 1e-5
or a learning rate by more than 1e-12. ``--time`` adds the time of a training step, as medians
of interleaved repeats with two threads on both sides. PyTorch is needed (``pip install torch``).
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import lucid

LAYERS = {"small": ((64, 128, 128, 10), 64), "large": ((784, 512, 512, 10), 128)}

OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "SGD": ("SGD", {"lr": 0.1}),
    "SGD, momentum": ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-4}),
    "SGD, Nesterov": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "Adam": ("Adam", {"lr": 1e-3}),
    "Adam, amsgrad": ("Adam", {"lr": 1e-3, "amsgrad": True, "weight_decay": 1e-3}),
    "AdamW": ("AdamW", {"lr": 1e-3, "weight_decay": 0.05}),
    "RMSprop": ("RMSprop", {"lr": 1e-3, "momentum": 0.5}),
    "Adagrad": ("Adagrad", {"lr": 1e-2, "lr_decay": 0.01}),
}

# Name and a maker that takes the library's schedulers and an optimiser.
SCHEDULERS: dict[str, Callable[[Any, Any], Any]] = {
    "LambdaLR": lambda m, o: m.LambdaLR(o, lambda t: 1 / (1 + t)),
    "StepLR": lambda m, o: m.StepLR(o, 7, 0.5),
    "MultiStepLR": lambda m, o: m.MultiStepLR(o, [5, 20], 0.3),
    "ConstantLR": lambda m, o: m.ConstantLR(o, 0.25, 6),
    "LinearLR": lambda m, o: m.LinearLR(o, 0.1, 0.9, 9),
    "ExponentialLR": lambda m, o: m.ExponentialLR(o, 0.93),
    "PolynomialLR": lambda m, o: m.PolynomialLR(o, 30, 1.5),
    "CosineAnnealingLR": lambda m, o: m.CosineAnnealingLR(o, 25, 0.01),
    "OneCycleLR": lambda m, o: m.OneCycleLR(o, 0.7, total_steps=45),
    "OneCycleLR, three phases": lambda m, o: m.OneCycleLR(
        o, 0.7, epochs=5, steps_per_epoch=9, three_phase=True, anneal_strategy="linear"
    ),
    "SequentialLR": lambda m, o: m.SequentialLR(
        o, [m.LinearLR(o, 0.1, total_iters=8), m.CosineAnnealingLR(o, 20, 0.02)], [8]
    ),
    "ReduceLROnPlateau": lambda m, o: m.ReduceLROnPlateau(o, factor=0.5, patience=2, cooldown=1),
}


def network(library: Any, sizes: tuple[int, ...]) -> Any:
    """Return an MLP of either library; both have the same names."""
    nn = library.nn
    layers = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def pair(sizes: tuple[int, ...]) -> tuple[Any, Any]:
    """Return the network in both libraries, with the same weights."""
    torch.manual_seed(0)
    theirs = network(torch, sizes)
    ours = network(lucid, sizes)
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    return ours, theirs


def data(sizes: tuple[int, ...], batch: int, steps: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return batches that can be learned: the class depends on the inputs."""
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((sizes[0], sizes[-1]))
    batches = []
    for _ in range(steps):
        x = rng.standard_normal((batch, sizes[0])).astype(np.float32)
        batches.append((x, (x @ weight).argmax(1)))
    return batches


def stepper(library: Any, net: Any, optimizer: Any, convert: Any) -> Callable[[Any], float]:
    """Return a function that makes one training step on a batch and gives its loss."""
    criterion = library.nn.CrossEntropyLoss()

    def step(batch: tuple[np.ndarray, np.ndarray]) -> float:
        x, y = convert(batch[0]), convert(batch[1])
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def steppers(name: str, size: str) -> tuple[Callable[[Any], float], Callable[[Any], float]]:
    """Return the training steps of both libraries for one optimiser."""
    ours, theirs = pair(LAYERS[size][0])
    kind, settings = OPTIMIZERS[name]
    optimizer = getattr(lucid.optim, kind)(ours.parameters(), **settings)
    other = getattr(torch.optim, kind)(theirs.parameters(), **settings)
    return (
        stepper(lucid, ours, optimizer, lucid.from_numpy),
        stepper(torch, theirs, other, torch.from_numpy),
    )


def losses(name: str, steps: int) -> tuple[float, float, float]:
    """Return the largest relative differences of the loss curves.

    Ours from PyTorch's; and of both from what PyTorch computes in float64, which says whose
    rounding a difference comes from.
    """
    ours, theirs = steppers(name, "small")
    _, exact = pair(LAYERS["small"][0])
    kind, settings = OPTIMIZERS[name]
    reference = stepper(
        torch,
        exact.double(),
        getattr(torch.optim, kind)(exact.parameters(), **settings),
        lambda array: torch.from_numpy(array if array.dtype == np.int64 else array.astype(float)),
    )
    batches = data(*LAYERS["small"], steps)
    curves = np.array([[ours(b), theirs(b), reference(b)] for b in batches])
    differences = [
        float(np.max(np.abs(curves[:, i] / curves[:, j] - 1))) for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    return differences[0], differences[1], differences[2]


def rates(name: str, steps: int = 40) -> float:
    """Return the largest relative difference of a scheduler's learning rates."""
    measures = np.abs(np.sin(np.arange(steps))) + 1
    curves = []
    for library, optim, module in (
        (lucid, lucid.optim, lucid.optim),
        (torch, torch.optim, torch.optim.lr_scheduler),
    ):
        parameter = library.zeros(1, requires_grad=True)
        optimizer = optim.SGD([parameter], lr=0.4, momentum=0.9)
        scheduler = SCHEDULERS[name](module, optimizer)
        curve = []
        for measure in measures:
            group = optimizer.param_groups[0]
            curve += [group["lr"], group["momentum"]]
            optimizer.step()
            if name == "ReduceLROnPlateau":
                scheduler.step(float(measure))
            else:
                scheduler.step()
        curves.append(np.array(curve))
    scale = np.maximum(np.abs(curves[1]), 1e-12)
    return float(np.max(np.abs(curves[0] - curves[1]) / scale))


def durations(name: str, size: str, repeats: int = 15, inner: int = 20) -> tuple[float, float]:
    """Return the median time of a step, in microseconds, ours and PyTorch's."""
    sides = steppers(name, size)
    batches = data(*LAYERS[size], inner)
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats + 3):
        for side, times in zip(sides, taken, strict=True):
            begin = time.perf_counter()
            for batch in batches:
                side(batch)
            times.append((time.perf_counter() - begin) / inner * 1e6)
    return statistics.median(taken[0][3:]), statistics.median(taken[1][3:])


def main() -> int:
    """Print the tables; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=50, help="steps of each curve")
    parser.add_argument("--time", action="store_true", help="time the training steps too")
    options = parser.parse_args()
    # With more threads PyTorch adds in another order: its own curves then differ by 8e-6 (Adam).
    torch.set_num_threads(1)
    failed = False
    print(f"PyTorch {torch.__version__}, {options.steps} steps; relative difference of the loss")
    print(f"{'float32':28}{'from PyTorch':>16}{'from float64':>16}{'PyTorch from it':>18}")
    for name in OPTIMIZERS:
        found = losses(name, options.steps)
        failed |= not found[0] <= 1e-5
        print(f"{name:28}{found[0]:16.1e}{found[1]:16.1e}{found[2]:18.1e}")
    print(f"\n{'scheduler':28}largest relative difference of rate and momentum")
    for name in SCHEDULERS:
        difference = rates(name)
        failed |= not difference <= 1e-12
        print(f"{name:28}{difference:.1e}")
    if options.time:
        torch.set_num_threads(2)
        print(f"\n{'training step':28}{'Lucid':>10}{'PyTorch':>10}{'ratio':>8}   (microseconds)")
        for size in LAYERS:
            for name in ("SGD", "Adam", "AdamW"):
                mine, other = durations(name, size)
                label = f"{size} MLP, {name}"
                print(f"{label:28}{mine:10.0f}{other:10.0f}{mine / other:8.2f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
