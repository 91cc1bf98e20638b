"""Scalar functions as expressions: trace, types, derivative, and their plain meaning."""

from lucid.kernels.expression import primitives
from lucid.kernels.expression.derivative import Derivative, differentiate
from lucid.kernels.expression.evaluate import evaluate, evaluate_array
from lucid.kernels.expression.evaluate_rows import evaluate_rows
from lucid.kernels.expression.infer import Types, infer
from lucid.kernels.expression.node import Expression, Node
from lucid.kernels.expression.primitive import PRIMITIVES, Primitive
from lucid.kernels.expression.symbol import Symbol, apply, power
from lucid.kernels.expression.trace import trace

__all__ = [
    "PRIMITIVES",
    "Derivative",
    "Expression",
    "Node",
    "Primitive",
    "Symbol",
    "Types",
    "apply",
    "differentiate",
    "evaluate",
    "evaluate_array",
    "evaluate_rows",
    "infer",
    "power",
    "primitives",
    "trace",
]
