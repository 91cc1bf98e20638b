"""The source of CUDA kernels, which can be seen without a device."""

import numpy as np
import pytest

import lucid
from lucid import kernels
from lucid.kernels import OPERATIONS
from lucid.kernels.codegen.cuda import Layout, write_cuda
from lucid.kernels.expression import PRIMITIVES

F4, F8 = np.dtype(np.float32), np.dtype(np.float64)

HARD_SIGMOID = '''\
"""CUDA kernel of hard_sigmoid."""

from numba import cuda
from numpy import float32
from lucid.kernels.targets.cuda.functions import advance, clip, inlined, load_4, store_4


@inlined
def element(x, slope, offset):
    return clip((slope * x) + offset, float32(0.0), float32(1.0))


def hard_sigmoid(x_in, out, slope, offset, count):
    first = cuda.grid(1)
    step = cuda.gridsize(1)
    i = first
    while i < count // 4:
        x_4 = load_4(x_in, i)
        out_0 = element(x_4[0], slope, offset)
        out_1 = element(x_4[1], slope, offset)
        out_2 = element(x_4[2], slope, offset)
        out_3 = element(x_4[3], slope, offset)
        store_4(out, i, (out_0, out_1, out_2, out_3))
        i = advance(i, step)
    i = first + count // 4 * 4
    if i < count:
        out[i] = element(x_in[i], slope, offset)
'''

STRIDED = """\
def subtract(x_in, y_in, out, x_in_stride_0, x_in_stride_1, size_1, count):
    y = y_in[0]
    first = cuda.grid(1)
    step = cuda.gridsize(1)
    i = first
    while i < count:
        k_0, k_1 = split(int32(i), size_1)
        out[i] = element(x_in[k_0 * x_in_stride_0 + k_1 * x_in_stride_1], y)
        i = advance(i, step)
"""


def written(operation, kinds, layout, **options):
    program, values = operation.bind(tuple(np.empty(0, kind) for kind in kinds), options)
    types = tuple(v.dtype if isinstance(v, np.ndarray) else type(v) for v in values)
    results = program.signature(types, None).results
    return write_cuda(program.expression, types, layout, results)


def test_a_wide_kernel():
    assert lucid.hard_sigmoid.source(target="cuda") == HARD_SIGMOID
    kernel = written(kernels.hard_sigmoid, [F4], Layout("cc", width=4))
    assert kernel.parameters == ("float32*", "float32*", "float32", "float32", "int64")


def test_a_strided_kernel():
    kernel = written(kernels.subtract, [F4, F4], Layout("s0c", rank=2))
    assert kernel.source.endswith(STRIDED)
    assert kernel.parameters == (*["float32*"] * 3, "int64", "int64", "int32", "int64")


def test_large_arrays_are_walked_through_in_64_bits():
    kernel = written(kernels.negative, [F4], Layout("ss", rank=2, long=True))
    assert "split(int64(i), size_1)" in kernel.source
    assert kernel.parameters[-2:] == ("int64", "int64")


@pytest.mark.parametrize(
    ("dtype", "pointer", "width"),
    [("float64", "float64*", 2), ("float32", "float32*", 4), ("float16", "uint16*", 8)],
)
def test_a_thread_loads_sixteen_bytes(dtype, pointer, width):
    source = kernels.exp.source(target="cuda", dtype=dtype)
    assert f"load_{width}(x_in, i)" in source
    kernel = written(kernels.exp, [np.dtype(dtype)], Layout("cc", width=width))
    assert kernel.parameters[0] == pointer


def test_halves_are_storage():
    source = kernels.negative.source(target="cuda", dtype=np.float16)
    assert "x = from_float16(x)" in source
    assert "return float16_bits(-x)" in source


def test_booleans_are_bytes():
    kernel = written(kernels.less, [F4, F4], Layout("ccc"))
    assert "return uint8(1 if x < y else 0)" in kernel.source
    assert kernel.parameters[2] == "uint8*"


def test_scalars_are_computed_on_the_host_in_the_dtype_of_the_kernel():
    @lucid.pointwise
    def correct(x, beta=0.9, steps=3):
        return x / (1.0 - beta**steps) * (2.0 * 3.0)

    kernel = written(correct, [F4], Layout("cc"))
    assert "return (x / c) * float32(6.0)" in kernel.source
    (scalar,) = kernel.scalars
    assert scalar.dtype == F4
    assert kernel.parameters == ("float32*", "float32*", "float32", "int64")
    assert written(correct, [F8], Layout("cc")).scalars[0].dtype == F8


def test_several_outputs_are_stored_after_all_is_computed():
    program = kernels.hypot.bind((np.empty(0, F4),) * 2, {})[0].backward((True, True)).program
    count = len(program.expression.inputs)
    layout = Layout("c" * (count + 2))
    source = write_cuda(program.expression, (F4,) * count, layout, (F4, F4)).source
    call = source.index("gradient_of_x_0, gradient_of_y_0 = element(")
    assert call < source.index("gradient_of_x[i] = ") < source.index("gradient_of_y[i] = ")


def test_names_of_arguments_do_not_hide_those_of_the_kernel():
    @lucid.pointwise
    def clash(cuda, element, count=2.0, step=3.0):
        return cuda * element + count * step * cuda

    source = clash.source(target="cuda")
    header = source.partition("def clash(")[2].partition(")")[0].split(", ")
    assert len(set(header)) == len(header)
    assert not {"cuda", "element", "step"} & set(header)
    compile(source, "clash", "exec")


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_has_a_source(name):
    operation = OPERATIONS[name]
    dtype = np.int64 if name.startswith(("bitwise", "random")) else np.float32
    compile(operation.source(target="cuda", dtype=dtype), name, "exec")


def test_every_primitive_has_a_function_in_the_simulator():
    from lucid.kernels.codegen.scalar import names_in
    from lucid.kernels.targets.cuda.simulated_functions import function

    for primitive in PRIMITIVES.values():
        for kind in ("float32", "float64", "int64", "uint64", "bool"):
            template = primitive.source(np.dtype(kind))
            for name in names_in(template):
                assert callable(function(name)), (primitive, kind)
