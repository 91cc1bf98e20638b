"""Reference pages of the packages above the kernels, from what they export."""

from __future__ import annotations

import functools
import inspect
import re
from importlib import import_module
from typing import Any

import lucid
from lucid.kernels import FAMILIES, Pointwise
from tools.docs.sections import to_markdown

__all__ = ["API", "api_page"]

#: The pages: ``lucid.Tensor`` and packages.
API = (
    "tensor",
    "ops",
    "autograd",
    "nn",
    "nn.functional",
    "nn.init",
    "optim",
    "data",
    "cuda",
    "testing",
)
_METHODS = (
    "The operations of the catalogue and the functions of `lucid.ops` are methods, too: `x.exp()`, "
    "`x.sum(axis=0)`. See [Operations](../operations/index.md) and [lucid.ops](ops.md)."
)
_FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names}


def api_page(name: str) -> str:
    """Return the page of a package, or that of ``Tensor``."""
    if name == "tensor":
        return _link("\n\n".join(["# Tensor", *_class(lucid.Tensor, "Tensor")])) + "\n"
    module = import_module(f"lucid.{name}")
    parts = [f"# lucid.{name}", to_markdown(inspect.getdoc(module) or "")]
    for public in module.__all__:
        thing = getattr(module, public)
        if inspect.ismodule(thing):
            continue
        parts += [f"## {public}", *_thing(thing, public)]
    return _link("\n\n".join(parts)) + "\n"


def _link(text: str) -> str:
    """Make links of the names of operations."""

    def change(match: re.Match[str]) -> str:
        name = match[1]
        if name not in _FAMILY_OF:
            return match[0]
        return f"[{match[0]}](../operations/{_FAMILY_OF[name]}/{name}.md)"

    return re.sub(r"(?<!\[)`lucid\.(\w+)`", change, text)


def _thing(thing: Any, name: str) -> list[str]:
    if isinstance(thing, Pointwise):
        return [_operation(thing)]
    if inspect.isclass(thing):
        return _class(thing, name)
    return [_signature(thing, name), to_markdown(inspect.getdoc(thing) or "")]


def _operation(operation: Pointwise) -> str:
    family = _FAMILY_OF[operation.name]
    return f"The operation [`{operation.name}`](../operations/{family}/{operation.name}.md)."


def _class(kind: type, name: str) -> list[str]:
    parts = [_signature(kind, name), to_markdown(kind.__doc__ or "")]
    known = _public()
    bases = [base for base in kind.__mro__[1:] if base.__module__.startswith("lucid.")]
    parts += [f"A subclass of `{base.__name__}`." for base in bases[:1] if base in known]
    if kind is lucid.Tensor:
        parts.append(_METHODS)
    # What a base of these pages has is told there.
    shown = {member for base in bases if base in known for member in dir(base)}
    for base in [kind, *bases]:
        # What is shared by classes but is no class to its users is told where it is used;
        # helpers of the library are nobody's business.
        if base is not kind and (base in known or "._" in base.__module__):
            continue
        for member, thing in vars(base).items():
            if member.startswith("_") or member in shown:
                continue
            shown.add(member)
            parts += _member(base, name, member, thing)
    return [part for part in parts if part]


def _member(base: type, name: str, member: str, thing: Any) -> list[str]:
    wrapped = thing.__func__ if isinstance(thing, (classmethod, staticmethod)) else thing
    if isinstance(thing, property):
        return [f"### {name}.{member}", to_markdown(inspect.getdoc(thing) or "")]
    if inspect.isfunction(wrapped) and wrapped.__module__ == base.__module__:
        return [f"### {name}.{member}", *_thing(wrapped, member)]
    return []


@functools.cache
def _public() -> frozenset[Any]:
    """Return the classes that have a place of their own on these pages."""
    modules = [import_module(f"lucid.{name}") for name in API[1:]]
    exported = [getattr(module, name) for module in modules for name in module.__all__]
    return frozenset(thing for thing in [lucid.Tensor, *exported] if inspect.isclass(thing))


def _signature(thing: Any, name: str) -> str:
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in found.parameters.values()
        if parameter.name != "self"
    ]
    return f"```python\n{name}{inspect.Signature(plain)}\n```"
