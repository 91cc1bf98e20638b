"""The same network trained on the CPU and on the GPU, from the same numbers."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import numpy as np

import lucid
from lucid import nn, optim

__all__ = ["APART", "train"]

#: Relative difference of the losses up to which two trainings are the same.
APART = 1e-4


def train(widths: tuple[int, ...], batch: int, steps: int) -> dict[str, Any]:
    """Return the losses on both sides, how far they are apart, and seconds a step."""
    random = np.random.default_rng(0)
    inputs = random.standard_normal((batch, widths[0]), dtype=np.float32)
    classes = (inputs @ random.standard_normal((widths[0], widths[-1]))).argmax(1)
    found: dict[str, Any] = {}
    for device in ("cpu", "cuda"):
        lucid.manual_seed(0)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.HardSigmoid()]
        network = nn.Sequential(*layers[:-1]).to(device)
        optimizer = optim.Adam(network.parameters(), lr=3e-3)
        criterion = nn.CrossEntropyLoss()
        x, y = lucid.tensor(inputs, device=device), lucid.tensor(classes, device=device)
        losses = []
        for step in range(steps):
            if step == 1:  # the first one compiles
                start = time.perf_counter()
            loss = criterion(network(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss)
        found[device] = [float(loss.item()) for loss in losses]
        found[f"{device}_seconds"] = (time.perf_counter() - start) / (steps - 1)
    here, there = np.array(found["cpu"]), np.array(found["cuda"])
    found["apart"] = float(np.max(np.abs(there / here - 1)))
    return found
