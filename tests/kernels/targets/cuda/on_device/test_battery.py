"""Every operation in the simulator, against the plain evaluator, in every dtype and two layouts.

The functions that a kernel calls are there the plain definitions themselves, so that results must
agree in every bit. What is tested is all around them: types, constants, scalars, loads and stores,
layouts, strides, loops.
"""

import contextlib

import ml_dtypes  # noqa: F401  # makes bfloat16 known
import numpy as np
import pytest

from lucid.kernels import OPERATIONS
from lucid.kernels.errors import DtypeError, GraphError
from lucid.kernels.expression.dtypes import is_float
from lucid.kernels.expression.evaluate import evaluate_array
from lucid.kernels.targets import cuda
from lucid.kernels.targets.cuda.stand_in.array import wrap
from lucid.testing.samples import draw

pytestmark = pytest.mark.skipif(
    not cuda.simulated(), reason="a device's functions do not have the bits of the plain ones"
)

#: Operations that choose between programs.
OPTIONS = {
    "clip": {"min": -0.5, "max": 0.5},
    "gelu": {"approximate": "tanh"},
    "isclose": {"equal_nan": True},
    "poisson_nll": {"full": True},
}
#: Dtypes, and those in which their numbers are drawn.
DTYPES = {
    "float32": "float32",
    "float64": "float64",
    "float16": "float16",
    "bfloat16": "float32",
    "int32": "int32",
    "uint8": "int32",
    "bool": "int32",
}


def assert_same_bits(got, wanted, label):
    """Hold two arrays to agree in every bit, NaNs aside."""
    got = got.get()
    assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape), label
    if is_float(got.dtype):
        nan = np.isnan(wanted)
        bits = np.dtype(f"u{got.itemsize}")
        equal = np.ascontiguousarray(got).view(bits) == np.ascontiguousarray(wanted).view(bits)
        assert np.all(np.where(nan, np.isnan(got), equal)), (label, got, wanted)
    else:
        np.testing.assert_array_equal(got, wanted, label)


def placed(arrays, how):
    """Return the arrays on the device, placed in memory in one of two ways."""
    if how == "wide":
        return [cuda.to_device(array) for array in arrays]
    # Three axes that can't be merged, one of them walked backwards; every second array broadcast.
    made = []
    for k, array in enumerate(arrays):
        if k % 2:
            made.append(cuda.to_device(array[:2].reshape(2, 1, 1)))
        else:
            spread = np.zeros((2, 3, 5), array.dtype)
            spread[..., ::-2][..., :2] = array[:12].reshape(2, 3, 2)
            made.append(cuda.to_device(spread)[..., ::-2][..., :2])
    return made


def check(program, values, label):
    for how in ("wide", "strided"):
        device = iter(placed([v for v in values if isinstance(v, np.ndarray)], how))
        given = [next(device) if isinstance(v, np.ndarray) else v for v in values]
        host = [v.get() if cuda.is_device_array(v) else v for v in given]
        results = zip(program.run(given), evaluate_array(program.expression, host), strict=True)
        for k, (got, wanted) in enumerate(results):
            assert_same_bits(got, wanted, f"{label}, {how}, output {k}")


def check_in(name, options, dtype):
    operation = OPERATIONS[name]
    kind = np.dtype(DTYPES[dtype])
    special = draw(operation, kind, 6, special=True)
    arrays = [
        np.concatenate([usual, rare[:6]]).astype(np.dtype(dtype))
        for usual, rare in zip(draw(operation, kind, 7), special, strict=True)
    ]
    program, values = operation.bind(tuple(arrays), options)
    check(program, values, f"{name} {dtype}")
    needs = tuple(isinstance(v, np.ndarray) and is_float(v.dtype) for v in values)
    if not any(needs):
        return
    try:
        back = program.backward(needs)
    except GraphError:  # the third derivative of lgamma
        return
    outputs = evaluate_array(program.expression, values)
    gradients = [out * out.dtype.type(0.75) for out in outputs]
    reads = {"input": values, "output": outputs, "gradient": gradients}
    given = [reads[source][k] for source, k in back.reads]
    check(back.program, given, f"gradients of {name} {dtype}")


def test_elements_that_lie_between_others():
    packed = np.zeros(3, np.dtype([("tag", np.int8), ("value", np.float32)]))
    packed["value"] = [1.0, 2.0, 3.0]
    uneven = wrap(packed["value"])
    assert uneven.strides == (5,)
    for _ in range(2):
        assert OPERATIONS["add"](uneven, uneven).tolist() == [2.0, 4.0, 6.0]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_operation_and_gradients(name):
    done = 0
    for dtype in DTYPES:
        for options in ({}, OPTIONS[name]) if name in OPTIONS else ({},):
            # Some operations are for integers alone, or for floats.
            with contextlib.suppress(DtypeError):
                check_in(name, options, dtype)
                done += 1
    assert done
