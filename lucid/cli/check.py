"""``lucid check``: the battery on a user's own operation, and one page about it."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.data.extras import MissingExtraError
from lucid.kernels import Pointwise, pointwise
from lucid.kernels.errors import DataError, TraceError
from lucid.kernels.targets.cuda import simulated, to_device

if TYPE_CHECKING:
    from lucid.testing import Report

__all__ = ["check_command", "load_operation"]

#: Elements of the speed measurement: beyond the caches, as arrays that matter are.
_ELEMENTS = 1 << 22


def load_operation(spec: str) -> Pointwise:
    """Return the operation that a text names.

    Parameters
    ----------
    spec
        ``package.module:function`` or ``path/to/file.py:function``; an operation of the library by
        its bare name. A plain function is made an operation.

    Raises
    ------
    DataError
        If there is no such module, file or name.
    """
    place, colon, name = spec.rpartition(":")
    if not colon:
        from lucid.kernels import ALIASES, OPERATIONS

        found = OPERATIONS.get(ALIASES.get(spec, spec))
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
        names = sorted(n for n, x in vars(module).items() if isinstance(x, Pointwise))
        raise DataError(
            f"{place} has no {name!r}; its operations are: {', '.join(names) or 'none'}"
        ) from None
    if isinstance(thing, Pointwise):
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
def _searching(folder: Path) -> Any:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def check_command(
    spec: str, *, points: int = 40, speed: bool = True, targets: Sequence[str] = ()
) -> int:
    """Check an operation and print one page about it.

    Parameters
    ----------
    spec
        What `load_operation` takes.
    points
        Points for each dtype that are compared with the exact value.
    speed
        Whether to measure the speed, too.
    targets
        Targets to test; empty for all that can run here.

    Returns
    -------
    int
        The exit code: 0 if everything holds, 1 with a failing example printed if not.
    """
    _need_testing()
    from lucid.testing import CheckError, check_pointwise

    operation = load_operation(spec)
    bare = [p.replace(annotation=p.empty) for p in operation.signature.parameters.values()]
    print(f"{operation.name}{inspect.Signature(bare)}")
    try:
        report = check_pointwise(operation, points=points, targets=targets or None)
    except (CheckError, TraceError) as error:
        print(f"\nFAILED\n{error}")
        return 1
    for label, text in _lines(operation, report):
        print(f"  {label:<18} {text}")
    if speed:
        for dtype in report.dtypes:
            for target in report.targets:
                print(f"  {f'{dtype} {target}':<18} {_speed(operation, dtype, target)}")
    print("\nOK")
    return 0


def _targets(report: Report) -> Iterator[tuple[str, str]]:
    """Say what is known of the targets: those of the CPU give the same bits, the GPU its own."""
    on_cpu = [name for name in report.targets if name != "cuda"]
    if on_cpu:
        yield "targets", f"{', '.join(on_cpu)}: the same bits"
    if "cuda" in report.targets:
        yield "target cuda", "values, gradients and layouts, held against the exact value"


def _need_testing() -> None:
    for name in ("mpmath", "hypothesis"):
        if importlib.util.find_spec(name) is None:
            raise MissingExtraError(
                f"checking operations needs the package {name!r}, which is not installed. "
                'Install it with: pip install "lucid-kernels[testing]"'
            )


def _lines(operation: Pointwise, report: Report) -> list[tuple[str, str]]:
    def errors(found: dict[str, float]) -> str:
        return ", ".join(f"{value:.2f} ulp ({name})" for name, value in found.items())

    domain = ", ".join(
        f"{name} in [{bounds[0]:g}, {bounds[1]:g}]" if bounds else f"{name} any"
        for name, bounds in zip(operation.arrays, operation.domain, strict=True)
    )
    lines = [
        ("domain", domain),
        ("points", f"{report.points} compared with the exact value, {report.undecided} not"),
        ("largest error", errors(report.error) or "exact (integers)"),
        ("gradient", errors(report.gradient_error) or "none"),
        ("second derivative", errors(report.second_error) or "none"),
        ("special values", "zeros, infinities, NaN, huge and tiny numbers: as defined"),
        ("arrays", "strides, broadcasting, no elements, read-only, in place: the same bits"),
        *_targets(report),
    ]
    if operation.kinks:
        lines.insert(1, ("kinks", ", ".join(f"{kink:g}" for kink in operation.kinks)))
    return lines + [("note", note) for note in report.notes]


def _median(call: Any, repeats: int = 7) -> float:
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _speed(operation: Pointwise, dtype: str, target: str) -> str:
    """Return elements a second, and the share of the bandwidth that copying reaches."""
    from lucid.bench.gpu import seconds_on_gpu
    from lucid.testing import draw

    on_gpu = target == "cuda"
    # In the simulator an element takes as long as a million elsewhere.
    count = 1 << 6 if on_gpu and simulated() else _ELEMENTS
    here: Any = to_device if on_gpu else np.asarray
    timed = seconds_on_gpu if on_gpu else _median
    arrays = tuple(here(np.resize(x, count)) for x in draw(operation, dtype, 4096))
    program, values = operation.bind(arrays, {})
    out = program.run(values, target=target)
    seconds = timed(lambda: program.run(values, out=out, target=target))
    source, copy = here(np.ones(count)), here(np.empty(count))
    copying = (source.nbytes + copy.nbytes) / timed(lambda: np.copyto(copy, source))
    moved = sum(array.nbytes for array in (*arrays, *out)) / seconds
    return f"{count / seconds / 1e9:.2f} G elements/s, {moved / copying:.0%} of a copy's bandwidth"
