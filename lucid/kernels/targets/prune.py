"""Keeping the folder of compiled kernels within bounds.

A kernel that was not used for the longest time goes first. Its last use is the time of its object
file, which `lucid.kernels.targets.cache` renews. Only files are removed that look like kernels, in
folders that look like those of the cache: ``LUCID_CACHE_DIR`` may name a folder that holds other
things as well. Several processes may do this at once, and one may run a kernel whose file goes:
what is loaded stays loaded, and what is missing is compiled again.
"""

import contextlib
import os
import re
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Usage", "limit", "now_and_then", "prune", "usage"]

_FOLDER = re.compile(r"[\w.-]+-numba-[\w.+]+-llvmlite-[\w.+]+-[0-9a-f]{8}")
_FILE = re.compile(r"(\w+_[0-9a-f]{16})\.(?:o|py)")
_LEFT_BEHIND = re.compile(r"\w+_[0-9a-f]{16}\w+\.tmp")
_DAY = 86_400.0
#: Seconds between two looks at the folder, by whatever process: 33,000 files take 0.3 s.
_PAUSE = 3600.0
_DEFAULT_MIB = 1024
#: How full the folder is afterwards, so that the next kernel does not bring the next look.
_SHARE = 0.75
_STAMP = "pruned"


@dataclass(frozen=True)
class Usage:
    """Number and size in bytes of kernels."""

    kernels: int
    bytes: int


@dataclass
class _Kept:
    """The files of one kernel."""

    paths: list[Path]
    bytes: int = 0
    used: float = 0.0


def limit() -> int:
    """Return how many bytes the kernels may take: ``LUCID_CACHE_MIB``, else one GiB."""
    text = os.environ.get("LUCID_CACHE_MIB", "")
    if text.isdecimal():
        return int(text) << 20
    if text:
        warnings.warn(
            f"LUCID_CACHE_MIB is {text!r}; expected a whole number of MiB, such as 512. "
            f"{_DEFAULT_MIB} is in force.",
            RuntimeWarning,
            stacklevel=2,
        )
    return _DEFAULT_MIB << 20


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        yield from entries


def _folders(root: Path) -> list[Path]:
    return [Path(entry) for entry in _entries(root) if _FOLDER.fullmatch(entry.name)]


def _kernels(root: Path) -> list[_Kept]:
    found: dict[tuple[str, str], _Kept] = {}
    for folder in _folders(root):
        for entry in _entries(folder):
            named = _FILE.fullmatch(entry.name)
            if named is None:
                continue
            with contextlib.suppress(OSError):  # another process has removed it meanwhile
                status = entry.stat(follow_symlinks=False)
                kept = found.setdefault((folder.name, named[1]), _Kept([]))
                kept.paths.append(Path(entry))
                kept.bytes += status.st_size
                kept.used = max(kept.used, status.st_mtime)
    return list(found.values())


def usage(root: Path) -> Usage:
    """Return what the kernels under the cache's root take."""
    kept = _kernels(root)
    return Usage(len(kept), sum(kernel.bytes for kernel in kept))


def prune(root: Path, most: int) -> Usage:
    """Remove kernels, those unused for the longest time first, until at most `most` bytes are left.

    With them go files that a killed process left half written, and folders that have become empty.

    Returns
    -------
    Usage
        What was removed.
    """
    kept = sorted(_kernels(root), key=lambda kernel: kernel.used)
    left = sum(kernel.bytes for kernel in kept)
    removed, gone = 0, 0
    for kernel in kept:
        if left <= most:
            break
        for path in kernel.paths:
            with contextlib.suppress(OSError):  # gone already, or in use on Windows
                path.unlink()
        left -= kernel.bytes
        gone += kernel.bytes
        removed += 1
    old = time.time() - _DAY
    for folder in _folders(root):
        for entry in _entries(folder):
            with contextlib.suppress(OSError):
                if _LEFT_BEHIND.fullmatch(entry.name) and entry.stat().st_mtime < old:
                    os.unlink(entry)
        with contextlib.suppress(OSError):  # nearly always: it is not empty
            folder.rmdir()
    return Usage(removed, gone)


_next_look = 0.0


def now_and_then(root: Path) -> None:
    """Prune, if no process has done so for an hour and the kernels take more than they may."""
    global _next_look
    now = time.time()
    if now < _next_look:
        return
    _next_look = now + _PAUSE
    stamp = root / _STAMP
    with contextlib.suppress(OSError):
        if stamp.exists() and 0 <= now - stamp.stat().st_mtime < _PAUSE:
            return
        stamp.touch()
    most = limit()
    if usage(root).bytes > most:
        prune(root, int(most * _SHARE))
