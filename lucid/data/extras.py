"""Packages that only some people need: imported when they are used, missed with one clear line."""

import importlib
from types import ModuleType

from lucid.kernels.errors import MissingExtraError

__all__ = ["INSTALL", "MissingExtraError", "need"]

INSTALL = 'pip install "lucid-kernels[cli]"'


def need(module: str, purpose: str) -> ModuleType:
    """Import an optional package.

    Parameters
    ----------
    module : str
        Name to import, such as ``"polars"``.
    purpose : str
        What it is for, as the subject of a sentence: ``"reading CSV files"``.

    Raises
    ------
    MissingExtraError
        Where it is not installed; the message says how to install it.

    Examples
    --------
    >>> need("json", "reading JSON").__name__
    'json'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # A package that is there but lacks a part of its own is another fault: let it show.
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        raise MissingExtraError(
            f"{purpose} needs the package {module.partition('.')[0]!r}, which is not installed. "
            f"Install it with: {INSTALL}"
        ) from None
