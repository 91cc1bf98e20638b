"""What ``lucid warmup`` runs so that its kernels are compiled: operations, losses, training steps.

A kernel is compiled when it is first used, so each job uses what it is about, on small arrays:
then the kernels are the very ones that a program gets, whatever the library makes of a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lucid.bench.case import Case, Input, draw, seed_for
from lucid.bench.operations import operations
from lucid.bench.sides.ours import Ours
from lucid.cli.settings import OPTIMIZERS, Settings
from lucid.kernels import get_num_threads
from lucid.kernels.targets.compiler import listeners

__all__ = ["Done", "Job", "catalogue", "run_job"]

#: Elements of an array: rows enough for kernels that fold rows; and columns of a layer's input.
ELEMENTS, WIDTH = 1 << 14, 64
#: Layers with kernels of their own, and what they are made with.
LAYERS: dict[str, tuple[Any, ...]] = {
    "Linear": (WIDTH, WIDTH),
    "LayerNorm": (WIDTH,),
    "RMSNorm": (WIDTH,),
    "BatchNorm1d": (WIDTH,),
    "Softmax": (),
    "LogSoftmax": (),
    "Dropout": (),
}


@dataclass(frozen=True)
class Job:
    """A part of the work, small enough that progress is seen.

    Attributes
    ----------
    kind
        ``"operation"``, ``"random"``, ``"layer"``, ``"loss"``, ``"train"`` or ``"model"``.
    name
        Of the operation, of the class in ``lucid.nn``, of the optimiser, or the model's path.
    dtype
        Of the arrays.
    """

    kind: str
    name: str
    dtype: str = "float32"

    def __str__(self) -> str:
        return self.name if self.kind == "operation" else f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Done:
    """What came of a job: numbers of kernels, and what kept a part of it from running."""

    job: Job
    compiled: int
    loaded: int
    problem: str | None


def catalogue(dtype: str) -> list[Job]:
    """Return the jobs for all that the library has."""
    from lucid.nn import loss

    jobs = [Job("operation", name, dtype) for name in _cases()]
    jobs += [Job("random", name, dtype) for name in ("rand", "randn")]
    jobs += [Job("layer", name, dtype) for name in LAYERS]
    jobs += [Job("loss", name, dtype) for name in loss.__all__]
    # The command trains in float32, whatever is asked for.
    return jobs + [Job("train", name) for name in (*OPTIMIZERS, "regression")]


def run_job(job: Job) -> Done:
    """Do a job; a fault ends it, but not the others."""
    heard: list[bool] = []

    def count(stem: str, compiled: bool) -> None:
        heard.append(compiled)

    kinds: dict[str, Callable[[Job], None]] = {
        "operation": _operation,
        "random": _random,
        "layer": _layer,
        "loss": _loss,
        "train": _train,
        "model": _model,
    }
    listeners.append(count)
    problem = None
    try:
        kinds[job.kind](job)
    except Exception as error:  # of the hundred others each is worth compiling
        problem = f"{type(error).__name__}: {error}"
    finally:
        listeners.remove(count)
    return Done(job, sum(heard), len(heard) - sum(heard), problem)


@cache
def _cases() -> dict[str, Case]:
    return {case.name: case for case in operations()}


def _layouts(case: Case) -> Iterator[Case]:
    """Give a case as it is and, of two arrays, with each of them repeated over rows or columns."""
    yield case
    if len(case.inputs) == 2 and all(given.shape == "full" for given in case.inputs):
        first, second = case.inputs
        for other in ("row", "column", "one"):
            yield replace(case, inputs=(_shaped(first, "rows"), _shaped(second, other)))
        yield replace(case, inputs=(_shaped(first, "row"), _shaped(second, "rows")))


def _shaped(given: Input, shape: str) -> Input:
    return replace(given, shape=shape)


def _operation(job: Job) -> None:
    ours = Ours(get_num_threads())
    for case in _layouts(_cases()[job.name]):
        arrays = draw(case, ELEMENTS, np.dtype(job.dtype))
        function = case.make(ours)
        if function is None:
            continue
        loaded = ours.load(arrays, [False] * len(arrays))
        out = function(*loaded)
        # An optimiser's step gives several results, and nobody differentiates it.
        if case.backward and not isinstance(out, tuple):
            grads = [given.grad for given in case.inputs]
            ours.both(function, ours.load(arrays, grads), seed_for(out.numpy()))()
    case = _cases()[job.name]
    if len(case.inputs) == 2 and all(given.kind == "f" for given in case.inputs):
        function = case.make(ours)
        if function is not None:
            x, y = ours.load(draw(case, ELEMENTS, np.dtype(job.dtype)), [False, False])
            function(x, 2.0)
            function(2.0, y)


def _random(job: Job) -> None:
    import lucid

    getattr(lucid, job.name)(ELEMENTS, dtype=np.dtype(job.dtype))


def _layer(job: Job) -> None:
    from lucid import nn
    from lucid.tensors import tensor

    layer = getattr(nn, job.name)(*LAYERS[job.name]).to(np.dtype(job.dtype))
    ones = np.ones((ELEMENTS // WIDTH, WIDTH), job.dtype)
    x = tensor(ones, requires_grad=True)
    for mode in (layer.train, layer.eval):
        mode()
        layer(x).backward(tensor(ones))


def _loss(job: Job) -> None:
    from lucid import nn
    from lucid.tensors import tensor

    random = np.random.default_rng(0)
    shape = (ELEMENTS // WIDTH, WIDTH)
    x = tensor(random.uniform(0.05, 0.95, shape).astype(job.dtype), requires_grad=True)
    y = tensor(random.uniform(0.05, 0.95, shape).astype(job.dtype))
    classes = tensor(random.integers(0, shape[1], shape[0]))
    signs = tensor(np.ones(shape[0], job.dtype))
    others: dict[str, tuple[Any, ...]] = {
        "CrossEntropyLoss": (classes,),
        "NLLLoss": (classes,),
        "GaussianNLLLoss": (y, y),
        "CosineEmbeddingLoss": (y, signs),
    }
    loss = getattr(nn, job.name)()
    loss(x, *others.get(job.name, (y,))).backward()


def _train(job: Job) -> None:
    """Train for an epoch, as the command does."""
    from lucid.cli.prepare import load, prepare

    settings = Settings(scale="shared", phases=(1,))
    if job.name == "regression":
        settings = replace(settings, task="regression")
    else:
        settings = replace(settings, optimizer=job.name)
    _epoch(settings, prepare(load(None), settings))


def _epoch(settings: Settings, data: Any) -> None:
    from lucid.cli.progress import Silent
    from lucid.cli.trainer import Trainer

    Trainer(settings, data).run(Silent(), lambda: False)


def _model(job: Job) -> None:
    """Train a model's network for two steps on zeros, and use it."""
    from lucid.cli.modelfile import read_model
    from lucid.cli.prepare import Prepared
    from lucid.data.features import FeatureEncoder
    from lucid.data.target import TargetEncoder

    content = read_model(Path(job.name))
    features = FeatureEncoder.from_dict(content["features"])
    target = TargetEncoder.from_dict(content["target"])
    settings = replace(Settings.from_dict(content["settings"]), phases=(1,))
    settings = settings.completed(content["data"]["train_rows"])
    rows = 2 * (settings.batch_size or 1)
    inputs = np.zeros((rows, len(features.names)), np.float32)
    classifies = target.task == "classification"
    answers = np.zeros(rows, np.int64) if classifies else np.zeros((rows, 1), np.float32)
    part = (inputs, answers)
    _epoch(settings, Prepared("zeros", features, target, part, part, "", ()))
