"""Pages of operations and of their families, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from tools.docs.record import Record

__all__ = ["family_page", "operation_page", "operations_page"]


def operation_page(record: Record, picture: str | None) -> str:
    """Return the page of an operation; ``picture`` is the picture's address, if there is one."""
    lines = [f"# {record.name}", "", record.text.summary, ""]
    lines += ["```python", record.signature, "```", ""]
    for rule in record.text.rules:
        lines += [rule, ""]
    if picture:
        lines += [f"![{record.name} and its derivative]({picture})" + "{ loading=lazy }", ""]
    lines += [f"- **{label}:** {text}" for label, text in _facts(record)]
    lines.append("")
    if record.text.examples:
        lines += ["## Example", "", "```pycon", *_imports(record), *record.text.examples, "```", ""]
    if record.kernel:
        lines += [f"## Kernel for {record.dtype}", "", "```python", record.kernel, "```", ""]
    if record.backward:
        lines += ["## Kernel of its gradient", "", "```python", record.backward, "```", ""]
    return "\n".join(lines)


def _facts(record: Record) -> list[tuple[str, str]]:
    facts = [("Family", f"[{record.family}](index.md)")]
    if record.aliases:
        facts.append(("Other names", ", ".join(f"`{alias}`" for alias in record.aliases)))
    if record.modules:
        links = [f"[`nn.{name}`](../../api/nn.md#{name.lower()})" for name in record.modules]
        facts.append(("Module", ", ".join(links)))
    facts += record.facts
    if record.text.source:
        facts.append(("Source", record.text.source))
    return facts


def _imports(record: Record) -> list[str]:
    """Return what an example needs to run where it is pasted."""
    text = "\n".join(record.text.examples)
    needed = {"np.": "import numpy as np", "lucid.": "import lucid"}
    return [f">>> {line}" for name, line in needed.items() if name in text]


def family_page(family: str, summary: str, records: Sequence[Record]) -> str:
    """Return the page that lists the operations of a family."""
    lines = [f"# {family.capitalize()}", "", summary, "", "| Operation | |", "|---|---|"]
    lines += [f"| [`{r.name}`]({r.name}.md) | {_cell(r.text.summary)} |" for r in records]
    return "\n".join([*lines, ""])


def operations_page(families: dict[str, list[Record]], summaries: dict[str, str]) -> str:
    """Return the index of all operations, by family."""
    count = sum(map(len, families.values()))
    lines = [
        "# Operations",
        "",
        f"{count} operations, each made from one scalar function: a page tells its formula and "
        "rules, shows its curve and derivative, and the kernels that are generated for it.",
        "",
    ]
    for family, records in families.items():
        lines += [f"## [{family.capitalize()}]({family}/index.md)", "", summaries[family], ""]
        lines += [" · ".join(f"[`{r.name}`]({family}/{r.name}.md)" for r in records), ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
