"""What a page says about an operation, gathered from the operation itself."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import lucid
from lucid import nn
from lucid.kernels import Pointwise
from lucid.kernels.errors import DtypeError, LucidError
from lucid.kernels.expression import infer
from lucid.kernels.expression.infer import output_dtypes
from tools.docs.docstring import Docstring, parse

__all__ = ["Record", "gather", "modules_of"]

_MINUS = "\N{MINUS SIGN}"
ACCURACY = Path(__file__).parents[2] / "docs" / "accuracy"


@dataclass(frozen=True)
class Record:
    """An operation as its page shows it.

    Attributes
    ----------
    operation
        The operation.
    name, family
        Its name, and the family that it belongs to.
    signature
        A call with all arguments and their defaults.
    text
        Its docstring in parts.
    facts
        Pairs of a label and a text: domain, kinks, accuracy.
    aliases
        Other names of it.
    modules
        Names of the modules in ``lucid.nn`` that are it.
    dtype
        The dtype for which sources are shown.
    kernel, backward
        Source of the kernel and of the one that computes its gradients, if there are any.
    """

    operation: Pointwise
    name: str
    family: str
    signature: str
    text: Docstring
    facts: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...]
    modules: tuple[str, ...]
    dtype: str
    kernel: str
    backward: str


def gather(operation: Pointwise, family: str, aliases: Mapping[str, str]) -> Record:
    """Return the record of an operation; it compiles nothing."""
    dtype, kernel, backward = _sources(operation)
    return Record(
        operation=operation,
        name=operation.name,
        family=family,
        signature=_signature(operation),
        text=parse(operation.function.__doc__ or ""),
        facts=(*_limits(operation), *_accuracy(operation.name)),
        aliases=tuple(sorted(alias for alias, of in aliases.items() if of == operation.name)),
        modules=modules_of(operation),
        dtype=dtype,
        kernel=kernel,
        backward=backward,
    )


def modules_of(operation: Pointwise) -> tuple[str, ...]:
    """Return the names of the modules that apply an operation."""
    return tuple(
        name for name in nn.__all__ if getattr(getattr(nn, name), "function", None) is operation
    )


def _signature(operation: Pointwise) -> str:
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in operation.signature.parameters.values()
    ]
    # What only kernels use has no name at the top of the library.
    top = getattr(lucid, operation.name, None) is operation
    return f"lucid.{'' if top else 'kernels.'}{operation.name}{inspect.Signature(plain)}"


def _limits(operation: Pointwise) -> list[tuple[str, str]]:
    domains = [
        f"{name} in [{_number(domain[0])}, {_number(domain[1])}]".replace("∞]", "∞)")
        for name, domain in zip(operation.arrays, operation.domain, strict=False)
        if domain is not None
    ]
    facts = [("Domain", ", ".join(domains) or "all real numbers")]
    if operation.kinks:
        facts.append(("Kinks", ", ".join(_number(kink) for kink in operation.kinks)))
    return facts


def _number(value: float) -> str:
    if math.isinf(value):
        return f"{_MINUS}∞" if value < 0 else "∞"
    return f"{value:g}".replace("-", _MINUS)


def _ulp(stored: float | str) -> str:
    """Write an error; JSON has no infinity, so the tool stores it as a text."""
    error = float(stored)
    return "∞" if math.isinf(error) else f"{error:.3f}" if error < 1000 else f"{error:.1e}"


def _accuracy(name: str) -> list[tuple[str, str]]:
    """Return a line for each dtype in which the operation was measured."""
    path = ACCURACY / f"{name}.json"
    if not path.is_file():
        return []
    lines = []
    for dtype, found in json.loads(path.read_text(encoding="utf-8")).items():
        text = (
            f"at most {_ulp(found['lucid']['max_ulp'])} ulp, "
            f"{found['lucid']['correctly_rounded']:.2%} correctly rounded"
        )
        peers = [
            f"{label} {_ulp(found[key]['max_ulp'])}"
            for key, label in (("numpy", "NumPy or SciPy"), ("torch", "PyTorch"))
            if found.get(key)
        ]
        peer = f"; {', '.join(peers)}" if peers else ""
        lines.append((f"Accuracy, {dtype}", f"{text} ({found['inputs']}{peer})"))
    return lines


def _sources(operation: Pointwise) -> tuple[str, str, str]:
    """Return a dtype that the operation takes, and its kernels for arrays of it."""
    for dtype in ("float32", "int32"):
        sample = np.empty(0, dtype)
        program, values = operation.bind((sample,) * len(operation.arrays), {})
        kinds = [v.dtype if isinstance(v, np.ndarray) else type(v) for v in values]
        try:
            kernel = operation.source("cpu", dtype)
            results = output_dtypes(program.expression, infer(program.expression, kinds), kinds)
        except DtypeError:
            continue
        return dtype, kernel.strip(), _backward(program, values, kinds, results)
    # Mixed arguments, a float and a seed: no one dtype fits.
    return "", "", ""


def _backward(program: Any, values: Any, kinds: list[Any], results: Any) -> str:
    if any(result.kind != "f" for result in results):
        return ""
    try:
        back = program.backward(tuple(isinstance(value, np.ndarray) for value in values))
    except LucidError:
        return ""
    known = {"input": kinds, "output": results, "gradient": results}
    source: str = back.program.source(tuple(known[kind][place] for kind, place in back.reads))
    return source.strip()
