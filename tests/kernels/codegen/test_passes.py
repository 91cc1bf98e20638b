"""Kernels that go over each row several times: their source, and their machine code."""

import re

import numpy as np
import pytest

from lucid.kernels.codegen.framed import Result
from lucid.kernels.codegen.passes import write_passes
from lucid.kernels.expression import apply, differentiate, trace
from lucid.kernels.expression.primitives.rows import row_index, row_length, row_max, row_sum
from lucid.kernels.targets import compiler

F4, I4 = np.dtype("f4"), np.dtype("i4")


def softmax(x):
    powers = apply("exp", x - row_max(x))
    return powers / row_sum(powers)


def normal(x, weight):
    centred = x - row_sum(x) / row_length()
    return centred * apply("rsqrt", row_sum(centred * centred) / row_length() + 1e-5) * weight


def loss(x, target):
    rest = x - row_max(x)
    at_class = row_sum(apply("where", row_index() == target, rest, 0.0))
    return apply("log", row_sum(apply("exp", rest))) - at_class


def written(function, names, kinds, layout, places):
    expression = trace(function, function.__name__, names, (), {}, ())
    results = [Result(place, "add", F4, partial=False) for place in places]
    return write_passes(expression, kinds, layout, results)


SOFTMAX = '''\
"""Kernel of softmax, row by row."""

from math import inf
from numpy import float32, float64, int64
from lucid.kernels.elementary import exp_f32, fold_add, fold_maximum
from lucid.kernels.targets.memory import operand


def softmax(operands, scalars, count):
    frame = operand(operands, 0, count, int64)
    rows = frame[0]
    columns = frame[1]
    x_in = operand(operands, 1, count, float32)
    x_step = frame[2]
    out = operand(operands, 2, count, float32)
    out_step = frame[3]
    kept_0 = operand(operands, 3, count, float32)
    for row in range(rows):
        x_row = row * x_step
        out_row = row * out_step
        row_max = float32(-inf)
        for column in range(columns):
            x = x_in[x_row + column]
            row_max = fold_maximum(row_max, x)
        row_sum = float64(0)
        for start in range(0, columns, 1024):
            row_sum_piece = float32(0)
            stop = min(start + 1024, columns)
            for column in range(start, stop):
                x = x_in[x_row + column]
                t0 = exp_f32(x - row_max)
                kept_0[column] = t0
                row_sum_piece = fold_add(row_sum_piece, t0)
            row_sum = row_sum + float64(row_sum_piece)
        row_sum_rounded = float32(row_sum)
        for column in range(columns):
            kept_0_element = kept_0[column]
            out[out_row + column] = kept_0_element / row_sum_rounded
'''


def test_source_of_softmax():
    kernel = written(softmax, ["x"], [F4], "c", "c")
    assert kernel.source == SOFTMAX
    assert kernel.operands == (np.dtype(np.int64), F4, F4, F4)
    assert kernel.scratch == (F4,)


def test_what_is_one_value_a_row_is_computed_between_the_loops():
    source = written(loss, ["x", "target"], [F4, I4], "c0", "r").source
    # One logarithm a row, at the depth of the loop over rows.
    (line,) = [line for line in source.splitlines() if "log_f32(" in line]
    assert line.startswith("        out[out_row] = log_f32(")
    assert "        target = target_in[target_row]\n" in source
    # What counts in one column alone is read there, without a loop: one for the maximum, one for
    # the sum.
    picked = "        if 0 <= int64(target) < columns:\n            column = int64(target)\n"
    assert picked in source
    assert source.count("for column in range") == 2


def gradient_kernel():
    expression = trace(normal, "normal", ["x", "weight"], (), {}, ())
    derived = differentiate(expression, (True, True))
    results = [Result(place, "add", F4, partial=False) for place in "ck"]
    return write_passes(derived.expression, [F4] * 3, "ccc", results)


@pytest.mark.parametrize(
    "kernel",
    [
        written(softmax, ["x"], [F4], "c", "c"),
        written(loss, ["x", "target"], [F4, I4], "c0", "r"),
        gradient_kernel(),
    ],
    ids=["softmax", "loss", "gradient of a norm"],
)
def test_loops_are_vector_code(kernel):
    text = compiler.compile_kernel(kernel.name, kernel.source).llvm_ir()
    assert not re.findall(r"call .*?@(?!llvm\.|lucid_|numba_)[\w.\"]+\(", text), "calls a function"
    loops = kernel.source.count("for column in range")
    reduced = len(re.findall(r"@llvm\.vector\.reduce\.f\w+\.v\d+f32\(", text))
    folds = kernel.source.count("fold_add(row") + kernel.source.count("fold_maximum(row")
    assert reduced >= folds, f"{reduced} of {folds} folds are vector code"
    assert len(re.findall(r"llvm\.loop\.isvectorized", text)) >= 1
    assert loops >= 2
