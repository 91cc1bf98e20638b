import os

import pytest

from lucid.cli.output import check_suffix, check_writable, replace
from lucid.kernels.errors import DataError


def test_replace_puts_the_new_file_in_place(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old")
    path.chmod(0o640)
    replace(path, lambda fresh: fresh.write_text("new"))
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_writer_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old")

    def half(fresh):
        fresh.write_text("ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(DataError, match="No space left"):
        replace(path, half)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_the_suffix_is_there_while_it_is_written(tmp_path):
    seen = []
    replace(tmp_path / "a.png", lambda fresh: seen.append(fresh.suffix))
    assert seen == [".png"]


def test_unwritable(tmp_path):
    with pytest.raises(DataError, match="is a folder"):
        check_writable(tmp_path, "the model")
    with pytest.raises(DataError, match=r"the folder .*none does not exist"):
        check_writable(tmp_path / "none" / "m", "the model")
    check_writable(tmp_path / "m", "the model")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_protected(tmp_path):
    path = tmp_path / "m"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(DataError, match="write-protected"):
        check_writable(path, "the model")
    tmp_path.chmod(0o555)
    with pytest.raises(DataError, match="can't be written to the folder"):
        check_writable(tmp_path / "n", "the model")
    tmp_path.chmod(0o755)


def test_suffix(tmp_path):
    check_suffix(tmp_path / "a.PNG", "--plot", [".png"])
    with pytest.raises(DataError, match=r"--plot .*'.csv' names no format"):
        check_suffix(tmp_path / "a.csv", "--plot", [".png"])
