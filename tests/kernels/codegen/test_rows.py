"""Kernels that fold: their source, and that it becomes vector code."""

import platform
import re

import numpy as np
import pytest

from lucid.kernels.codegen import Result, write_rows
from lucid.kernels.expression import differentiate, trace
from lucid.kernels.targets.compiler import compile_kernel

F4 = np.dtype("f4")

LAYER = '''\
"""Kernel of layer that folds."""

from math import inf
from numpy import float32, float64, int64
from lucid.kernels.elementary import fold_add, fold_maximum
from lucid.kernels.targets.memory import operand


def layer(operands, scalars, count):
    frame = operand(operands, 0, count, int64)
    rows = frame[0]
    columns = frame[1]
    last = frame[2]
    x_in = operand(operands, 1, count, float32)
    x_step = frame[3]
    w_in = operand(operands, 2, count, float32)
    w_step = frame[4]
    out_0 = operand(operands, 3, count, float32)
    out_0_step = frame[5]
    out_1 = operand(operands, 4, count, float32)
    out_1_step = frame[6]
    out_2 = operand(operands, 5, count, float32)
    out_3 = operand(operands, 6, count, float32)
    for column in range(columns):
        out_2[column] = float32(0)
    out_3_total = float32(-inf)
    for row in range(rows):
        x_row = row * x_step
        w_row = row * w_step
        w = w_in[w_row]
        out_0_row = row * out_0_step
        out_1_total = float64(0)
        width = columns if row < rows - 1 else last
        for start in range(0, width, 1024):
            out_1_piece = float32(0)
            out_3_piece = float32(-inf)
            for column in range(start, min(start + 1024, width)):
                x = x_in[x_row + column]
                t0 = x * w
                out_0[out_0_row + column] = t0
                out_1_piece = fold_add(out_1_piece, t0)
                out_2[column] = fold_add(out_2[column], x)
                out_3_piece = fold_maximum(out_3_piece, w)
            out_1_total = out_1_total + float64(out_1_piece)
            out_3_total = fold_maximum(out_3_total, out_3_piece)
        out_1[row * out_1_step] = float32(out_1_total)
    out_3[0] = out_3_total
'''


def layer(x, w):
    return x * w, x * w, x, w


def test_source_word_for_word():
    results = [
        Result("c", "add", F4, False),
        Result("r", "add", F4, False),
        Result("k", "add", F4, True),
        Result("s", "maximum", F4, False),
    ]
    expression = trace(layer, "layer", ("x", "w"), (), {})
    written = write_rows(expression, (F4, F4), "c0", results)
    assert written.source == LAYER
    assert written.operands == (np.dtype(np.int64), *[F4] * 6)


def test_arguments_may_have_the_names_that_the_source_uses():
    names = ("min", "range", "frame", "rows", "row", "width", "start", "x_step", "x")
    expression = trace(lambda *values: sum(values), "total", names, (), {})
    written = write_rows(expression, (F4,) * 9, "c" * 9, [Result("r", "add", F4, False)])
    assert compile_kernel(written.name, written.source).address


def test_partial_results_stay_in_the_dtype_of_the_totals():
    wide = {place: Result(place, "add", F4, True).memory for place in "crks"}
    assert wide == {"c": F4, "r": np.float64, "k": F4, "s": np.float64}
    assert Result("r", "maximum", F4, True).memory == F4
    assert Result("k", "add", np.dtype("f2"), True).memory == F4


if platform.machine() in ("x86_64", "AMD64"):
    CALL = re.compile(r"^\s+callq?\s", re.MULTILINE)
    PACKED = r"^\s+v?{}p[sd]\s.*%([xyz]mm\d+)$"
    NAMES = {"add": "add", "maximum": "max", "multiply": "mul"}
elif platform.machine() in ("aarch64", "arm64"):
    CALL = re.compile(r"^\s+blr?\s", re.MULTILINE)
    PACKED = r"^\s+f{}\s+(v\d+)\.[24][sd],"
    NAMES = {"add": "add", "maximum": "max(?:nm)?", "multiply": "mul"}
else:
    pytest.skip(f"no pattern for {platform.machine()}", allow_module_level=True)


def loops(text):
    """Split assembly into the pieces between labels."""
    return re.split(r"^\.?L\S+:", text, flags=re.MULTILINE)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("place", ["r", "s"])
@pytest.mark.parametrize("fold", ["add", "maximum"])
def test_a_fold_has_several_totals_side_by_side(fold, place, dtype):
    kind = np.dtype(dtype)
    expression = trace(lambda x: x, "same", ("x",), (), {})
    written = write_rows(expression, (kind,), "c", [Result(place, fold, kind, False)])
    text = compile_kernel(written.name, written.source).assembly()
    assert not CALL.search(text)
    pattern = re.compile(PACKED.format(NAMES[fold]), re.MULTILINE)
    assert max(len(set(pattern.findall(loop))) for loop in loops(text)) >= 4


def test_a_folded_backward_is_vector_code():
    forward = trace(lambda x, b: (x + b) / (1.0 + (x + b) * (x + b)), "bump", ("x", "b"), (), {})
    backward = differentiate(forward, (True, True)).expression
    results = [Result("c", "add", F4, False), Result("k", "add", F4, True)]
    written = write_rows(backward, (F4,) * len(backward.inputs), "ccc", results)
    text = compile_kernel(written.name, written.source).assembly()
    called = re.findall(r"^\s+(?:callq?|blr?)\s+(\S+)", text, re.MULTILINE)
    # Totals begin at zero: LLVM fills them with the C library's memset.
    assert len(called) <= 1
    product = re.compile(PACKED.format("mul"), re.MULTILINE)
    assert max(len(product.findall(loop)) for loop in loops(text)) >= 2
