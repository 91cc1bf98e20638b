"""Generated source is a product: a few kernels, word for word, and what must hold for all."""

import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucid.kernels.codegen import write_flat
from lucid.kernels.expression import PRIMITIVES, apply, differentiate, trace

F4, F8, I1, BOOL = (np.dtype(c) for c in ("f4", "f8", "i1", "?"))


def expression_of(function, *names, keyword=(), name="kernel"):
    return trace(function, name, names, keyword, {})


SWISH_GATE = '''\
"""Kernel of swish_gate."""

from numpy import float32
from lucid.kernels.elementary import silu_f32, tanh_f32
from lucid.kernels.targets.memory import operand, scalar


def swish_gate(operands, scalars, count):
    x_in = operand(operands, 0, count, float32)
    g_in = operand(operands, 1, count, float32)
    slope = scalar(scalars, 0)
    out = operand(operands, 2, count, float32)
    for i in range(count):
        x = x_in[i]
        g = g_in[i]
        out[i] = silu_f32((float32(slope) * x) + float32(0.1)) * tanh_f32(g)
'''

SWISH_GATE_BACKWARD = '''\
"""Kernel of swish_gate_backward."""

from numpy import float32
from lucid.kernels.elementary import silu_f32, silu_grad_f32, tanh_f32, tanh_grad_f32
from lucid.kernels.targets.memory import operand, scalar


def swish_gate_backward(operands, scalars, count):
    x_in = operand(operands, 0, count, float32)
    g_in = operand(operands, 1, count, float32)
    gradient_in = operand(operands, 2, count, float32)
    slope = scalar(scalars, 0)
    gradient_of_x = operand(operands, 3, count, float32)
    gradient_of_g = operand(operands, 4, count, float32)
    for i in range(count):
        x = x_in[i]
        g = g_in[i]
        gradient = gradient_in[i]
        t0 = (float32(slope) * x) + float32(0.1)
        gradient_of_x[i] = ((gradient * tanh_f32(g)) * silu_grad_f32(t0)) * float32(slope)
        gradient_of_g[i] = (gradient * silu_f32(t0)) * tanh_grad_f32(g)
'''

MIXED = '''\
"""Kernel of mixed."""

from numpy import bool_, float32, float64, int8
from lucid.kernels.targets.memory import operand, scalar, single


def mixed(operands, scalars, count):
    x_in = operand(operands, 0, count, float32)
    y = single(operands, 1, float64)
    n_in = operand(operands, 2, count, int8)
    decay = scalar(scalars, 0)
    out_0 = operand(operands, 3, count, float64)
    out_1 = operand(operands, 4, count, int8)
    out_2 = operand(operands, 5, count, bool_)
    for i in range(count):
        x = x_in[i]
        n = n_in[i]
        out_0[i] = float64(x * float32(1.0 - decay)) + y
        out_1[i] = int8(n * int8(3))
        out_2[i] = 1 if x > float32(0.0) else 0
'''


def swish_gate(x, g, slope):
    return apply("silu", slope * x + 0.1) * apply("tanh", g)


def test_forward():
    expression = expression_of(swish_gate, "x", "g", keyword=["slope"], name="swish_gate")
    assert write_flat(expression, [F4, F4, float], "cc", [F4]).source == SWISH_GATE


def test_backward():
    expression = expression_of(swish_gate, "x", "g", keyword=["slope"], name="swish_gate")
    derived = differentiate(expression, (True, True, False)).expression
    kinds = [F4, F4, float, F4]
    assert write_flat(derived, kinds, "ccc", [F4, F4]).source == SWISH_GATE_BACKWARD


def test_dtypes_broadcast_operands_and_invariants():
    expression = expression_of(
        lambda x, y, n, decay: (x * (1.0 - decay) + y, n * 3, x > 0),
        "x", "y", "n", keyword=["decay"], name="mixed",
    )  # fmt: skip
    written = write_flat(expression, [F4, F8, I1, float], "c0c", [F8, I1, BOOL])
    assert written.source == MIXED
    assert written.operands == (F4, F8, I1, F8, I1, BOOL)


@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_every_primitive_gives_source_that_parses(name):
    primitive = PRIMITIVES[name]
    names = ["x", "y", "z"][: primitive.arity]
    expression = expression_of(lambda *s: apply(name, *s), *names)
    written = 0
    for dtype in (F4, F8, np.dtype("i4"), np.dtype("u1"), BOOL):
        kinds = [BOOL if name == "where" and k == 0 else dtype for k in range(primitive.arity)]
        try:
            source = write_flat(expression, kinds, "c" * len(kinds), [dtype]).source
        except TypeError:  # not defined for this dtype, said by the primitive's type rule
            continue
        ast.parse(source)
        written += 1
    assert written


@given(st.sampled_from(["i", "out", "count", "lambda", "float32", "t0", "exp_f32", "größe", "x y"]))
def test_names_of_arguments_never_clash(name):
    expression = expression_of(lambda a, b: apply("exp", a + b) * (a + b), name, "t1", name=name)
    source = write_flat(expression, [F4, F4], "cc", [F4]).source
    tree = ast.parse(source)
    stored = [
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]
    assert len(stored) == len(set(stored))
    assert not {"exp_f32", "float32", "operand", "operands"} & set(stored)


def test_special_constants():
    expression = expression_of(
        lambda x: apply("where", x > 0, float("-inf"), float("nan")) + 1e300, "x"
    )
    source = write_flat(expression, [F8], "c", [F8]).source
    assert "from math import inf, nan" in source
    assert "-inf" in source
    assert "1e+300" in source
