"""The tree of a module: what it is made of, and the ways to walk through that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from lucid.nn.parameter import Parameter
from lucid.tensors import Tensor

if TYPE_CHECKING:
    from lucid.nn.module import Module

__all__ = ["BUFFER", "MODULE", "PARAMETER", "Tree"]

PARAMETER, BUFFER, MODULE = "parameter", "buffer", "module"


class Tree:
    """Base of `Module`: names and finds its parameters, buffers and modules."""

    # What each registered attribute is, in the order of registration. The values themselves are
    # ordinary attributes: reading `self.weight` costs nothing extra.
    _kinds: dict[str, str]

    def _own(self, kind: str) -> Iterator[tuple[str, Any]]:
        for name, its in self._kinds.items():
            if its == kind:
                value = self.__dict__[name]
                if value is not None:
                    yield name, value

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the direct modules with their names; one that is there twice comes once."""
        seen: set[int] = set()
        for name, module in self._own(MODULE):
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """Yield the direct modules."""
        return (module for _, module in self.named_children())

    def named_modules(
        self, prefix: str = "", remove_duplicate: bool = True, *, _seen: set[int] | None = None
    ) -> Iterator[tuple[str, Module]]:
        """Yield this module and all below it with their dotted names, parents first."""
        seen = set() if _seen is None else _seen
        if remove_duplicate and id(self) in seen:
            return
        seen.add(id(self))
        yield prefix, cast("Module", self)
        for name, module in self._own(MODULE):
            below = f"{prefix}.{name}" if prefix else name
            yield from module.named_modules(below, remove_duplicate, _seen=seen)

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it."""
        return (module for _, module in self.named_modules())

    def _named(
        self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        owners: Iterable[tuple[str, Tree]] = (
            self.named_modules(prefix, remove_duplicate) if recurse else [(prefix, self)]
        )
        for path, module in owners:
            for name, value in module._own(kind):
                if not (remove_duplicate and id(value) in seen):
                    seen.add(id(value))
                    yield (f"{path}.{name}" if path else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters with their dotted names; a shared one comes once."""
        return self._named(PARAMETER, prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters; a shared one comes once."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield the buffers with their dotted names."""
        return self._named(BUFFER, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield the buffers."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """Return the module with the dotted name ``target``; the empty name is this module."""
        module = cast("Module", self)
        for part in target.split(".") if target else []:
            found = dict(module._own(MODULE))
            if part not in found:
                raise AttributeError(
                    f"{type(self).__name__} has no submodule {target!r}: "
                    f"{type(module).__name__} holds no module {part!r}, only "
                    f"{', '.join(found) or 'none'}"
                )
            module = found[part]
        return module

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter with the dotted name ``target``."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = dict(module._own(PARAMETER))
        if name not in found:
            raise AttributeError(
                f"{type(module).__name__} has no parameter {name!r}; it has "
                f"{', '.join(found) or 'none'}"
            )
        parameter: Parameter = found[name]
        return parameter
