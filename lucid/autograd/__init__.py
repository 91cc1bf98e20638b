"""The graph of calls and the gradients that flow back through it."""

from lucid.autograd.api import backward, grad
from lucid.autograd.function import Function
from lucid.autograd.fuse import fuse
from lucid.autograd.mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled

__all__ = [
    "Function",
    "backward",
    "enable_grad",
    "fuse",
    "grad",
    "is_grad_enabled",
    "no_grad",
    "set_grad_enabled",
]
