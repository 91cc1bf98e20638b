"""One elementary function: ours, the same one of other libraries, and the exact one."""

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial, reduce
from types import ModuleType
from typing import Any

from lucid import kernels


@dataclass(frozen=True)
class Function:
    """One elementary function.

    ``domain`` is where it is real; ``bench`` the range from which a benchmark draws. ``points``
    are numbers near which samples are dense: zeros, poles, and where a reduction changes.
    ``zeros`` leaves out negative arguments with results below 1/4: next to zeros that are no
    floats the condition is without bound.
    """

    name: str
    exact: Callable[..., Any]
    numpy: str = ""
    torch: str = ""
    scalar: str = ""  # an expression of math.* in x (and y), for a plain vectorize
    domain: tuple[float, float] = (-math.inf, math.inf)
    bench: tuple[float, float] = (-10.0, 10.0)
    points: tuple[float, ...] = ()
    arity: int = 1
    zeros: bool = False
    integers: bool = False  # poles at the negative integers
    torch_options: dict[str, Any] = field(default_factory=dict)
    #: Lucid on another machine, called with the name and the arguments; see `elsewhere`.
    elsewhere: Callable[..., Any] | None = None

    def measured(self, *arguments: Any) -> Any:
        """Call what is measured: our function, here or on another machine."""
        if self.elsewhere is not None:
            return self.elsewhere(self.name, *arguments)
        return self.ours(*arguments)

    def ours(self, *arguments: Any, out: Any = None) -> Any:
        """Call Lucid's operation on one thread: what is measured is what is shipped."""
        return getattr(kernels, self.name)(*arguments, out=out, target="cpu")

    def peer(self, library: str) -> Any:
        """Return the function of ``numpy`` or ``torch``; None where it has none."""
        path = getattr(self, library)
        if not path:
            return None
        head, *rest = path.split(".")
        try:
            module: ModuleType = importlib.import_module(head)
            if head == "scipy":
                return getattr(importlib.import_module("scipy.special"), rest[-1])
        except ModuleNotFoundError:
            return None
        function = reduce(getattr, rest, module)
        return partial(function, **self.torch_options) if self.torch_options else function
