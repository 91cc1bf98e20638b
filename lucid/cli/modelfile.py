"""A trained model in one safetensors file: the weights, and all that it takes to use them.

Arrays lie in the file as tensors; everything else is one JSON text in its metadata, where an array
is written as ``{"$array": name}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucid.autograd.devices import host
from lucid.cli.output import replace
from lucid.data.extras import need
from lucid.kernels.errors import DataError

__all__ = ["FORMAT", "is_model", "read_model", "write_model"]

KEY = "lucid"
FORMAT = 1
MARK = "$array"
KIND = {dict: "an object", list: "a list", str: "a text", int: "a number"}

# What a model file must hold, so that a damaged one is refused here and not somewhere later.
PARTS: dict[str, type] = {
    "format": int,
    "version": str,
    "settings": dict,
    "features": dict,
    "target": dict,
    "data": dict,
    "progress": dict,
    "state": dict,
}


def write_model(path: Path, content: Mapping[str, Any]) -> None:
    """Write a model file in one step; the old one stays until the new one is complete.

    Raises
    ------
    DataError
        The file can't be written.
    """
    numpy_file = need("safetensors.numpy", "saving a model")
    arrays: dict[str, NDArray[Any]] = {}
    text = json.dumps(_pack({"format": FORMAT, **content}, "", arrays))
    replace(path, lambda fresh: numpy_file.save_file(arrays, fresh, metadata={KEY: text}))


def read_model(path: Path) -> dict[str, Any]:
    """Read a model file.

    Raises
    ------
    DataError
        A file that is not there, is damaged, or is no model of ours.
    """
    if path.is_dir() or not path.exists():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise DataError(f"{path} {what}; give a model that `lucid train --save` wrote")
    text, arrays = _read(path)
    if text is None:
        raise DataError(
            f"{path} is a safetensors file, but not one that lucid wrote: it holds weights without "
            "the columns and classes that they belong to. Give a model that `lucid train --save` "
            "wrote"
        )
    try:
        content = _unpack(json.loads(text), arrays)
    except (ValueError, KeyError, RecursionError) as error:
        raise DataError(f"{path} is damaged: its description can't be read ({error})") from None
    version = content.get("format") if isinstance(content, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise DataError(
            f"{path} has the format {version}, this lucid reads up to {FORMAT}; install a newer one"
        )
    for part, kind in PARTS.items():
        if not isinstance(content, dict) or not isinstance(content.get(part), kind):
            raise DataError(f"{path} is damaged: {part!r} is not {KIND[kind]}")
    return dict(content)


def is_model(path: Path) -> bool:
    """Whether a file is a model that ``write_model`` wrote."""
    try:
        return _read(path, arrays=False)[0] is not None
    except DataError:
        return False


def _read(path: Path, *, arrays: bool = True) -> tuple[str | None, dict[str, NDArray[Any]]]:
    safetensors = need("safetensors", "reading a model")
    try:
        with safetensors.safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            # Foreign files may hold dtypes that NumPy does not have: look at the metadata first.
            names = file.keys() if arrays and KEY in metadata else []
            return metadata.get(KEY), {name: file.get_tensor(name) for name in names}
    except safetensors.SafetensorError as error:
        raise DataError(
            f"{path} is not a readable safetensors file ({error}); give a model that "
            "`lucid train --save` wrote"
        ) from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}") from None


def _pack(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """Turn nested dictionaries and sequences into JSON, moving the arrays out."""
    if hasattr(type(value), "__lucid_call__"):
        value = host(value.data)
    if isinstance(value, np.ndarray):
        arrays[name] = np.ascontiguousarray(value)
        return {MARK: name}
    if isinstance(value, Mapping):
        # JSON knows text keys only, an optimiser's state is numbered.
        numbered = any(isinstance(key, int) for key in value)
        held = {str(key): _pack(part, _join(name, key), arrays) for key, part in value.items()}
        return {"$numbered": held} if numbered else held
    if isinstance(value, list | tuple):
        return [_pack(part, _join(name, i), arrays) for i, part in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    return value


def _join(name: str, key: object) -> str:
    return f"{name}/{key}" if name else str(key)


def _unpack(value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if isinstance(value, dict):
        if set(value) == {MARK}:
            return arrays[value[MARK]]
        if set(value) == {"$numbered"}:
            return {int(key): _unpack(part, arrays) for key, part in value["$numbered"].items()}
        return {key: _unpack(part, arrays) for key, part in value.items()}
    if isinstance(value, list):
        return [_unpack(part, arrays) for part in value]
    return value
