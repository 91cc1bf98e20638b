import os
import stat
import sys
import warnings
from pathlib import Path

import pytest
from handwritten import finish, python

from lucid.kernels.targets import cache

PROCESSOR = "triple name features"
KEY = cache.digest("source", "options", PROCESSOR)
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")

RUN = """
import sys
import numpy as np
from handwritten import axpy_plan, native
x = np.ones(5, np.float32); out = np.empty_like(x)
assert native.flat(axpy_plan(), 1, (2.0,), x, x, out) and (out == 3).all()
print("numba" in sys.modules)
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "kernels"
    monkeypatch.setenv("LUCID_CACHE_DIR", str(folder))
    return folder


def files(folder: Path, suffix: str) -> list[Path]:
    return sorted(folder.rglob(f"*{suffix}"))


def test_kept_kernels_need_no_numba(tmp_path: Path) -> None:
    assert finish(python(RUN, tmp_path)) == "True\n"
    assert len(files(tmp_path, ".o")) == 2
    assert finish(python(RUN, tmp_path)) == "False\n"


def test_nothing_heavy_is_imported_before_the_first_kernel(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "import lucid.kernels.targets.native\n"
        "print([name for name in ('numba', 'llvmlite') if name in sys.modules])"
    )
    assert finish(python(code, tmp_path)) == "[]\n"


def test_two_processes_fill_an_empty_folder_at_once(tmp_path: Path) -> None:
    compiled = [finish(process) for process in [python(RUN, tmp_path) for _ in range(2)]]
    # One that starts late may find what the other one wrote, so at least one compiles.
    assert sorted(compiled) in (["False\n", "True\n"], ["True\n", "True\n"])
    assert len(files(tmp_path, ".o")) == 2
    assert not files(tmp_path, ".tmp")


DAMAGE = {
    "empty": lambda data: b"",
    "truncated": lambda data: data[:-10],
    "changed": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "only a header": lambda data: data[:84],
    "another format": lambda data: b"#" + data[1:],
    "appended": lambda data: data + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_files_are_not_loaded(damage: str, root: Path) -> None:
    assert cache.store("kernel", KEY, "source", b"machine code", PROCESSOR) is not None
    (path,) = files(root, ".o")
    found = cache.load("kernel", KEY, PROCESSOR)
    assert found is not None
    assert found[0] == b"machine code"
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    assert cache.load("kernel", KEY, PROCESSOR) is None


def test_a_damaged_file_is_compiled_again(tmp_path: Path) -> None:
    finish(python(RUN, tmp_path))
    for path in files(tmp_path, ".o"):
        path.write_bytes(path.read_bytes()[:-100])
    assert finish(python(RUN, tmp_path)) == "True\n"
    assert finish(python(RUN, tmp_path)) == "False\n"


def test_a_file_of_another_key_is_not_loaded(root: Path) -> None:
    cache.store("kernel", KEY, "source", b"machine code", PROCESSOR)
    assert cache.load("kernel", cache.digest("other", "options", PROCESSOR), PROCESSOR) is None


def test_the_key_depends_on_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("elementary/coefficients", "targets"):
        (tmp_path / room).mkdir(parents=True)
        (tmp_path / room / "module.py").write_text("text")
    monkeypatch.setattr(cache, "_KERNELS", tmp_path)

    def key(source: str = "s", options: str = "o", processor: str = PROCESSOR) -> bytes:
        cache._environment.cache_clear()
        return cache.digest(source, options, processor)

    keys = [key(), key("other"), key(options="other"), key(processor=PROCESSOR + ",+avx9")]
    version_of = cache._version_of
    for package in ("numba", "llvmlite"):
        with monkeypatch.context() as patch:
            patch.setattr(
                cache,
                "_version_of",
                lambda p, new=package: ("", b"") if p == new else version_of(p),
            )
            keys.append(key())
    for room in ("elementary/coefficients", "targets"):
        (tmp_path / room / "module.py").write_text(f"other text {room}")
        keys.append(key())
        (tmp_path / room / "added.py").write_text("")
        keys.append(key())
    assert len(set(keys)) == len(keys) == 10
    assert key() == keys[-1]
    monkeypatch.undo()
    cache._environment.cache_clear()


def test_versions_are_those_of_the_packages() -> None:
    import llvmlite
    import numba

    assert cache._version_of("numba")[0] == numba.__version__
    assert cache._version_of("llvmlite")[0] == llvmlite.__version__
    # A package without a file of its version: the slow way.
    assert cache._version_of("packaging")[0]


@posix_only
def test_folders_are_the_users_own(root: Path) -> None:
    place = cache.folder(PROCESSOR)
    assert place is not None
    for folder in (root, place):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix_only
def test_a_folder_that_others_can_write_to_is_refused_once(root: Path) -> None:
    root.mkdir()
    root.chmod(0o777)
    with pytest.warns(RuntimeWarning, match="can be written to by other users.*chmod go-w"):
        assert cache.folder(PROCESSOR) is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.store("kernel", KEY, "source", b"machine code", PROCESSOR) is None
        assert cache.load("kernel", KEY, PROCESSOR) is None
    assert "other users" in str(cache.cache_status(PROCESSOR).problem)


@posix_only
def test_a_folder_of_another_user_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.geteuid()
    root.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.warns(RuntimeWarning, match="belongs to another user"):
        assert cache.folder(PROCESSOR) is None


def test_a_place_where_no_folder_can_be(root: Path) -> None:
    root.write_text("a file")
    assert cache.folder(PROCESSOR) is None
    assert str(root) in str(cache.cache_status(PROCESSOR).problem)


def test_a_full_disk_costs_no_more_than_the_compilation(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache.store("old", KEY, "source", b"machine code", PROCESSOR) is not None

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert cache.store("new", KEY, "source", b"machine code", PROCESSOR) is None
    assert not files(root, ".tmp")
    assert "No space left" in str(cache.cache_status(PROCESSOR).problem)
    # What is there is still good.
    assert cache.load("old", KEY, PROCESSOR) is not None


def test_kernels_work_without_any_folder(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    assert finish(python(RUN, nowhere)) == "True\n"


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/lucid"),
        ("linux", {}, "/home/me/.cache/lucid"),
        ("darwin", {}, "/home/me/Library/Caches/lucid"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/lucid/cache"),
        ("win32", {}, "/home/me/AppData/Local/lucid/cache"),
        ("linux", {"LUCID_CACHE_DIR": "/mine", "XDG_CACHE_HOME": "/x"}, "/mine"),
        ("linux", {"LUCID_CACHE_DIR": "~/mine"}, "/home/me/mine"),
    ],
)
def test_root(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LUCID_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", "USERPROFILE": "/home/me", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache.cache_root() == Path(expected)


def test_the_first_kept_kernel_comes_quickly(warm_cache: Path) -> None:
    # The processor's time, not the clock's: other programs may be using the machine.
    code = (
        "import time\n"
        "import numpy as np\n"
        "from handwritten import axpy_plan, native\n"
        "x = np.ones(5, np.float32)\n"
        "native.flat(axpy_plan(), 1, (2.0,), x, x, x)\n"
        "print(time.process_time())"
    )
    assert min(float(finish(python(code, warm_cache))) for _ in range(3)) < 0.4
