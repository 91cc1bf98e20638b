import os
import time
from pathlib import Path

import pytest
from handwritten import finish, python
from test_cache import RUN

from lucid.kernels.targets import cache, prune

PROCESSOR = "triple name features"
CODE = b"x" * 2000
DAY = 86_400


def keep(name: str, days: float = 0.0) -> Path:
    """Store a kernel that was used some days ago; return the path of its object file."""
    key = cache.digest(name, "options", PROCESSOR)
    source = cache.store(f"{name}_{key.hex()[:16]}", key, "source", CODE, PROCESSOR)
    assert source is not None
    path = source.with_suffix(".o")
    for written in (source, path):
        os.utime(written, (time.time() - days * DAY,) * 2)
    return path


def load(path: Path) -> bytes | None:
    name = path.stem.rpartition("_")[0]
    found = cache.load(path.stem, cache.digest(name, "options", PROCESSOR), PROCESSOR)
    return None if found is None else found[0]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "kernels"
    monkeypatch.setenv("LUCID_CACHE_DIR", str(folder))
    monkeypatch.setattr(prune, "_next_look", 0.0)
    return folder


def test_what_was_unused_longest_goes_first(root: Path) -> None:
    paths = [keep(f"kernel{k}", days=9 - k) for k in range(6)]
    assert load(paths[1]) == CODE  # a use, which makes it the newest
    all_of_them = prune.usage(root)
    assert all_of_them.kernels == 6
    each = all_of_them.bytes // 6
    removed = prune.prune(root, 3 * each)
    assert removed == prune.Usage(3, 3 * each)
    assert prune.usage(root) == prune.Usage(3, 3 * each)
    assert [path.exists() for path in paths] == [False, True, False, False, True, True]
    assert [path.with_suffix(".py").exists() for path in paths] == [p.exists() for p in paths]


def test_a_use_is_noted_once_a_day(root: Path) -> None:
    old, new = keep("old", days=3), keep("new", days=0.5)
    noted = new.stat().st_mtime
    assert load(old) == load(new) == CODE
    assert time.time() - old.stat().st_mtime < 60
    assert new.stat().st_mtime == noted


def test_nothing_else_is_removed(root: Path) -> None:
    kernel = keep("kernel", days=9)
    others = [
        root / "notes.py",
        root / "project" / "kernel_0123456789abcdef.py",
        kernel.parent / "readme.txt",
        kernel.parent / "kernel.o",
    ]
    for other in others:
        other.parent.mkdir(exist_ok=True)
        other.write_text("mine")
    assert prune.prune(root, 0).kernels == 1
    assert not kernel.exists()
    assert all(other.exists() for other in others)


def test_remains_of_killed_processes_and_empty_folders_go(root: Path) -> None:
    kernel = keep("kernel")
    fresh, stale = (kernel.parent / f"{kernel.stem}{end}.tmp" for end in ("aaaa", "bbbb"))
    for path in (fresh, stale):
        path.write_text("half")
    os.utime(stale, (time.time() - 2 * DAY,) * 2)
    prune.prune(root, 1 << 20)
    assert (kernel.exists(), fresh.exists(), stale.exists()) == (True, True, False)
    fresh.unlink()
    prune.prune(root, 0)
    assert not kernel.parent.exists()
    # Whoever compiles next makes it again.
    assert keep("kernel").exists()


def test_storing_keeps_the_bound(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "limit", lambda: 9000)
    paths = [keep(f"kernel{k}", days=9 - k) for k in range(6)]
    assert all(path.exists() for path in paths)  # this process has looked a moment ago
    monkeypatch.setattr(prune, "_next_look", 0.0)
    keep("more")
    assert all(path.exists() for path in paths)  # some process has, says the stamp
    os.utime(root / "pruned", (time.time() - 2 * 3600,) * 2)
    monkeypatch.setattr(prune, "_next_look", 0.0)
    last = keep("last")
    assert 0 < prune.usage(root).bytes <= 9000 * 0.75
    assert last.exists()
    assert not paths[0].exists()


def test_the_bound_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LUCID_CACHE_MIB", raising=False)
    assert prune.limit() == 1 << 30
    monkeypatch.setenv("LUCID_CACHE_MIB", "64")
    assert prune.limit() == 64 << 20
    monkeypatch.setenv("LUCID_CACHE_MIB", "1 GiB")
    with pytest.warns(RuntimeWarning, match=r"'1 GiB'; expected a whole number of MiB"):
        assert prune.limit() == 1 << 30


def test_kernels_may_go_while_others_load_and_store_them(root: Path) -> None:
    prunes = (
        "from pathlib import Path; import time\n"
        "from lucid.kernels.targets import prune\n"
        "end = time.monotonic() + 2\n"
        "while time.monotonic() < end:\n"
        f"    prune.prune(Path({str(root)!r}), 0); time.sleep(0.01)\n"
    )
    processes = [
        python(prunes, root),
        *(python(RUN, root, LUCID_CACHE_MIB="0") for _ in range(2)),
    ]
    for process in processes:
        assert finish(process) in ("", "True\n", "False\n")
