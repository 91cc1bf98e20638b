"""The source of CPU kernels that fold along a row and keep every step, eight elements at once.

Running sums, products, maxima and minima of a row whose elements lie side by side. The row is cut
into pieces. Each is folded from nothing, and what is known in front of it is joined in the end: so
several threads may share a row and give the bits of one, and the error of a long sum stays small.
The steps between vectors are those of `lucid.kernels.elementary.lanes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lucid.kernels.codegen.recurrence import Kernel, Recurrence, wide_dtype
from lucid.kernels.codegen.scalar import names_in

__all__ = [
    "FOLDS",
    "PIECE",
    "PIECES",
    "fold_recurrence",
    "write_scan",
    "write_states",
    "write_total",
]

#: Elements of a piece of a row.
PIECE = 1024
#: Pieces of a block of a long row.
PIECES = 16
#: Elements of a vector.
_LANES = 8


@dataclass(frozen=True)
class _Fold:
    """A running fold that takes eight elements at once.

    Attributes
    ----------
    join
        The function that joins two vectors or two numbers.
    along, against
        The functions that fold the lanes of a vector, forwards and backwards.
    start
        What nothing is, by the kind of the dtype in which is computed.
    """

    join: str
    along: str
    against: str
    start: Mapping[str, str]


FOLDS = {
    name: _Fold(f"join_{name}", f"prefix_{name}", f"suffix_{name}", start)
    for name, start in {
        # The sum of the two zeros is 0, so 0 would take the sign of -0.
        "add": {"f": "-0.0", "i": "0", "u": "0"},
        "multiply": {"f": "1.0", "i": "1", "u": "1"},
        "maximum": {"f": "-inf", "i": f"{1 - 2**63} - 1", "u": "0"},
        "minimum": {"f": "inf", "i": f"{2**63 - 1}", "u": f"{2**64 - 1}"},
    }.items()
}


def write_scan(
    fold: str, source: np.dtype, result: np.dtype, letter: str, backwards: bool, use: str
) -> str:
    """Return the source of a running fold along rows whose elements lie side by side.

    Its operands are the length of the row (and again, with what is in front of it in memory if it
    goes backwards), the row, then

    - for ``scan`` the result;
    - for ``places`` the result, and for each element the last position, int64, that reached it;
    - for ``totals`` the fold of each piece;
    - for ``resume`` what is known in front of the row (two numbers), and the result.

    Parameters
    ----------
    fold
        A name of `FOLDS`.
    source, result
        The dtypes of the row and of the result, not of half precision.
    letter
        ``c``, or ``0`` for a row of one repeated element.
    backwards
        Whether the first element is the last one in memory.
    use
        ``scan``, ``places``, ``totals`` or ``resume``.
    """
    wide = wide_dtype(source)
    kernel = Kernel(f"running_{fold}", wide)
    steps = FOLDS[fold]
    among = steps.against if backwards else steps.along
    body = kernel.body
    start = f"{wide.name}({steps.start[wide.kind]})"
    kernel.functions |= names_in(start)
    compensated = fold == "add" and source == np.float64
    kernel.open("length", np.dtype(np.int64))
    kernel.open("x", source)
    if use == "resume":
        kernel.open("state", wide)
    if use == "totals":
        kernel.open("totals", wide)
    else:
        kernel.open("out", result)
        resumed = use == "resume"
        body.line(f"base = {'state[0]' if resumed else start}")
        if compensated:
            body.line(f"rest = {'state[1]' if resumed else start}")
    if use == "places":
        kernel.open("places", np.dtype(np.int64))
        body.line("last = int64(0)")
        kernel.functions.add("int64")
    body.line("columns = length[0]")
    if backwards:
        body.line("extent = length[1]")

    def join(*texts: str) -> str:
        *outer, inner = texts
        for text in reversed(outer):
            inner = kernel.call(steps.join, text, inner)
        return inner

    def place(column: str, lanes: int) -> str:
        return f"extent - {lanes} - {column}" if backwards else column

    def piece() -> None:
        body.line(f"stop = min(start + {PIECE}, columns)")
        body.line(f"whole = start + (stop - start) // {_LANES} * {_LANES}")
        body.line(f"local = {kernel.call('spread', start)}")
        known = []
        if use != "totals":
            known = ["base", "rest"] if compensated else ["base"]
        for name in known:
            body.line(f"all_{name} = {kernel.call('spread', name)}")
        with body.block(f"for column in range(start, whole, {_LANES}):"):
            if letter == "c":
                text = kernel.call("load_lanes", "x", place("column", _LANES), wide.name)
            else:
                text = kernel.call("spread", kernel.read("x[0]", source))
            body.line(f"lanes = {text}")
            body.line(f"folded = {kernel.call(among, 'lanes')}")
            if known:
                names = [f"all_{name}" for name in known]
                body.line(f"scanned = {join(*names, 'local', 'folded')}")
                text = kernel.call("store_lanes", "out", place("column", _LANES), "scanned")
                body.line(text)
            if use == "places":
                text = kernel.call("reached", "lanes", "scanned", "column")
                body.line(f"found = {kernel.call('prefix_maximum', text)}")
                text = kernel.call("join_maximum", kernel.call("spread", "last"), "found")
                body.line(f"found = {text}")
                body.line(kernel.call("store_lanes", "places", "column", "found"))
                body.line(f"last = {kernel.call('last_lane', 'found')}")
            end = kernel.call("first_lane" if backwards else "last_lane", "folded")
            body.line(f"local = {join('local', kernel.call('spread', end))}")
        body.line(f"total = {kernel.call('last_lane', 'local')}")
        with body.block("for column in range(whole, stop):"):
            where = place("column", 1) if letter == "c" else "0"
            body.line(f"value = {kernel.read(f'x[{where}]', source)}")
            body.line(f"total = {join('total', 'value')}")
            if known:
                body.line(f"scan = {join(*known, 'total')}")
                body.line(f"out[{place('column', 1)}] = {kernel.stored('scan', result)}")
            if use == "places":
                body.line("last = column if (value == scan) | (value != value) else last")
                body.line("places[column] = last")
        if use == "totals":
            body.line(f"totals[start // {PIECE}] = total")
        else:
            _bring_forward(kernel, fold, compensated)

    with body.block(f"for start in range(0, columns, {PIECE}):"):
        piece()
    return kernel.text(f"Kernel of a running {fold}, eight elements at once.")


def _bring_forward(kernel: Kernel, fold: str, compensated: bool) -> None:
    """Write how the fold of a piece joins what is known in front of it."""
    if compensated:
        kernel.body.line(f"rest = rest + {kernel.call('sum_rest', 'base', 'total')}")
    kernel.body.line(f"base = {kernel.call(FOLDS[fold].join, 'base', 'total')}")


def write_states(fold: str, source: np.dtype) -> str:
    """Return the source that makes of the folds of all pieces of a row what is known where.

    Its operands are the number of pieces, the fold of each, and for each block the two numbers that
    are known in front of it.
    """
    wide = wide_dtype(source)
    kernel = Kernel(f"states_{fold}", wide)
    body = kernel.body
    start = f"{wide.name}({FOLDS[fold].start[wide.kind]})"
    kernel.functions |= names_in(start)
    compensated = fold == "add" and source == np.float64
    kernel.open("length", np.dtype(np.int64))
    kernel.open("totals", wide)
    kernel.open("states", wide)
    body.line("pieces = length[0]")
    body.line(f"base = {start}")
    body.line(f"rest = {start}")
    with body.block(f"for first in range(0, pieces, {PIECES}):"):
        body.line(f"states[2 * (first // {PIECES})] = base")
        body.line(f"states[2 * (first // {PIECES}) + 1] = rest")
        with body.block(f"for number in range(first, min(first + {PIECES}, pieces)):"):
            body.line("total = totals[number]")
            _bring_forward(kernel, fold, compensated)
    return kernel.text(f"Kernel of the states of a running {fold}.")


def fold_recurrence(fold: str, wide: np.dtype, places: bool) -> Recurrence:
    """Return a running fold as a recurrence; with the last position that reached it, if asked."""
    steps = FOLDS[fold]
    state = {"total": steps.start[wide.kind]}
    lines = [f"total = {steps.join}(total, x)"]
    outputs = {"out": "total"}
    if places:
        state["last"] = "0"
        lines.append(f"last = {wide.name}(row) if (x == total) | (x != x) else last")
        outputs["places"] = "last"
    return Recurrence(f"running_{fold}", ("x",), state, tuple(lines), outputs)


def write_total(fold: str, source: np.dtype, result: np.dtype) -> str:
    """Return the source that folds a few numbers to one, in a fixed order.

    Its operands are how many they are, the numbers, and the result. Floats are added up with the
    rests of the roundings.
    """
    wide = wide_dtype(source)
    kernel = Kernel(f"total_{fold}", wide)
    body = kernel.body
    start = f"{wide.name}({FOLDS[fold].start[wide.kind]})"
    kernel.functions |= names_in(start)
    compensated = fold == "add" and wide.kind == "f"
    kernel.open("length", np.dtype(np.int64))
    kernel.open("x", source)
    kernel.open("out", result)
    body.line("parts = length[0]")
    body.line(f"base = {start}")
    if compensated:
        body.line(f"rest = {start}")
    with body.block("for number in range(parts):"):
        body.line(f"total = {kernel.read('x[number]', source)}")
        _bring_forward(kernel, fold, compensated)
    if compensated:
        body.line("base = base + rest")
    body.line(f"out[0] = {kernel.stored('base', result)}")
    return kernel.text(f"Kernel of a {fold} of the results of blocks.")
