"""``lucid check``: the battery on a user's own operation, and one page about it."""

from __future__ import annotations

import importlib.util
import inspect
import math
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.cli.operation import load_operation
from lucid.data.extras import MissingExtraError
from lucid.kernels import Pointwise, Rowwise
from lucid.kernels.errors import DataError, TraceError
from lucid.kernels.targets.cuda import simulated, to_device

if TYPE_CHECKING:
    from lucid.testing import Report

__all__ = ["check_command"]

#: Elements of the speed measurement: beyond the caches, as arrays that matter are.
_ELEMENTS = 1 << 22
#: Of which a row has so many.
_LENGTH = 1 << 10


def check_command(
    spec: str,
    *,
    points: int = 40,
    speed: bool = True,
    targets: Sequence[str] = (),
    domains: Sequence[str] = (),
) -> int:
    """Check an operation and print one page about it.

    Parameters
    ----------
    spec
        What `load_operation` takes.
    points
        Points for each dtype that are compared with the exact value; of a function of a row the
        elements, in rows of seven.
    speed
        Whether to measure the speed, too.
    targets
        Targets to test; empty for all that can run here.
    domains
        What the arguments of a function of a row may be, as ``name=low,high``.

    Returns
    -------
    int
        The exit code: 0 if everything holds, 1 with a failing example printed if not.

    Raises
    ------
    DataError
        If the operation or a domain can't be used.
    """
    _need_testing()
    from lucid.testing import CheckError, check_pointwise, check_rowwise

    operation = load_operation(spec)
    known = dict(_domain(operation, text) for text in domains)
    bare = [p.replace(annotation=p.empty) for p in operation.signature.parameters.values()]
    print(f"{operation.name}{inspect.Signature(bare)}")
    try:
        if isinstance(operation, Rowwise):
            rows = math.ceil(points / 7)
            report = check_rowwise(operation, domain=known, rows=rows, targets=targets or None)
        else:
            report = check_pointwise(operation, points=points, targets=targets or None)
    except (CheckError, TraceError) as error:
        print(f"\nFAILED\n{error}")
        return 1
    for label, text in _lines(operation, report, known):
        print(f"  {label:<18} {text}")
    if speed:
        for dtype in report.dtypes:
            for target in report.targets:
                print(f"  {f'{dtype} {target}':<18} {_speed(operation, dtype, target, known)}")
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


def _domain(operation: Pointwise | Rowwise, text: str) -> tuple[str, tuple[float, float]]:
    """Return the name of an argument, and the least and the largest number that it may be."""
    if isinstance(operation, Pointwise):
        raise DataError(
            f"--domain {text!r}: {operation.name} is pointwise, and says what its arguments may be "
            "where it is defined: @pointwise(domain=(0.0, 1.0))"
        )
    name, _, bounds = text.partition("=")
    if name not in operation.signature.parameters:
        raise DataError(
            f"--domain {text!r}: {operation.name} has no {name!r}; it takes "
            f"{', '.join(operation.signature.parameters)}"
        )
    try:
        low, high = map(float, bounds.split(","))
    except ValueError:
        raise DataError(
            f"--domain {text!r}: give the least and the largest number, such as {name}=0,1"
        ) from None
    if not low <= high:
        raise DataError(f"--domain {text!r}: {low:g} is no less than {high:g}; turn them round")
    return name, (low, high)


def _lines(
    operation: Pointwise | Rowwise, report: Report, known: Mapping[str, tuple[float, float]]
) -> list[tuple[str, str]]:
    def errors(found: dict[str, float]) -> str:
        return ", ".join(f"{value:.2f} ulp ({name})" for name, value in found.items())

    lines = [
        *_about(operation, known),
        ("points", f"{report.points} compared with the exact value, {report.undecided} not"),
        ("largest error", errors(report.error) or "exact (integers)"),
        ("gradient", errors(report.gradient_error) or "none"),
        ("second derivative", errors(report.second_error) or "none"),
        ("special values", "zeros, infinities, NaN, huge and tiny numbers: as defined"),
        ("arrays", "strides, broadcasting, no elements, read-only, in place: the same bits"),
        *_targets(report),
    ]
    return lines + [("note", note) for note in report.notes]


def _about(
    operation: Pointwise | Rowwise, known: Mapping[str, tuple[float, float]]
) -> Iterator[tuple[str, str]]:
    """Say what is special to the kind of operation."""
    if isinstance(operation, Rowwise):
        names = list(operation.signature.parameters)
        domains = [known.get(name) for name in names]
    else:
        names, domains = list(operation.arrays), list(operation.domain)
    yield (
        "domain",
        ", ".join(
            f"{name} in [{bounds[0]:g}, {bounds[1]:g}]" if bounds else f"{name} any"
            for name, bounds in zip(names, domains, strict=True)
        ),
    )
    if isinstance(operation, Rowwise):
        yield "rows", "of one element, few, many and none; with ties; along another axis"
    elif operation.kinks:
        yield "kinks", ", ".join(f"{kink:g}" for kink in operation.kinks)


def _median(call: Any, repeats: int = 7) -> float:
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _speed(
    operation: Pointwise | Rowwise,
    dtype: str,
    target: str,
    known: Mapping[str, tuple[float, float]],
) -> str:
    """Return elements a second, and the share of the bandwidth that copying reaches."""
    from lucid.bench.gpu import seconds_on_gpu

    on_gpu = target == "cuda"
    # In the simulator an element takes as long as a million elsewhere.
    count = 1 << 6 if on_gpu and simulated() else _ELEMENTS
    here: Any = to_device if on_gpu else np.asarray
    timed = seconds_on_gpu if on_gpu else _median
    drawn, shape = _drawn(operation, dtype, count, known)
    arrays = {name: here(np.resize(array, shape)) for name, array in drawn.items()}
    program, values = operation.bind((), arrays)
    out = program.run(values, target=target)
    seconds = timed(lambda: program.run(values, out=out, target=target))
    source, copy = here(np.ones(count)), here(np.empty(count))
    copying = (source.nbytes + copy.nbytes) / timed(lambda: np.copyto(copy, source))
    moved = sum(array.nbytes for array in (*arrays.values(), *out)) / seconds
    return f"{count / seconds / 1e9:.2f} G elements/s, {moved / copying:.0%} of a copy's bandwidth"


def _drawn(
    operation: Pointwise | Rowwise,
    dtype: str,
    count: int,
    known: Mapping[str, tuple[float, float]],
) -> tuple[dict[str, np.ndarray], tuple[int, ...]]:
    """Return numbers for the arguments that are arrays, and the shape to repeat them to."""
    from lucid.testing import draw
    from lucid.testing.row_samples import RowSamples

    if isinstance(operation, Pointwise):
        points = draw(operation, dtype, 4096)
        return dict(zip(operation.arrays, points, strict=True)), (count,)
    length = min(_LENGTH, count)
    samples = RowSamples(operation, {}, known, 0)
    rows = samples.draw(np.dtype(dtype), 4, length, full=False)
    return {name: rows[name] for name in samples.arrays}, (count // length, length)
