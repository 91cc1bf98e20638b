"""What the benchmark asks of a library."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["Recording", "Side", "Unavailable", "load_module", "look_up"]

Call = Callable[[], Any]


class Unavailable(Exception):  # noqa: N818 - a remark for the table, nothing went wrong
    """A side can't take part; the message says why and how to mend it."""


class Side:
    """A library, and how its functions are called on arrays.

    Attributes
    ----------
    name
        The key in results.
    label
        What tables show.
    formulas
        A namespace with ``exp``, ``where`` and so on, for formulas that are written once.
    gradients
        Whether it has a backward pass.
    on_gpu
        Whether it computes on a GPU.
    """

    name: str
    label: str
    formulas: Any = None
    gradients: bool = True
    on_gpu: bool = False

    def tensor(self, array: np.ndarray, grad: bool = False) -> Any:
        """Return the library's tensor of an array, where the side computes."""
        raise NotImplementedError

    def batch(self, array: np.ndarray) -> Any:
        """Return a tensor for a step of training; it may share the array's memory."""
        return self.tensor(array)

    def place(self, model: Any) -> Any:
        """Return a network of the library where the side computes."""
        return model

    def find(self, operation: str) -> Callable[..., Any] | None:
        """Return the library's own function of that name, or None."""
        raise NotImplementedError

    def load(self, arrays: Sequence[np.ndarray], grads: Sequence[bool]) -> list[Any]:
        """Return the library's tensors; with gradients where ``grads`` says so."""
        raise NotImplementedError

    def forward(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Call:
        """Return the call to be timed."""
        return partial(function, *arguments)

    def both(
        self, function: Callable[..., Any], arguments: Sequence[Any], seed: np.ndarray
    ) -> Call:
        """Return a call of function and backward pass, which gives output and gradients.

        Asked only of sides with ``gradients``.
        """
        raise NotImplementedError

    def prepare(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as this side runs it."""
        return function

    def arrays(self, result: Any) -> list[np.ndarray]:
        """Return what a call gave, as NumPy arrays."""
        parts = result if isinstance(result, (tuple, list)) else (result,)
        return [np.asarray(part) for part in parts]


class Recording(Side):
    """A library whose tensors record a graph, as PyTorch's do."""

    def load(self, arrays: Sequence[np.ndarray], grads: Sequence[bool]) -> list[Any]:
        return [self.tensor(array, grad) for array, grad in zip(arrays, grads, strict=True)]

    def both(
        self, function: Callable[..., Any], arguments: Sequence[Any], seed: np.ndarray
    ) -> Call:
        leaves = [x for x in arguments if x.requires_grad]
        gradient = self.tensor(seed)

        def call() -> Any:
            out = function(*arguments)
            out.backward(gradient)
            found = (out, *[x.grad for x in leaves])
            for x in leaves:
                x.grad = None
            return found

        return call


def load_module(name: str) -> ModuleType:
    """Import a peer.

    Raises
    ------
    Unavailable
        It is not installed, or can't be loaded.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        top = name.partition(".")[0]
        raise Unavailable(
            f'{top} ({error}); pip install "lucid-kernels[bench]" brings it'
        ) from None


def look_up(
    operation: str,
    modules: Sequence[Any],
    renamed: Mapping[str, tuple[str, Mapping[str, Any]] | None],
) -> Callable[..., Any] | None:
    """Return a function by the name of our operation, from the first module that has it.

    ``renamed`` says where another name or options are needed, and None where an equal name means
    something else.
    """
    entry = renamed.get(operation, (operation, {}))
    if entry is None:
        return None
    name, options = entry
    for module in modules:
        function: Any = getattr(module, name, None)
        if callable(function):
            return partial(function, **options) if options else function
    return None
