"""Docstrings in NumPy's style as Markdown."""

from __future__ import annotations

import inspect
import re

from tools.docs.docstring import escape

__all__ = ["to_markdown"]

#: Sections whose entries are a name, or a type, and an indented text.
_LISTS = {"Parameters", "Returns", "Yields", "Raises", "Attributes", "Warns"}


def to_markdown(text: str) -> str:
    r"""Return a docstring as Markdown.

    Examples
    --------
    >>> print(to_markdown("Twice.\n\nParameters\n----------\nx\n    A number.\n"))
    Twice.
    <BLANKLINE>
    **Parameters**
    <BLANKLINE>
    - `x`: A number.
    """
    blocks: list[str] = []
    for title, lines in _sections(inspect.cleandoc(text).splitlines()):
        if title:
            blocks.append(f"**{title}**")
        blocks += _entries(lines) if title in _LISTS else _blocks(lines)
    return "\n\n".join(blocks)


def _sections(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Cut at the titles: lines that have a line of dashes below."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for place, line in enumerate(lines):
        below = lines[place + 1] if place + 1 < len(lines) else ""
        if line.strip() and re.fullmatch(r"-{3,}", below):
            found.append((line.strip(), []))
        elif not (re.fullmatch(r"-{3,}", line) and place and lines[place - 1].strip()):
            found[-1][1].append(line)
    return found


def _entries(lines: list[str]) -> list[str]:
    items: list[tuple[str, list[str]]] = []
    for line in lines:
        if line and not line[0].isspace():
            items.append((line, []))
        elif items:
            items[-1][1].append(line)
    shown = []
    for head, body in items:
        text = " ".join(" ".join(body).split())
        name, _, kind = head.partition(" : ")
        kind = f" ({escape(kind)})" if kind else ""
        shown.append(f"- `{name}`{kind}" + (f": {escape(text)}" if text else ""))
    return ["\n".join(shown)] if shown else []


def _blocks(lines: list[str]) -> list[str]:
    """Return paragraphs, examples and displayed code."""
    found = []
    for block in re.split(r"\n\s*\n", "\n".join(lines)):
        if not block.strip():
            continue
        if block.lstrip().startswith(">>>"):
            found.append(f"```pycon\n{inspect.cleandoc(block)}\n```")
        elif all(line[:1].isspace() for line in block.splitlines()):
            found.append(f"```python\n{inspect.cleandoc(block)}\n```")
        elif re.match(r"[-*] ", block):
            found.append(_bullets(block))
        else:
            text = " ".join(block.split())
            found.append(escape(re.sub(r"::$", ":", text)))
    return found


def _bullets(block: str) -> str:
    items = re.split(r"\n(?=[-*] )", block)
    return "\n".join(f"- {escape(' '.join(item[2:].split()))}" for item in items)
