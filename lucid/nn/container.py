"""Modules that hold modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, overload

from lucid.nn._tree import MODULE
from lucid.nn.module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]

S = TypeVar("S", bound="_Listed")


class _Listed(Module):
    """Modules in an order, with the manners of a list; by default named "0", "1", ..."""

    def _pairs(self) -> list[tuple[str, Module]]:
        return list(self._own(MODULE))

    def _name(self, index: int) -> str:
        pairs = self._pairs()
        try:
            return pairs[index][0]
        except IndexError:
            raise IndexError(
                f"{type(self).__name__} holds {len(pairs)} modules; index {index} is out of range"
            ) from None

    def _rebuild(self, pairs: list[tuple[str, Module]]) -> None:
        """Hold these modules, in this order; names that are numbers are counted anew."""
        for name, _ in self._pairs():
            delattr(self, name)
        for index, (name, module) in enumerate(pairs):
            self.add_module(str(index) if name.isdigit() else name, module)

    def __len__(self) -> int:
        return len(self._pairs())

    def __iter__(self) -> Iterator[Module]:
        return iter([module for _, module in self._pairs()])

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self: S, index: slice) -> S: ...

    def __getitem__(self: S, index: int | slice) -> Any:
        if isinstance(index, slice):
            part = type(self)()
            part._rebuild(self._pairs()[index])
            return part
        return self.__dict__[self._name(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), module)

    def __delitem__(self, index: int | slice) -> None:
        pairs = self._pairs()
        del pairs[index]
        self._rebuild(pairs)

    def append(self: S, module: Module) -> S:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self: S, modules: Iterable[Module]) -> S:
        """Add modules at the end."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Add a module before the one at ``index``."""
        pairs = self._pairs()
        pairs.insert(index, ("0", module))
        self._rebuild(pairs)


class Sequential(_Listed):
    """Modules one after the other: the output of each is the input of the next.

    Parameters
    ----------
    *modules
        Modules, or one mapping from names to modules.

    Examples
    --------
    >>> from lucid import nn
    >>> nn.Sequential(nn.Linear(3, 5), nn.ReLU())
    Sequential(
      (0): Linear(in_features=3, out_features=5, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *modules: Module | Mapping[str, Module]) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self.add_module(name, module)
            return
        for each in modules:
            self.append(each)  # type: ignore[arg-type]  # add_module says what is wrong with it

    def forward(self, x: Any) -> Any:
        """Apply the modules in order."""
        for _, module in self._own(MODULE):
            x = module(x)
        return x


class ModuleList(_Listed):
    """A list of modules whose parameters belong to the module that holds it.

    Parameters
    ----------
    modules
        Modules to begin with.

    Examples
    --------
    >>> from lucid import nn
    >>> layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
    >>> len(layers), layers[-1]
    (3, Linear(in_features=2, out_features=2, bias=True))
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self.extend(modules)


class ModuleDict(Module):
    """A dictionary of modules whose parameters belong to the module that holds it.

    Parameters
    ----------
    modules
        A mapping, or pairs of name and module, to begin with.

    Examples
    --------
    >>> from lucid import nn
    >>> heads = nn.ModuleDict({"age": nn.Linear(4, 1), "kind": nn.Linear(4, 3)})
    >>> heads["kind"]
    Linear(in_features=4, out_features=3, bias=True)
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()) -> None:
        super().__init__()
        self.update(modules)

    def __getitem__(self, name: str) -> Any:
        if self._kinds.get(name) != MODULE:
            raise KeyError(f"ModuleDict holds no module {name!r}, only {', '.join(self) or 'none'}")
        return self.__dict__[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)

    def __delitem__(self, name: str) -> None:
        self[name]  # says so where there is none
        delattr(self, name)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._own(MODULE))

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def keys(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self)

    def items(self) -> Iterator[tuple[str, Module]]:
        """Yield the names and modules."""
        return self._own(MODULE)

    def values(self) -> Iterator[Module]:
        """Yield the modules."""
        return (module for _, module in self._own(MODULE))

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add modules by name, over those of the same names."""
        pairs = modules.items() if isinstance(modules, Mapping) else modules
        for name, module in pairs:
            self[name] = module
