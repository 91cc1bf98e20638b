"""The examples of docs/testing.md, executed in one namespace."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_every_block_runs(capsys, tmp_path):
    assert len(BLOCKS) >= 5
    # From a file of their own: tracebacks and Hypothesis read a function's lines where they stand.
    file = tmp_path / "page.py"
    file.write_text("\n".join(BLOCKS), encoding="utf-8")
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), {"__name__": "page"})
    assert "float32" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ["check_pointwise", "check_rowwise", "gradcheck", "arrays_for", "every_target"]
)
def test_the_page_names(name):
    assert name in PAGE.read_text(encoding="utf-8")
