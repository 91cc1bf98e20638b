"""Expression -> statements of scalar Python, with stable, readable names.

Shared by all targets: a target brings the loads, the stores and the loop around them.
"""

from __future__ import annotations

import keyword
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from lucid.kernels.codegen.emitter import Emitter
from lucid.kernels.errors import DtypeError
from lucid.kernels.expression.dtypes import DType, concrete, storage_dtype
from lucid.kernels.expression.infer import Types
from lucid.kernels.expression.node import Node

__all__ = ["Writer", "identifier", "write_imports"]

#: The dtypes that generated source calls by name.
DTYPE_NAMES = frozenset(
    [f"{kind}int{width}" for kind in ("", "u") for width in (8, 16, 32, 64)]
    + ["float32", "float64", "bool_"]
)
_MEMORY = frozenset({"operand", "single", "scalar"})
_MATH = frozenset({"inf", "nan"})
#: Longest text that is written inside another; beyond it a step gets a name of its own.
_LONGEST = 72
#: Names that generated source uses itself.
_RESERVED = (
    frozenset(["operands", "scalars", "count", "i", "inf", "nan", "min", "range"]) | DTYPE_NAMES
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def names_in(text: str) -> set[str]:
    """Return the identifiers that occur in a piece of source, words of the language left out."""
    return {name for name in _NAME.findall(text) if not keyword.iskeyword(name)}


class Writer:
    """Turns nodes into text, and steps that are used twice into assignments.

    Parameters
    ----------
    types
        The type of every node.
    """

    def __init__(self, types: Types) -> None:
        self._types = types
        # No value may take the name of a function that the source calls.
        self._taken = set(_RESERVED).union(
            *(
                names_in(node.primitive.source(storage_dtype(concrete(wanted[-1]))))
                for node, wanted in types.arguments.items()
                if node.primitive is not None and wanted
            )
        )
        self._text: dict[tuple[Node, np.dtype], str] = {}
        self._steps = -1
        self.functions: set[str] = set()

    def name(self, stem: str) -> str:
        """Return an unused name made from ``stem``."""
        if keyword.iskeyword(stem):
            stem += "_"
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}_{number}"
        self._taken.add(name)
        return name

    def dtype(self, node: Node) -> np.dtype:
        """Return the dtype in which the node is computed."""
        return storage_dtype(concrete(self._types.result[node]))

    def bind(self, node: Node, text: str, dtype: np.dtype | None = None) -> None:
        """Say under which text a node is known in a dtype (a loaded element, a scalar)."""
        self._text[node, dtype or self.dtype(node)] = text

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Forget at the end what became known inside: the values of a loop's body."""
        before = dict(self._text)
        try:
            yield
        finally:
            self._text = before

    def write(
        self,
        order: Sequence[Node],
        roots: Iterable[Node],
        assign: Callable[[str], None],
        named: Collection[Node] = (),
    ) -> None:
        """Write the nodes of ``order`` that are not known yet, in that order.

        A step that ``roots`` or several steps use, that is one of ``named``, or that would make a
        line too long, becomes an assignment, handed to ``assign``.
        """
        uses = Counter(argument for node in order for argument in node.arguments)
        uses.update(roots)
        for node in order:
            dtype = self.dtype(node)
            if (node, dtype) in self._text or node.primitive is None:
                continue
            wanted = self._types.arguments[node]
            arguments = [
                self.read(argument, kind)
                for argument, kind in zip(node.arguments, wanted, strict=True)
            ]
            compute = storage_dtype(concrete(wanted[-1]))
            template = node.primitive.source(compute)
            # The arguments of a call need no parentheses.
            call = template[-1] == ")" and template[0] != "("
            text = template.format(*(arguments if call else map(_atom, arguments)))
            self.functions |= names_in(template)
            if dtype.kind in "iu":
                # Numba computes in int64: the result wraps around at its own width.
                text = self._cast(text, dtype)
            if uses[node] > 1 or node in named or len(text) > _LONGEST:
                self._steps += 1
                name = self.name(f"t{self._steps}")
                assign(f"{name} = {text}")
                text = name
            self._text[node, dtype] = text

    def read(self, node: Node, kind: DType) -> str:
        """Return the text of a node, converted to the type ``kind``."""
        dtype = storage_dtype(concrete(kind))
        if node.is_constant:
            return self._constant(node, dtype)
        found = self._text.get((node, dtype))
        if found is None:
            own = self.dtype(node)
            text = self._text[node, own]
            found = f"{_atom(text)} != 0" if dtype.kind == "b" else self._cast(text, dtype)
            if own.kind == "b" and dtype.kind == "f":
                one, zero = (self._constant_text(value, dtype) for value in (1.0, 0.0))
                found = f"({one} if {text} else {zero})"
            self._text[node, dtype] = found
        return found

    def _cast(self, text: str, dtype: np.dtype) -> str:
        self.functions.add(dtype.name)
        return f"{dtype.name}({text})"

    def _constant(self, node: Node, dtype: np.dtype) -> str:
        assert node.value is not None
        return self._constant_text(node.value, dtype)

    def _constant_text(self, value: bool | int | float, dtype: np.dtype) -> str:
        if dtype.kind == "b":
            return str(bool(value))
        if isinstance(value, float) and not math.isfinite(value):
            text = "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
            self.functions.add(text.lstrip("-"))
        else:
            if dtype.kind in "iu" and not _fits(int(value), dtype):
                raise DtypeError(
                    f"the Python number {value} does not fit into {dtype.name}; "
                    "convert the array to a wider dtype"
                )
            text = repr(float(value) if dtype.kind == "f" else int(value))
        return text if dtype == np.float64 else self._cast(text, dtype)


def identifier(name: str) -> str:
    """Return ``name`` with everything that an identifier can't have replaced."""
    text = "".join(letter if letter.isalnum() else "_" for letter in name)
    return text if text.isidentifier() else f"_{text}"


def write_imports(text: Emitter, names: set[str]) -> None:
    """Write the import lines that bring the names that generated source uses."""
    for room, found in (
        ("math", names & _MATH),
        ("numpy", names & DTYPE_NAMES),
        ("lucid.kernels.elementary", names - _MATH - DTYPE_NAMES - _MEMORY),
        ("lucid.kernels.targets.memory", names & _MEMORY),
    ):
        if found:
            text.line(f"from {room} import {', '.join(sorted(found))}")


def _fits(value: int, dtype: np.dtype) -> bool:
    limits = np.iinfo(dtype)
    return bool(limits.min <= value <= limits.max)


def _atom(text: str) -> str:
    """Put parentheses around a text that is more than one term."""
    if _NAME.fullmatch(text) or re.fullmatch(r"\d[\w.]*", text):
        return text
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and position < len(text) - 1 and not (letter.isalnum() or letter in "_."):
            return f"({text})"
    return text
