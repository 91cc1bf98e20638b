"""Files that a command writes: checked before the work begins, replaced in one step."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from lucid.kernels.errors import DataError

__all__ = ["PICTURES", "TABLES", "check_suffix", "check_writable", "replace"]

PICTURES = (".png", ".svg", ".pdf", ".jpg", ".webp")
# With the method of a polars frame that writes each.
TABLES = {".csv": "write_csv", ".parquet": "write_parquet"}


def check_suffix(path: Path, option: str, known: Iterable[str]) -> None:
    """Refuse a suffix that names no format which can be written.

    Raises
    ------
    DataError
        Another suffix than those of ``known``.
    """
    if path.suffix.lower() not in known:
        raise DataError(
            f"{option} {path}: the suffix {path.suffix!r} names no format that can be written; "
            f"use one of {', '.join(known)}"
        )


def check_writable(path: Path, purpose: str) -> None:
    """Refuse a path that can't be written, before hours of work are lost on it.

    Raises
    ------
    DataError
        A folder, a folder that is not there, or one that can't be written to.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder; give a file name for {purpose}")
    folder = path.parent
    if not folder.is_dir():
        raise DataError(
            f"{purpose} can't be written: the folder {folder} does not exist; create it"
        )
    if path.exists() and not os.access(path, os.W_OK):
        raise DataError(f"{path} is write-protected; choose another name for {purpose}")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DataError(
            f"{purpose} can't be written to the folder {folder}: {error.strerror}"
        ) from None


def replace(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` make a new file beside ``path``, then put it in its place.

    A reader sees the old file or the new one, never half of one; where writing fails, the old one
    stays.

    Raises
    ------
    DataError
        The file can't be written.
    """
    # The suffix stays: writers of pictures and tables tell the format from it.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    fresh = Path(name)
    try:
        write(fresh)
        fresh.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        with open(fresh, "rb") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror or error}") from error
    finally:
        fresh.unlink(missing_ok=True)


def _umask() -> int:
    # There is no way to read it without setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
