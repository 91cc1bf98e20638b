"""An operation's docstring in parts: what it does, its rules, its source, its example."""

from __future__ import annotations

import doctest
import inspect
import re
from dataclasses import dataclass

__all__ = ["Docstring", "escape", "parse"]

_CODE = re.compile(r"(``.+?``|`[^`]+`)", re.DOTALL)
_SPECIAL = re.compile(r"([\\*_<\[\]])")


@dataclass(frozen=True)
class Docstring:
    """The parts of a docstring, its text as Markdown.

    Attributes
    ----------
    summary
        The first paragraph: name and formula.
    rules
        The paragraphs after it: dtypes, ties, NaN, infinities.
    source
        Where the definition comes from, or an empty text.
    examples
        The lines of the examples, prompts and results.
    """

    summary: str
    rules: tuple[str, ...]
    source: str
    examples: tuple[str, ...]


def escape(text: str) -> str:
    r"""Return text for Markdown: what is no code stands as it is written.

    Examples
    --------
    >>> escape("a * b is ``a * b``")
    'a \\* b is `a * b`'
    """
    parts = _CODE.split(text)
    for place, part in enumerate(parts):
        parts[place] = f"`{part.strip('`')}`" if place % 2 else _SPECIAL.sub(r"\\\1", part)
    return "".join(parts)


def parse(text: str) -> Docstring:
    r"""Take a docstring apart.

    Examples
    --------
    >>> parse("Twice ``x``.\n\nAny dtype.\nSource: me.\n\n>>> 1 + 1\n2").source
    'me.'
    """
    prose: list[str] = []
    examples: list[str] = []
    for part in doctest.DocTestParser().parse(inspect.cleandoc(text)):
        if isinstance(part, doctest.Example):
            first, *rest = part.source.splitlines()
            examples += [f">>> {first}", *(f"... {line}" for line in rest)]
            examples += part.want.splitlines()
        else:
            prose.append(part)
    body, _, source = "\n".join(prose).partition("\nSource:")
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", body) if part.strip()]
    return Docstring(
        summary=escape(paragraphs[0]) if paragraphs else "",
        rules=tuple(map(escape, paragraphs[1:])),
        source=escape(" ".join(source.split())),
        examples=tuple(examples),
    )
