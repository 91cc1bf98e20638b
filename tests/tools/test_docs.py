"""The documentation: pages from records, links that lead somewhere."""

import importlib
import inspect
import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

import lucid
from lucid import nn
from lucid.kernels import ALIASES, FAMILIES, OPERATIONS

pytest.importorskip("matplotlib")

from tools.docs import record
from tools.docs.api import API, api_page
from tools.docs.docstring import escape, parse
from tools.docs.links import broken_links, missing_pages
from tools.docs.page import family_page, operation_page, operations_page
from tools.docs.pictures import draw
from tools.docs.readme_picture import draw as draw_readme
from tools.docs.readme_picture import function_text, kernel_text
from tools.docs.record import gather
from tools.docs.sections import to_markdown
from tools.docs.site import build, check, expected_pages, settings, write_operation
from tools.docs.texts import relink


@pytest.fixture
def tent():
    """Give an operation that the library does not have."""

    @lucid.pointwise(domain=(-2.0, 2.0), kinks=(-1, 0, 1))
    def tent(x, height=1.0):
        """Tent of unit width: ``height * max(0, 1 - |x|)``.

        Floating dtypes. The derivative at the kinks is 0; NaN stays NaN.
        Source: Camping, 1999.

        >>> tent(np.array([0.0, 0.5]))
        array([1. , 0.5])
        """
        return height * lucid.maximum(0.0, 1.0 - abs(x))

    return tent


def test_page_of_an_operation_added_at_run_time(tent, tmp_path):
    write_operation(gather(tent, "camping", {"marquee": "tent"}), tmp_path)
    page = (tmp_path / "tent.md").read_text()
    assert page.startswith("# tent\n\nTent of unit width: `height * max(0, 1 - |x|)`.\n")
    assert "lucid.kernels.tent(x, height=1.0)" in page
    assert "The derivative at the kinks is 0; NaN stays NaN." in page
    assert "- **Family:** [camping](index.md)\n" in page
    assert "- **Other names:** `marquee`\n" in page
    assert "- **Domain:** x in [\N{MINUS SIGN}2, 2]\n" in page
    assert "- **Kinks:** \N{MINUS SIGN}1, 0, 1\n" in page
    assert "- **Source:** Camping, 1999.\n" in page
    assert (
        "```pycon\n>>> import numpy as np\n>>> tent(np.array([0.0, 0.5]))\narray([1. , 0.5])\n```"
        in page
    )
    assert tent.source("cpu").strip() in page
    assert "def tent_backward(operands, scalars, count):" in page
    assert "![tent and its derivative](tent.svg)" in page
    picture = (tmp_path / "tent.svg").read_text()
    assert picture.count("<svg") == 1
    assert "kinks at \N{MINUS SIGN}1, 0, 1" in picture


def test_an_undocumented_function_has_a_page(tmp_path):
    write_operation(gather(lucid.pointwise(lambda x: x * x, name="twice"), "own", {}), tmp_path)
    assert "def twice(operands" in (tmp_path / "twice.md").read_text()


def test_what_is_known_of_an_operation_of_the_library():
    record = gather(lucid.hard_sigmoid, "activation", ALIASES)
    assert record.signature == "lucid.hard_sigmoid(x, slope=0.2, offset=0.5)"
    assert record.modules == ("HardSigmoid",)
    assert "(../../api/nn.md#hardsigmoid)" in operation_page(record, None)
    facts = dict(gather(lucid.sin, "trigonometric", ALIASES).facts)
    assert re.match(r"at most 0\.\d+ ulp, 99", facts["Accuracy, float32"])
    assert gather(lucid.sigmoid, "special", ALIASES).aliases == ("expit",)
    assert gather(lucid.bitwise_and, "bits", ALIASES).dtype == "int32"
    assert gather(lucid.less, "comparison", ALIASES).backward == ""


@pytest.mark.parametrize("family", FAMILIES)
def test_every_operation_has_a_record(family):
    for name in FAMILIES[family]:
        record = gather(OPERATIONS[name], family, ALIASES)
        assert record.name == name
        assert record.text.summary
        assert record.text.examples
        assert record.kernel


def test_lists_of_operations(tent):
    record = gather(tent, "camping", {})
    page = family_page("camping", "All of it.", [record])
    assert "| [`tent`](tent.md) | Tent of unit width: `height * max(0, 1 - \\|x\\|)`. |" in page
    index = operations_page({"camping": [record]}, {"camping": "All of it."})
    assert "1 operations" in index
    assert "[`tent`](camping/tent.md)" in index


