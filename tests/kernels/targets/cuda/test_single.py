"""The float32 functions of devices that are written here, on the CPU, against float64."""

import contextlib

import numba
import numpy as np
import pytest

from lucid.kernels import elementary
from lucid.kernels.codegen.scalar import names_in
from lucid.kernels.errors import DtypeError
from lucid.kernels.expression import PRIMITIVES
from lucid.kernels.expression.dtypes import storage_dtype
from lucid.kernels.targets.cuda import functions, single

#: What calls CUDA's device library can't run on a CPU.
OWN = [
    "gelu_tanh",
    "gelu_tanh_grad",
    "log_sigmoid",
    "logaddexp",
    "logaddexp2",
    "mish",
    "mish_grad",
    "ndtr_grad",
    "sigmoid_grad",
    "silu_grad",
    "softplus",
    "tanh_grad",
]
SPECIAL = np.float32([0.0, -0.0, np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-45, 1.0, -1.0])
#: Where the derivative of a function that tends to x has its larger term.
TERMS = ("mish_grad", "silu_grad", "gelu_tanh_grad")


def evaluate(name, *arrays):
    function = getattr(single, f"{name}_f32")
    if len(arrays) == 1:
        compiled = numba.vectorize(["float32(float32)"])(lambda x: function(x))
    else:
        compiled = numba.vectorize(["float32(float32, float32)"])(lambda x, y: function(x, y))
    with np.errstate(all="ignore"):
        return compiled(*arrays)


def defined(name, *arrays):
    """Return the plain definition's results, in float64."""
    with np.errstate(all="ignore"):
        wide = [array.astype(np.float64) for array in arrays]
        return np.array([PRIMITIVES[name].plain(*point) for point in zip(*wide, strict=True)])


def arguments(name, special):
    random = np.random.default_rng(5)
    values = np.concatenate(
        [
            random.normal(0, 3, 1500),
            random.uniform(-110, 110, 1500),
            np.exp(random.uniform(-60, 5, 1000)) * random.choice([-1, 1], 1000),
        ]
    ).astype(np.float32)
    values = SPECIAL if special else values
    if PRIMITIVES[name].arity == 1:
        return (values,)
    first, second = np.meshgrid(values[:80], values[:80])
    return first.ravel(), second.ravel()


@pytest.mark.parametrize("name", OWN)
def test_error_is_below_the_stated_one(name):
    arrays = arguments(name, special=False)
    expected = defined(name, *arrays)
    scale = np.maximum(np.abs(expected), 2.0**-126)
    if name.startswith("logaddexp"):
        # The larger term of the sum: where they cancel, an ulp of the result says nothing.
        scale = np.maximum(scale, np.abs(np.maximum(*arrays).astype(np.float64)))
    if name in TERMS:
        # Near the root on the left both terms are about this large.
        scale = np.where((arrays[0] < 0) & (arrays[0] > -2), np.maximum(scale, 0.15), scale)
    errors = np.abs(evaluate(name, *arrays) - expected) / np.spacing(scale.astype(np.float32))
    worst = int(np.argmax(errors))
    assert errors[worst] <= single.ULPS[name] + 0.1, [array[worst] for array in arrays]


@pytest.mark.parametrize("name", OWN)
def test_special_values(name):
    arrays = arguments(name, special=True)
    got, wanted = evaluate(name, *arrays), defined(name, *arrays).astype(np.float32)
    np.testing.assert_allclose(got, wanted, rtol=1e-6)
    zero = wanted == 0
    np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(wanted[zero]))


def test_every_replacement_states_its_error():
    names = {name.removesuffix("_f32") for name in single.__all__}
    assert names == set(single.ULPS)
    assert single.IN_FLOAT64.keys() <= PRIMITIVES.keys()
    assert not single.IN_FLOAT64.keys() & single.ULPS.keys()


def test_every_primitive_has_a_function_on_devices():
    for primitive in PRIMITIVES.values():
        for kind in ("float32", "float64", "int64", "uint64", "bool"):
            with contextlib.suppress(DtypeError):
                wanted, _ = primitive.infer((np.dtype(kind),) * primitive.arity)
                # Some primitives of rows have no arguments, and no place in a kernel of elements.
                template = primitive.source(storage_dtype(wanted[-1])) if wanted else ""
                for name in names_in(template):
                    assert getattr(functions, name), (primitive, kind)
    assert functions.erf_f32 is single.erf_f32
    assert functions.exp_f32 is elementary.exp_f32
    with pytest.raises(AttributeError, match="no_such_function"):
        functions.no_such_function  # noqa: B018


def test_the_size_of_which_an_ulp_is_meant():
    assert single.error_of("gelu", [1.0]) == (single.ULPS["gelu"], 0.0)
    assert single.error_of("exp", [1.0]) == (1, 0.0)
    assert single.error_of("silu_grad", [-1.3]) == (single.ULPS["silu_grad"], 0.2)
    assert single.error_of("silu_grad", [-20.0])[1] == 0.0
    assert single.error_of("logaddexp", [-3.0, -7.0])[1] == 3.0
