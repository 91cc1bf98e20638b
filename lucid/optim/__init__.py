"""Optimisers, schedulers of their learning rates, and gradient clipping."""

from lucid.nn.utils import clip_grad_norm_, clip_grad_value_
from lucid.optim.adam import Adam, AdamW
from lucid.optim.adaptive import Adagrad, RMSprop
from lucid.optim.one_cycle import OneCycleLR
from lucid.optim.optimizer import Optimizer
from lucid.optim.plateau import ReduceLROnPlateau
from lucid.optim.scheduler import Scheduler
from lucid.optim.schedulers import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    SequentialLR,
    StepLR,
)
from lucid.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "ConstantLR",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "Optimizer",
    "PolynomialLR",
    "RMSprop",
    "ReduceLROnPlateau",
    "Scheduler",
    "SequentialLR",
    "StepLR",
    "clip_grad_norm_",
    "clip_grad_value_",
]