def test_nothing_is_drawn_where_there_is_nothing_to_see(tmp_path):
    for operation in (lucid.isnan, lucid.bitwise_and, lucid.kernels.adam_step):
        assert not draw(operation, tmp_path / "none.svg")
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_the_same_each_time(tmp_path):
    draw(lucid.tanh, tmp_path / "a.svg")
    draw(lucid.tanh, tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_picture_of_the_readme(tmp_path):
    text = function_text(lucid.hard_sigmoid)
    assert text.startswith("@lucid.pointwise\ndef hard_sigmoid(x, slope=0.2, offset=0.5):\n")
    assert '"""' not in text
    wrapped = kernel_text(gather(lucid.hard_sigmoid, "", {}).kernel, 60)
    assert wrapped.startswith("def hard_sigmoid(")
    assert max(map(len, wrapped.splitlines())) <= 60
    draw_readme(lucid.hard_sigmoid, tmp_path / "picture.png")
    assert 10_000 < (tmp_path / "picture.png").stat().st_size < 100_000


def test_text_stands_as_it_is_written():
    assert escape("a*b and x_1 < 2, ``a*b``") == "a\\*b and x\\_1 \\< 2, `a*b`"
    parts = parse("First.\n\nSecond ``x``.\nSource: Two\nlines.\n\n>>> 1\n1\n>>> 2\n2")
    assert parts.rules == ("Second `x`.",)
    assert parts.source == "Two lines."
    assert parts.examples == (">>> 1", "1", ">>> 2", "2")


def test_sections_of_a_docstring():
    text = to_markdown(nn.Linear.__doc__)
    assert "**Parameters**\n\n- `in_features`: Length of the input's last axis.\n" in text
    assert "**Examples**\n\n```pycon\n>>> import lucid\n" in text
    assert "---" not in text


@pytest.mark.parametrize("name", API)
def test_reference_pages_name_everything(name):
    page = api_page(name)
    if name == "tensor":
        assert "\n### Tensor.backward\n" in page
        return
    module = importlib.import_module(f"lucid.{name}")
    for public in module.__all__:
        if not inspect.ismodule(getattr(module, public)):
            assert f"\n## {public}\n" in page
    assert ": 'Any'" not in page


def test_links_of_texts(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").touch()
    (tmp_path / "tool.py").touch()
    known = {"README.md": "index.md", "docs/a.md": "a.md"}
    text = "[A](docs/a.md#x) [T](tool.py) [W](https://w.org) [S](#s)"
    assert relink(text, "README.md", known, tmp_path) == "[A](a.md#x) T [W](https://w.org) [S](#s)"
    assert relink("[R](../README.md)", "docs/a.md", known, tmp_path) == "[R](index.md)"
    with pytest.raises(ValueError, match=r"README.md: the link to docs/b.md leads nowhere"):
        relink("[B](docs/b.md)", "README.md", known, tmp_path)
    code = "```python\n>>> 1\n1\n\n```"
    assert relink(code, "README.md", known, tmp_path) == "```pycon\n>>> 1\n1\n```"


def test_broken_links_are_found(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "index.html").write_text(
        '<a href="b/">b</a> <a href="b/#part">p</a> <a href="https://w.org/x">w</a> '
        '<a href="#here">h</a> <i id="here"></i> <img src="none.png"> <a href="b/#other">o</a>'
    )
    (tmp_path / "b" / "index.html").write_text('<h2 id="part">P</h2><a href="../c/">c</a>')
    assert broken_links(tmp_path) == [
        "b/index.html: ../c/ leads nowhere",
        "index.html: none.png leads nowhere",
        "index.html: b/#other has no such section",
    ]
    assert missing_pages(tmp_path, [".", "b", "c"]) == ["c"]


def test_the_site_must_have_every_operation():
    expected = expected_pages()
    assert "operations/activation/relu" in expected
    assert len([page for page in expected if page.count("/") == 2]) == len(OPERATIONS)


def test_a_site_of_a_few_operations(tmp_path, monkeypatch):
    pytest.importorskip("material")
    few = {"activation": ("relu",), "trigonometric": ("sin",)}
    monkeypatch.setattr("tools.docs.site.FAMILIES", few)
    monkeypatch.setattr("tools.docs.site.API", ("nn", "optim"))
    # Modules link to the pages of their operations, which are left out.
    monkeypatch.setattr("tools.docs.site.api_page", lambda name: f"# lucid.{name}\n\n## ReLU\n")
    site = build(tmp_path)
    assert check(site) == []
    (site / "operations" / "activation" / "relu.svg").unlink()
    (site / "operations" / "trigonometric" / "sin" / "index.html").unlink()
    faults = check(site)
    assert "the page operations/trigonometric/sin is missing" in faults
    assert "operations/activation/relu/index.html: ../relu.svg leads nowhere" in faults


def test_settings_name_every_page(tmp_path):
    found = str(settings(tmp_path, tmp_path, ["index.md", "tutorial.md", "more.md"])["nav"])
    for place in ("more.md", "api/nn.md", "operations/special/erf.md"):
        assert place in found


def test_the_command_says_what_is_wrong(tmp_path, monkeypatch, capsys):
    from tools.docs import __main__ as command

    def fail(folder):
        raise subprocess.CalledProcessError(1, ["mkdocs"])

    monkeypatch.setattr(sys, "argv", ["docs", "--out", str(tmp_path / "out")])
    monkeypatch.setattr(command, "build", fail)
    assert command.main() == 1
    monkeypatch.setattr(command, "build", lambda folder: SimpleNamespace())
    monkeypatch.setattr(command, "check", lambda site: ["a fault"])
    assert command.main() == 1
    assert "a fault" in capsys.readouterr().err


@pytest.mark.parametrize("stored", [0.5, 1234.5, "Infinity"])
def test_errors_are_written_whatever_they_are(stored, tmp_path, monkeypatch):
    """Another library's result may be infinitely far off, which JSON holds as a text."""
    measured = {"max_ulp": stored, "correctly_rounded": 0.5}
    found = {"float32": {"inputs": "all", "lucid": measured, "torch": measured}}
    (tmp_path / "tent.json").write_text(json.dumps(found), encoding="utf-8")
    monkeypatch.setattr("tools.docs.record.ACCURACY", tmp_path)
    ((label, text),) = record._accuracy("tent")
    assert label == "Accuracy, float32"
    shown = {0.5: "0.500", 1234.5: "1.2e+03", "Infinity": "∞"}[stored]
    assert text == f"at most {shown} ulp, 50.00% correctly rounded (all; PyTorch {shown})"
