import os

import pytest

from lucid.kernels.targets.cuda import problem

FILES = {
    "good.csv": "a,b,y\n" + "".join(f"{i},{i % 7},{i * 0.5}\n" for i in range(40)),
    "cpu.csv": "a,cpu\n" + "".join(f"{i},{i * 0.5}\n" for i in range(40)),
    "empty.csv": "",
    "header.csv": "a,b,y\n",
    "ragged.csv": "a,b,y\n1,2,3\n4,5\n",
    "twice.csv": "a,a,y\n1,2,3\n",
    "short.csv": "a,b,y\n1,2,3.5\n4,5,6.5\n",
    "nan.csv": "a,y\n" + "1,2.5\n" * 9 + "2,\n" * 3,
    "inf.csv": "a,y\n" + "1,2.5\n" * 9 + "2,inf\n" * 3,
    "one.csv": "a,y\n" + "".join(f"{i},same\n" for i in range(12)),
    "ids.csv": "a,y\n" + "".join(f"{i},id{i}\n" for i in range(40)),
    "constant.csv": "a,y\n" + "".join(f"1,{i}.5\n" for i in range(40)),
    "words.csv": "a,y\n" + "".join(f"word{i},{i}.5\n" for i in range(60)),
    "foreign.safetensors": "this is no model",
    "notes.txt": "precious",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("train empty.csv --target y", "empty.csv is empty"),
        ("train header.csv --target y", "no rows of data"),
        ("train ragged.csv --target y", "ragged.csv, line 3: 2 fields where the header has 3"),
        ("train twice.csv --target y", "both called 'a'"),
        ("train short.csv --target y", "has 2 rows"),
        ("train nan.csv --target y", "nan.csv, line 11: the target 'y' is missing (3 rows"),
        ("train inf.csv --target y", "line 11: the target 'y' is infinite"),
        ("train one.csv --target y", "'same' in every row"),
        ("train ids.csv --target y", "too many classes"),
        ("train constant.csv --target y", "no column to learn from"),
        ("train words.csv --target y", "48 different values; at most 32"),
        ("train absent.csv --target y", "absent.csv does not exist"),
        ("train . --target y", "is a folder"),
        ("train notes.txt --target y", "no rows of data"),
        ("train good.csv", "--target COLUMN is missing"),
        ("train good.csv --target z", "good.csv has no column 'z'"),
        ("train good.csv --target y --target q", "the target column is 'y' already"),
        ("train good.csv --target y --drop q", "has no column 'q'"),
        ("train good.csv --target y --activation rellu", "did you mean ReLU?"),
        ("train good.csv --target y --activation SwiGLU", "is unknown"),
        ("train good.csv --target y --hidden 3,x", "--hidden '3,x'"),
        ("train good.csv --target y --lr 0", "--lr is 0.0"),
        ("train good.csv --target y --test-size 2", "--test-size is 2.0"),
        ("train good.csv --target y --test-size 0.001", "both parts need at least one row"),
        ("train good.csv --target y --save no/m.safetensors", "the folder no does not exist"),
        ("train good.csv --target y --save .", "is a folder"),
        ("train good.csv --target y --save notes.txt", "it would be lost"),
        ("train good.csv --target y --plot good.csv", "names no format"),
        ("train good.csv --target y --plot no/p.png", "the folder no does not exist"),
        ("train --target gpu", "cpu, parallel, cuda"),
        ("train --resume foreign.safetensors", "not a readable safetensors file"),
        ("train --resume absent.safetensors", "does not exist"),
        ("predict foreign.safetensors good.csv", "not a readable safetensors file"),
        ("predict absent.safetensors good.csv", "does not exist"),
    ],
)
def test_one_clear_message_and_nothing_lost(lucid, folder, command, message):
    result = lucid(*command.split())
    assert result.code == 1
    assert message in result.err
    assert "Traceback" not in result.err
    assert "unexpected" not in result.err
    assert len(result.err.splitlines()) < 20
    assert result.out == ""
    assert sorted(os.listdir(folder)) == sorted(FILES)
    assert {name: (folder / name).read_text() for name in FILES} == FILES


@pytest.mark.skipif(problem() is None, reason="there is a GPU here")
@pytest.mark.parametrize(
    "command",
    [
        "train good.csv --target y --device cuda",
        "check hard_sigmoid --target cuda",
        "bench operations --target cuda",
    ],
)
def test_without_a_gpu_the_message_says_what_is_missing(lucid, folder, command):
    result = lucid(*command.split())
    assert result.code == 1
    assert str(problem()) in " ".join(result.err.split())
    assert "unexpected" not in result.err


@pytest.mark.parametrize(
    "command",
    ["train --epochs 0", "train --epochs x", "train --optimizer lion", "predict", "trian"],
)
def test_wrong_use(lucid, folder, command):
    assert lucid(*command.split()).code == 2


def test_without_a_command_there_is_help(lucid):
    result = lucid()
    assert "Usage: lucid" in result.out + result.err
    assert all(command in result.out + result.err for command in ("train", "predict", "info"))


def test_debug_shows_the_traceback(folder):
    from lucid.cli.app import app
    from lucid.kernels.errors import DataError

    with pytest.raises(DataError):
        app(["train", "empty.csv", "--target", "y", "--debug"])


def test_a_fault_of_ours_is_told_as_one(lucid, folder, monkeypatch):
    def fail(*arguments):
        raise ZeroDivisionError("no reason")

    monkeypatch.setattr("lucid.cli.prepare.prepare", fail)
    result = lucid("train", "good.csv", "--target", "y")
    assert result.code == 1
    assert "unexpected ZeroDivisionError: no reason" in result.err
    assert "--debug" in result.err


@pytest.mark.parametrize(
    ("options", "column"),
    [
        ("good.csv --target y --target cpu", "y"),
        ("good.csv --target cpu --target y", "y"),
        ("good.csv --target y --device cpu", "y"),
        ("good.csv --target cpu --target-column y", "y"),
        ("cpu.csv --target cpu", "cpu"),
        ("cpu.csv --target cpu --target cpu", "cpu"),
    ],
)
def test_target_names_the_column_or_the_kernels(lucid, folder, options, column):
    result = lucid("train", *options.split(), "--epochs", "1", "--hidden", "4", "--json")
    assert result.code == 0, result.err
    assert f'"target": "{column}"' in result.out


def test_a_missing_package_is_one_line(folder):
    import subprocess
    import sys

    code = "import sys; sys.modules['typer'] = None; from lucid.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "The command lucid needs the package 'typer', which is not installed. "
        'Install it with: pip install "lucid-kernels[cli]"'
    ]
