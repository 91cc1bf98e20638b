"""Hand-written texts: their place on the site, and their links."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["PLACES", "places", "relink"]

#: Texts outside of ``docs/`` and where they stand on the site.
PLACES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
# Prompts are a language of their own; the blank line at the end is there for doctest.
_EXAMPLE = re.compile(r"^```python\n(>>> .*?)\n*^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def places(root: Path) -> dict[str, str]:
    """Return for each hand-written text and picture of the repository its place on the site."""
    found = {name: place for name, place in PLACES.items() if (root / name).is_file()}
    docs = root / "docs"
    for pattern in ("*.md", "images/*"):
        for path in sorted(docs.glob(pattern)):
            found[f"docs/{path.relative_to(docs)}"] = str(path.relative_to(docs))
    return found


def relink(text: str, name: str, known: Mapping[str, str], root: Path) -> str:
    """Return a text with its links as they are on the site.

    A link to a file of the repository that is not on the site becomes its text.

    Raises
    ------
    ValueError
        If a link leads to a file that is not there.
    """

    def change(match: re.Match[str]) -> str:
        mark, label, address = match.groups()
        path, hash_, anchor = address.partition("#")
        if ":" in path or not path:
            return match[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        if target in known:
            start = posixpath.dirname(known[name]) or "."
            return f"{mark}[{label}]({posixpath.relpath(known[target], start)}{hash_}{anchor})"
        if not (root / target).exists():
            raise ValueError(f"{name}: the link to {address} leads nowhere; mend the link")
        return label

    return _EXAMPLE.sub(r"```pycon\n\1\n```", _LINK.sub(change, text))
