"""A built site under examination: links that lead nowhere, pages that are missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["broken_links", "missing_pages"]


@dataclass
class _Page:
    anchors: set[str] = field(default_factory=set)
    addresses: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = _Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if not value:
                continue
            if name == "id" or (name == "name" and tag == "a"):
                self.page.anchors.add(value)
            elif name in ("href", "src"):
                self.page.addresses.append(value)


def _read(path: Path) -> _Page:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def broken_links(site: Path) -> list[str]:
    """Return a line for each link, picture, script or style of a site that leads nowhere.

    Links to other sites are not followed.
    """
    site = site.resolve()
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        # The page for addresses that are not there is shown at any depth: its links are absolute.
        if path.name == "404.html":
            continue
        for address in page.addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                found.append(f"{path.relative_to(site)}: {address} leads nowhere")
            elif parts.fragment and target in pages:
                # The top of a page needs no mark.
                marks = pages[target].anchors | {"__top"}
                if unquote(parts.fragment) not in marks:
                    found.append(f"{path.relative_to(site)}: {address} has no such section")
    return found


def missing_pages(site: Path, expected: Iterable[str]) -> list[str]:
    """Return the addresses that a site should have and has not."""
    return [address for address in expected if not (site / address / "index.html").is_file()]
