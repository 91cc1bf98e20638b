"""Where compiled kernels are kept from one process to the next.

The folder is ``LUCID_CACHE_DIR``, or ``lucid`` in the platform's own place for caches. In it, one
subfolder stands for everything that all kernels are made of: the versions, the processor and the
text of the elementary functions. A kernel is two files there, the readable source
``NAME_KEY.py`` and the object code ``NAME_KEY.o``.

Object code is run, so it is only ever taken from a folder that belongs to this user and that
nobody else can write to, and only if the digest in its header is right. Anything else is compiled
again. A folder that can't be used costs the compilation, never an error.

The folder does not grow without end: see `lucid.kernels.targets.prune`.
"""

import contextlib
import hashlib
import os
import re
import stat
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lucid.kernels.targets.prune import now_and_then

__all__ = ["CacheStatus", "cache_root", "cache_status", "digest", "folder", "load", "store"]

#: Changes when the layout of the files changes. Everything else is in the digest.
_MAGIC = b"lucid object code 1\n"
_HASH = hashlib.sha256
_KEY_BYTES = _HASH().digest_size
_KERNELS = Path(__file__).parent.parent
_SUFFIX = {"object": ".o", "source": ".py"}
#: Seconds after which a use is noted again: a start of a process should not write to the disk.
_NOTED = 86_400.0


@dataclass(frozen=True)
class CacheStatus:
    """What ``lucid info`` shows.

    Attributes
    ----------
    folder : Path or None
        Where kernels are looked up; None if no folder can be used.
    problem : str or None
        Why new kernels are not kept; None if they are.
    """

    folder: Path | None
    problem: str | None


def cache_root() -> Path:
    """Return the folder of all of Lucid's caches; it need not exist."""
    chosen = os.environ.get("LUCID_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    home = Path.home()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / "lucid" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "lucid"
    xdg = os.environ.get("XDG_CACHE_HOME")
    return (Path(xdg) if xdg else home / ".cache") / "lucid"


def _version_of(package: str) -> tuple[str, bytes]:
    """Return a package's version and a text that changes with it, without importing the package.

    ``importlib.metadata`` searches every folder of ``sys.path``: five times the cost of this file.
    """
    spec = find_spec(package)
    if spec is not None and spec.origin is not None:
        with contextlib.suppress(OSError):
            text = (Path(spec.origin).parent / "_version.py").read_bytes()
            found = re.search(rb"""version\S*\s*[=:]\s*['"](\d[\w.+]*)['"]""", text)
            if found:
                return found[1].decode(), text
    from importlib.metadata import version

    name = version(package)
    return name, name.encode()


@cache
def _environment(processor: str) -> tuple[str, bytes]:
    """Return the subfolder's name and the digest of everything that all kernels are made of."""
    state = _HASH(_MAGIC)
    names = []
    for package in ("numba", "llvmlite"):
        name, text = _version_of(package)
        names.append(f"{package}-{name}")
        state.update(text)
    state.update(f"{sys.version}\0{sys.platform}\0{processor}\0".encode())
    for room in ("elementary", "targets"):
        for path in sorted((_KERNELS / room).rglob("*.py")):
            state.update(path.relative_to(_KERNELS).as_posix().encode() + b"\0")
            state.update(path.read_bytes())
    value = state.digest()
    return "-".join([sys.implementation.cache_tag or "python", *names, value.hex()[:8]]), value


def digest(source: str, options: str, processor: str) -> bytes:
    """Return the key of a kernel: a digest of everything that its object code depends on.

    Parameters
    ----------
    source : str
        The text of the kernel's module.
    options : str
        How it is to be compiled.
    processor : str
        The processor's name and features, as LLVM spells them.
    """
    state = _HASH(_environment(processor)[1])
    state.update(options.encode() + b"\0" + source.encode())
    return state.digest()


def _problem_of(path: Path) -> str | None:
    """Say why `path` can't be trusted with object code, if it can't."""
    status = path.stat()
    if not stat.S_ISDIR(status.st_mode):
        return f"{path} is not a folder"
    if sys.platform == "win32":
        return None  # the user's profile has an access list of its own
    if status.st_uid != os.geteuid():
        return f"{path} belongs to another user"
    if status.st_mode & 0o022:
        return f"{path} can be written to by other users (mend it with: chmod go-w '{path}')"
    return None


_opened: dict[tuple[Path, str], CacheStatus] = {}


def _open(root: Path, processor: str) -> CacheStatus:
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        problem = _problem_of(root)
        if problem is None:
            path = root / _environment(processor)[0]
            path.mkdir(mode=0o700, exist_ok=True)
            problem = _problem_of(path)
            if problem is None:
                return CacheStatus(path, None)
        warnings.warn(
            f"compiled kernels are kept in memory only: {problem}. Expected a folder of your own "
            "that nobody else can write to; LUCID_CACHE_DIR names another one.",
            RuntimeWarning,
            stacklevel=2,
        )
        return CacheStatus(None, problem)
    except OSError as error:
        return CacheStatus(None, f"{root} can't be used: {_reason(error)}")


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def folder(processor: str) -> Path | None:
    """Return the subfolder for this environment, made if it was not there; None if it can't be."""
    root = cache_root()
    status = _opened.get((root, processor))
    if status is None:
        status = _opened[root, processor] = _open(root, processor)
    return status.folder


def cache_status(processor: str) -> CacheStatus:
    """Return the folder that kernels are kept in, or the reason why they are not."""
    folder(processor)
    return _opened[cache_root(), processor]


def _write(path: Path, data: bytes) -> None:
    """Write a whole file or none: a reader in another process never sees a part of it."""
    handle, temporary = tempfile.mkstemp(prefix=path.stem, suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def store(stem: str, key: bytes, source: str, code: bytes, processor: str) -> Path | None:
    """Keep a kernel; return the path of its readable source, or None where nothing can be kept."""
    status = cache_status(processor)
    place = status.folder
    if place is None or status.problem is not None:
        return None
    readable = place / (stem + _SUFFIX["source"])
    try:
        place.mkdir(mode=0o700, exist_ok=True)  # another process may have emptied the cache
        _write(readable, source.encode())
        _write(place / (stem + _SUFFIX["object"]), _MAGIC + key + _HASH(key + code).digest() + code)
    except OSError as error:
        # A full or read-only disk: kernels that are there are still good, new ones stay in memory.
        problem = f"{place} can't be written to: {_reason(error)}"
        _opened[cache_root(), processor] = CacheStatus(place, problem)
        return None
    now_and_then(place.parent)
    return readable


def load(stem: str, key: bytes, processor: str) -> tuple[bytes, Path] | None:
    """Return a kept kernel's object code and the path of its source; None if it must be compiled.

    A file that is truncated, changed or made for another key counts as not there.
    """
    place = folder(processor)
    if place is None:
        return None
    path = place / (stem + _SUFFIX["object"])
    try:
        data = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + 2 * _KEY_BYTES
    head, code = data[:start], data[start:]
    if head != _MAGIC + key + _HASH(key + code).digest():
        return None
    with contextlib.suppress(OSError):  # a folder that can't be written to
        if time.time() - path.stat().st_mtime > _NOTED:
            os.utime(path)
    return code, place / (stem + _SUFFIX["source"])
