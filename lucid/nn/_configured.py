"""Modules that are a function and its settings.

An activation or a loss is told completely by its function and the keyword parameters that the
function takes, so its class states the function and which of these are settings.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from lucid.kernels import Pointwise
from lucid.nn.module import Module

__all__ = ["Configured"]


class Configured(Module):
    """A module whose ``forward(...)`` is ``function(..., **settings)``.

    A subclass names the function and the defaults of its settings in their order::

        class HardSigmoid(Configured, function=hard_sigmoid, slope=0.2, offset=0.5): ...

    Its instances take the settings, by position or by name, keep them as attributes, and show
    those in ``repr`` that differ from the defaults.
    """

    function: ClassVar[Callable[..., Any]]
    defaults: ClassVar[dict[str, Any]] = {}
    #: Whether the function takes ``training=``.
    random: ClassVar[bool] = False
    # An operation takes its scalars by position too, which spares it to sort them by name.
    _positional: ClassVar[bool] = False
    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(
        cls, function: Callable[..., Any] | None = None, random: bool = False, **defaults: Any
    ) -> None:
        super().__init_subclass__()
        if function is None:
            return
        cls.function = staticmethod(function)
        cls.defaults = defaults
        cls.random = random
        if isinstance(function, Pointwise):
            scalars = function.parameters[len(function.arrays) :]
            cls._positional = scalars == list(defaults)
        cls.__signature__ = inspect.Signature(
            [
                inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=value)
                for name, value in defaults.items()
            ]
        )

    def __init__(self, *settings: Any, **named: Any) -> None:
        super().__init__()
        try:
            bound = self.__signature__.bind(*settings, **named)
        except TypeError as error:
            raise TypeError(
                f"{type(self).__name__}: {error}; its settings are "
                f"{', '.join(f'{k}={v!r}' for k, v in self.defaults.items()) or 'none'}"
            ) from None
        for name, value in {**self.defaults, **bound.arguments}.items():
            setattr(self, name, value)

    def forward(self, *inputs: Any) -> Any:
        """Apply the function with the settings."""
        own = self.__dict__
        if self._positional:
            return self.function(*inputs, *[own[name] for name in self.defaults])
        settings = {name: own[name] for name in self.defaults}
        if self.random:
            settings["training"] = self.training
        return self.function(*inputs, **settings)

    def extra_repr(self) -> str:
        """Return the settings that differ from the defaults."""
        own = self.__dict__
        return ", ".join(
            f"{name}={own[name]!r}"
            for name, default in self.defaults.items()
            if own[name] is not default and not _equal(own[name], default)
        )


def _equal(a: Any, b: Any) -> bool:
    """Compare settings of which one may be an array."""
    return isinstance(a, (bool, int, float, str)) and bool(a == b)
