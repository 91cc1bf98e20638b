"""The command ``lucid bench``."""

import json

import pytest

from lucid.cli.bench import parse_sizes
from lucid.kernels.errors import DataError

QUICK = ("--rounds", "1", "--peers", "numpy", "--size", "1K", "-q")


def test_a_table_and_all_files(lucid, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.md").write_text("# Figures\n\nkept\n")
    result = lucid(
        *("bench", "operations", "--only", "exp,add", *QUICK),
        *("--json", "all.json", "--plot", "all.png", "--docs", "page.md"),
    )
    assert result.code == 0, result.err
    for word in ("exp", "add", "forward", "NumPy"):
        assert word in result.out
    report = json.loads((tmp_path / "all.json").read_text())
    assert [line["name"] for line in report["lines"]] == ["add", "exp"]
    page = (tmp_path / "page.md").read_text()
    assert page.startswith("# Figures\n\nkept\n")
    assert "| exp, 1 K, forward |" in page
    assert (tmp_path / "all.png").read_bytes().startswith(b"\x89PNG")


def test_progress_goes_with_the_table(lucid):
    result = lucid("bench", "operations", "--only", "exp", *QUICK[:-1])
    assert result.code == 0
    assert "exp" in result.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("operation", "unknown suite operation"),
        ("operations --peers numpi", "unknown peer numpi"),
        ("operations --only epx", "unknown case epx"),
        ("operations --size 1X", "give numbers of elements"),
        ("operations --plot figures.txt", "'.txt' names no format"),
        ("operations --json no/such/folder.json", "does not exist"),
    ],
)
def test_one_clear_message(lucid, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    result = lucid("bench", *arguments.split())
    assert result.code == 1
    assert message in result.err
    assert "Traceback" not in result.err
    assert list(tmp_path.iterdir()) == []


def test_sizes():
    assert parse_sizes("1000,1K, 16m") == (1000, 1024, 16 << 20)
    for wrong in ("", "1G", "-5", "0", "1e3", "K", "512M", "1,,2"):
        with pytest.raises(DataError, match="--size"):
            parse_sizes(wrong)
