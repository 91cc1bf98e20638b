"""The whole site: its pages in a folder, the settings of the generator, the build, the check."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from lucid.kernels import ALIASES, FAMILIES, OPERATIONS
from tools.docs.api import API, api_page
from tools.docs.links import broken_links, missing_pages
from tools.docs.page import family_page, operation_page, operations_page
from tools.docs.pictures import draw
from tools.docs.record import Record, gather
from tools.docs.texts import places, relink

__all__ = ["build", "check", "expected_pages", "settings", "write_operation", "write_pages"]

ROOT = Path(__file__).parents[2]
#: Titles of the hand-written pages, in their order; others follow by their file names.
_TITLES = {
    "index.md": "Home",
    "tutorial.md": "Tutorial",
    "command.md": "Command",
    "testing.md": "Testing",
    "fusion.md": "Fusion",
    "launch.md": "Targets and threads",
    "gpu.md": "GPU",
    "cuda.md": "CUDA kernels",
    "performance.md": "Performance",
    "accuracy.md": "Accuracy",
    "architecture.md": "Architecture",
    "contributing.md": "Contributing",
    "changelog.md": "Changelog",
}


def write_operation(record: Record, folder: Path) -> None:
    """Write the page of an operation and its picture into a folder."""
    picture = f"{record.name}.svg"
    shown = draw(record.operation, folder / picture)
    text = operation_page(record, picture if shown else None)
    (folder / f"{record.name}.md").write_text(text, encoding="utf-8")


def write_pages(pages: Path) -> list[str]:
    """Write all pages, and return the places of the hand-written ones."""
    if pages.exists():
        shutil.rmtree(pages)
    families: dict[str, list[Record]] = {}
    summaries: dict[str, str] = {}
    for family, names in FAMILIES.items():
        folder = pages / "operations" / family
        folder.mkdir(parents=True)
        records = [gather(OPERATIONS[name], family, ALIASES) for name in names]
        for record in records:
            write_operation(record, folder)
        families[family] = records
        module = import_module(f"lucid.kernels.catalog.{family}")
        summaries[family] = " ".join((inspect.getdoc(module) or "").split("\n\n")[0].split())
        text = family_page(family, summaries[family], records)
        (folder / "index.md").write_text(text, encoding="utf-8")
    text = operations_page(families, summaries)
    (pages / "operations" / "index.md").write_text(text, encoding="utf-8")
    (pages / "api").mkdir()
    for name in API:
        (pages / "api" / f"{name}.md").write_text(api_page(name), encoding="utf-8")
    return _write_texts(pages)


def _write_texts(pages: Path) -> list[str]:
    known = places(ROOT)
    for name, place in known.items():
        target = pages / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".md"):
            text = (ROOT / name).read_text(encoding="utf-8")
            target.write_text(relink(text, name, known, ROOT), encoding="utf-8")
        else:
            shutil.copyfile(ROOT / name, target)
    return [place for place in known.values() if place.endswith(".md")]


def settings(pages: Path, site: Path, texts: list[str]) -> dict[str, Any]:
    """Return the settings of MkDocs."""
    titled = {place: title for place, title in _TITLES.items() if place in texts}
    others = {p: p.removesuffix(".md").capitalize() for p in sorted(texts) if p not in titled}
    plain: list[Any] = [{title: place} for place, title in {**titled, **others}.items()]
    operations: list[Any] = ["operations/index.md"]
    for family, names in FAMILIES.items():
        members: list[Any] = [f"operations/{family}/index.md"]
        members += [{name: f"operations/{family}/{name}.md"} for name in names]
        operations.append({family.capitalize(): members})
    reference = [
        {"Tensor" if name == "tensor" else f"lucid.{name}": f"api/{name}.md"} for name in API
    ]
    return {
        "site_name": "Lucid",
        "site_url": "",
        "docs_dir": str(pages),
        "site_dir": str(site),
        "use_directory_urls": True,
        "theme": {
            "name": "material",
            # Nothing is fetched from elsewhere when a page is read.
            "font": False,
            "features": [
                "navigation.tabs",
                "navigation.indexes",
                "navigation.prune",
                "navigation.top",
                "content.code.copy",
            ],
            "palette": {"primary": "indigo"},
        },
        "plugins": ["search"],
        "markdown_extensions": [
            "attr_list",
            "tables",
            {"toc": {"permalink": True}},
            {"pymdownx.highlight": {"use_pygments": True}},
            "pymdownx.superfences",
        ],
        "nav": [*plain[:2], {"Operations": operations}, {"Reference": reference}, *plain[2:]],
        "validation": {
            "nav": {"omitted_files": "warn", "not_found": "warn", "absolute_links": "warn"},
            "links": {
                "not_found": "warn",
                "anchors": "warn",
                "absolute_links": "warn",
                "unrecognized_links": "warn",
            },
        },
    }


def expected_pages() -> list[str]:
    """Return the addresses that the site must have."""
    return [
        ".",
        "operations",
        *(f"operations/{family}" for family in FAMILIES),
        *(f"operations/{family}/{name}" for family, names in FAMILIES.items() for name in names),
        *(f"api/{name}" for name in API),
    ]


def build(folder: Path) -> Path:
    """Write all pages below a folder, let MkDocs make the site, and return the site's folder.

    Raises
    ------
    subprocess.CalledProcessError
        If MkDocs has anything to say against a page: warnings are errors.
    """
    folder = folder.resolve()
    pages, site = folder / "pages", folder / "site"
    texts = write_pages(pages)
    # JSON is YAML, too.
    config = folder / "mkdocs.yml"
    config.write_text(json.dumps(settings(pages, site, texts), indent=1), encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", str(config)]
    # The theme's announcement of another generator is no fault of a page.
    subprocess.run(command, check=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    return site


def check(site: Path) -> list[str]:
    """Return what is wrong with a built site: broken links and missing pages."""
    missing = [
        f"the page {address} is missing" for address in missing_pages(site, expected_pages())
    ]
    return missing + broken_links(site)
