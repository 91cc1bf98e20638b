"""Which kernels there are: every operation and its gradients, in every floating dtype."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import ml_dtypes
import numpy as np

from lucid.kernels import OPERATIONS
from lucid.kernels.codegen.cuda import CudaKernel, Layout
from lucid.kernels.errors import DtypeError, GraphError
from lucid.kernels.expression import infer
from lucid.kernels.expression.dtypes import DType, is_float, is_weak
from lucid.kernels.expression.infer import output_dtypes
from lucid.kernels.launch import Program
from lucid.kernels.launch.device_plan import Plan, side_by_side

__all__ = ["DTYPES", "Case", "cases"]

DTYPES = {
    "float32": np.dtype(np.float32),
    "float64": np.dtype(np.float64),
    "float16": np.dtype(np.float16),
    "bfloat16": np.dtype(ml_dtypes.bfloat16),
    "int64": np.dtype(np.int64),
}
#: Operations of integers, such as random numbers, are compiled for int64 alone.
_INTEGER = "int64"


@dataclass(frozen=True)
class Case:
    """One kernel.

    Attributes
    ----------
    name
        The operation, with an apostrophe for its gradients.
    dtype
        The dtype of its array arguments.
    layout
        ``wide``: operands side by side; ``strided``: three axes that can't be merged.
    kernel
        The generated source.
    primitives
        The primitives that it computes in float32 or less.
    """

    name: str
    dtype: str
    layout: str
    kernel: CudaKernel
    primitives: frozenset[str]


def _layout(program: Program, kinds: tuple[DType, ...], how: str) -> Layout:
    results = _results(program, kinds)
    sizes = [kind.itemsize for kind in (*kinds, *results) if isinstance(kind, np.dtype)]
    return side_by_side(sizes) if how == "wide" else Layout("s" * len(sizes), rank=3)


def _results(program: Program, kinds: tuple[DType, ...]) -> tuple[np.dtype, ...]:
    return output_dtypes(program.expression, infer(program.expression, kinds), kinds)


def _case(name: str, dtype: str, how: str, program: Program, kinds: tuple[DType, ...]) -> Case:
    types = infer(program.expression, kinds)
    layout = _layout(program, kinds, how)
    plan = Plan(program.expression, kinds, _results(program, kinds), layout)
    primitives = frozenset(
        node.primitive.name
        for node, kind in types.result.items()
        if node.primitive is not None and kind != np.dtype(np.float64)
    )
    return Case(name, dtype, how, plan.written, primitives)


def _programs(name: str, dtype: np.dtype) -> Iterator[tuple[str, Program, tuple[DType, ...]]]:
    """Return an operation's program and that of its gradients, with the types of their values."""
    operation = OPERATIONS[name]
    sample = np.empty(0, dtype)
    program, values = operation.bind((sample,) * len(operation.arrays), {})
    kinds = tuple(v.dtype if isinstance(v, np.ndarray) else type(v) for v in values)
    try:
        results = _results(program, kinds)
    except DtypeError:
        return
    yield name, program, kinds
    if not is_float(dtype) or not all(map(is_float, results)):
        return
    try:
        back = program.backward(tuple(not is_weak(kind) for kind in kinds))
    except GraphError:
        return
    sources = {"input": kinds, "output": results, "gradient": results}
    yield f"{name}'", back.program, tuple(sources[kind][k] for kind, k in back.reads)


def cases(names: list[str] | None = None, dtypes: list[str] | None = None) -> Iterator[Case]:
    """Return all kernels of the operations and dtypes that are named, or of all."""
    for name in names or sorted(OPERATIONS):
        floats = [dtype for dtype in DTYPES if dtype != _INTEGER]
        found = [(dtype, list(_programs(name, DTYPES[dtype]))) for dtype in dtypes or floats]
        if not dtypes and not any(programs for _, programs in found):
            found = [(_INTEGER, list(_programs(name, DTYPES[_INTEGER])))]
        for dtype, programs in found:
            for label, program, kinds in programs:
                yield _case(label, dtype, "wide", program, kinds)
                if dtype == "float32":
                    yield _case(label, dtype, "strided", program, kinds)
