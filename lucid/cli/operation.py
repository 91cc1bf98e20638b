"""The operation that a text on the command line names."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lucid.kernels import ALIASES, OPERATIONS, Pointwise, Rowwise, pointwise
from lucid.kernels.errors import DataError

__all__ = ["load_operation"]


def load_operation(spec: str) -> Pointwise | Rowwise:
    """Return the operation that a text names.

    Parameters
    ----------
    spec
        ``package.module:function`` or ``path/to/file.py:function``; an operation of the library by
        its bare name, pointwise or of a row. A plain function is made a pointwise operation.

    Raises
    ------
    DataError
        If there is no such module, file or name.
    """
    place, colon, name = spec.rpartition(":")
    if not colon:
        from lucid.ops import row_functions

        rows = {name: getattr(row_functions, name) for name in row_functions.__all__}
        found: Pointwise | Rowwise | None = OPERATIONS.get(ALIASES.get(spec, spec), rows.get(spec))
        if found is None:
            raise DataError(
                f"{spec!r} is no operation of the library; name your own as "
                "package.module:function or file.py:function"
            )
        return found
    module = _load_module(place)
    try:
        thing = getattr(module, name)
    except AttributeError:
        names = sorted(n for n, x in vars(module).items() if isinstance(x, Pointwise | Rowwise))
        raise DataError(
            f"{place} has no {name!r}; its operations are: {', '.join(names) or 'none'}"
        ) from None
    if isinstance(thing, Pointwise | Rowwise):
        return thing
    if not callable(thing):
        raise DataError(f"{spec} is a {type(thing).__name__}; expected a function")
    return pointwise(thing)


def _load_module(place: str) -> Any:
    path = Path(place)
    if path.suffix != ".py":
        # As `python -m` does: modules of the folder one stands in are found.
        with _searching(Path.cwd()):
            try:
                return importlib.import_module(place)
            except ModuleNotFoundError as error:
                raise DataError(
                    f"there is no module {error.name!r}; check the spelling, or give a path that "
                    "ends in .py"
                ) from None
    if not path.is_file():
        raise DataError(f"there is no file {place}; check the path")
    description = importlib.util.spec_from_file_location(path.stem, path)
    assert description is not None
    assert description.loader is not None
    module = importlib.util.module_from_spec(description)
    with _searching(path.resolve().parent):
        description.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _searching(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
