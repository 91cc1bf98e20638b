"""``lucid check``: one page about a user's function, and an exit code."""

import textwrap

import pytest

import lucid
from lucid.cli.check import check_command, load_operation
from lucid.kernels.errors import DataError

MODULE = """
import lucid

@lucid.pointwise(kinks=(0.0,))
def bent(x, slope=0.5):
    return lucid.where(x > 0, x, slope * x)

def plain(x, y):
    return x / (2 + abs(y))

@lucid.pointwise(derivative=lambda g, out, x: g * 2.001 * x)
def wrong(x):
    return x * x

def branching(x):
    return x if x > 0 else -x

number = 3
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(textwrap.dedent(MODULE))
    return path


@pytest.mark.parametrize("name", ["bent", "plain"])
def test_a_sound_function_gets_a_page_and_exit_code_0(mine, name, capsys):
    assert check_command(f"{mine}:{name}", points=8, speed=False) == 0
    page = capsys.readouterr().out
    for part in ("domain", "largest error", "gradient", "second derivative", "parallel", "OK"):
        assert part in page
    assert ("kinks" in page) == (name == "bent")


def test_a_wrong_function_gets_an_example_and_exit_code_1(mine, capsys):
    assert check_command(f"{mine}:wrong", points=8, speed=False) == 1
    page = capsys.readouterr().out
    assert "FAILED" in page
    assert "the gradient of x is wrong at x=" in page
    assert "OK" not in page


def test_a_function_that_branches_fails_with_the_mend(mine, capsys):
    assert check_command(f"{mine}:branching", points=8, speed=False) == 1
    assert "where(condition, a, b)" in capsys.readouterr().out


def test_the_speed_is_shown(capsys):
    assert check_command("relu", points=4) == 0
    page = capsys.readouterr().out
    assert "G elements/s" in page
    assert "bandwidth" in page


def test_names_of_the_library_and_of_modules(mine, monkeypatch):
    assert load_operation("arcsin") is lucid.asin
    assert load_operation("lucid.kernels:tanh") is lucid.tanh
    monkeypatch.chdir(mine.parent)
    assert load_operation("mine:bent").name == "bent"
    assert load_operation("mine:plain").arrays == ("x", "y")


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        ("tanhh", "no operation"),
        ("no_such_module:f", "no_such_module"),
        ("no/such/file.py:f", "no file"),
        ("{}:absent", "bent, wrong"),
        ("{}:number", "expected a function"),
    ],
)
def test_what_is_not_there_is_said(mine, spec, part):
    with pytest.raises(DataError, match=part):
        load_operation(spec.format(mine))


def test_the_command(mine):
    from typer.testing import CliRunner

    from lucid.cli.app import app

    runner = CliRunner()
    sound = runner.invoke(app, ["check", f"{mine}:bent", "--points", "6", "--no-speed"])
    assert sound.exit_code == 0, sound.output
    failed = runner.invoke(app, ["check", f"{mine}:wrong", "--points", "6", "--no-speed"])
    assert failed.exit_code == 1
    assert "FAILED" in failed.output
