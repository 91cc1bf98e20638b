"""The table of compiled CUDA kernels; tests/kernels/targets/cuda compiles a sample of them."""

import json

import pytest

from lucid.kernels import OPERATIONS
from tools.ptx import page
from tools.ptx.__main__ import main
from tools.ptx.catalogue import cases

ONE = {"registers": 24, "local": 0, "float64": 0, "size": 5000, "problems": []}
FIGURES = {
    "exp float32 wide": {"sm_80": ONE, "sm_90": {**ONE, "registers": 26}},
    "exp' float32 wide": {"sm_80": {**ONE, "registers": 30}, "sm_90": ONE},
    "sin float32 wide": {"sm_80": {**ONE, "float64": 25}, "sm_90": ONE},
    "sin float64 wide": {"sm_80": {**ONE, "float64": 90}, "sm_90": ONE},
}


def test_the_page():
    text = page.page_text(FIGURES, "compiler 1.0")
    assert "8 kernels (4 for each of sm_80, sm_90), compiled with compiler 1.0." in text
    assert "reason: 0. Registers of a thread: at most 30." in text
    assert "| exp | 24, 30 | - | - | - | - | - |" in text
    assert "| sin | 24 (25) | 24 | - | - | - | - |" in text
    assert "| exp | 26, 24 | - |" in text


def test_what_is_written_by_hand_stays(tmp_path, monkeypatch):
    written = tmp_path / "cuda.md"
    written.write_text(f"# By hand\n\n{page._MARKER}\nwhat stood there\n", encoding="utf-8")
    monkeypatch.setattr(page, "PAGE", written)
    monkeypatch.setattr(page, "FIGURES", tmp_path / "cuda" / "kernels.json")
    page.store(FIGURES)
    page.write_page(FIGURES, "compiler 1.0")
    text = written.read_text(encoding="utf-8")
    assert text.startswith(f"# By hand\n\n{page._MARKER}\n")
    assert "what stood there" not in text
    assert json.loads(page.FIGURES.read_text(encoding="utf-8")) == FIGURES


def test_the_page_of_the_documentation_is_that_of_the_figures():
    figures = json.loads(page.FIGURES.read_text(encoding="utf-8"))
    assert {name.split(" ")[0].rstrip("'") for name in figures} <= set(OPERATIONS)
    text = page.PAGE.read_text(encoding="utf-8")
    versions = text.partition("compiled with ")[2].partition(". Kernels")[0]
    assert text.endswith(page.page_text(figures, versions))
    assert not any(one["problems"] for found in figures.values() for one in found.values())


def test_the_catalogue():
    names = {(case.name, case.dtype, case.layout) for case in cases(["exp", "random_bits"])}
    assert len(names) == 2 * 5 + 1
    assert ("exp'", "float32", "strided") in names
    assert ("random_bits", "int64", "wide") in names


def test_unknown_operations_are_named(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["ptx", "--only", "expo"])
    with pytest.raises(SystemExit):
        main()
    assert "unknown operation expo" in capsys.readouterr().err
