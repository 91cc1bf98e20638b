"""Every operation of the catalogue through the battery, and against NumPy and SciPy."""

import os

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import lucid
from lucid import kernels
from lucid.kernels import FAMILIES, OPERATIONS
from lucid.testing import arrays_for, assert_close, check_pointwise, draw

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"

#: Operations that choose between programs: each choice is tested.
OPTIONS = {
    "gelu": [{"approximate": "tanh"}],
    "geglu": [{"approximate": "tanh"}],
    "isclose": [{"equal_nan": True}],
    "logit": [{"eps": 0.125}],
    "clip": [{"min": -0.5}, {"max": 0.5}, {"min": -0.5, "max": 0.5}],
    "nan_to_num": [{"nan": 1.0, "posinf": 2.0, "neginf": -2.0}],
    "kl_div": [{"log_target": True}],
    "poisson_nll": [{"log_input": False}, {"full": True}],
    "gaussian_nll": [{"full": True}],
}
CHOICES = [(name, {}) for name in sorted(OPERATIONS)] + [
    (name, options) for name, choices in OPTIONS.items() for options in choices
]


@pytest.mark.parametrize(("name", "options"), CHOICES, ids=lambda value: str(value))
def test_the_battery_passes(name, options):
    quick = {} if THOROUGH else {"points": 8, "quick": True}
    report = check_pointwise(OPERATIONS[name], options=options, **quick)
    if name not in FAMILIES["optimizer"]:  # their roots of 0 have no gradient, and need none
        assert not [note for note in report.notes if "NaN" in note]


#: Independent references: NumPy's ufuncs of the same name, SciPy's special functions.
REFERENCES = {
    **{
        name: getattr(np, alias)
        for name, alias in [
            *((name, name) for name in OPERATIONS if isinstance(getattr(np, name, None), np.ufunc)),
            *(
                (OPERATIONS[name].name, alias)
                for alias, name in kernels.ALIASES.items()
                # NumPy's fabs and rint make floats of integers.
                if alias not in ("fabs", "rint") and isinstance(getattr(np, alias, None), np.ufunc)
            ),
        ]
    },
    **{
        name: getattr(scipy.special, theirs)
        for name, theirs in {
            "digamma": "digamma", "entr": "entr", "erf": "erf", "erfc": "erfc", "erfinv": "erfinv",
            "lgamma": "gammaln", "log_ndtr": "log_ndtr", "logit": "logit", "ndtr": "ndtr",
            "ndtri": "ndtri", "sigmoid": "expit", "log_sigmoid": "log_expit", "xlogy": "xlogy",
            "xlog1py": "xlog1py", "exp10": "exp10",
        }.items()
    },
    "sinc": np.sinc,
    "where": np.where,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_against_an_independent_reference(name, every_target):
    operation = OPERATIONS[name]
    try:
        arrays = draw(operation, "float64", 500)
        with np.errstate(all="ignore"):
            expected = REFERENCES[name](*arrays)
    except TypeError:
        arrays = draw(operation, "int64", 500)
        with np.errstate(all="ignore"):
            expected = REFERENCES[name](*arrays)
    found = operation(*arrays)
    assert found.dtype == expected.dtype
    if name in ("bitwise_left_shift", "bitwise_right_shift", "pow") and arrays[0].dtype.kind == "i":
        return  # NumPy refuses or does not define negative counts
    # SciPy is good to some 1e-13 near zeros of its functions.
    assert_close(found, expected, rtol=3e-13, atol=1e-14, inputs=arrays, what=name)


@pytest.mark.parametrize("dtype", ["bool", "int32", "uint64"])
@pytest.mark.parametrize("name", sorted(n for n in REFERENCES if n in dir(np)))
def test_integer_dtypes_are_numpys(name, dtype):
    operation, ufunc = OPERATIONS[name], REFERENCES[name]
    arrays = draw(operation, dtype, 50)
    if name == "pow" or "shift" in name:
        arrays = (arrays[0], (arrays[1] % 4).astype(arrays[1].dtype))
    try:
        with np.errstate(all="ignore"):
            expected = ufunc(*arrays)
        found = operation(*arrays)
    except TypeError:
        return  # not defined for the dtype, on one side at least
    if name in ("reciprocal", "deg2rad", "rad2deg", "heaviside") or (
        dtype == "bool" and expected.dtype == np.int8
    ):
        return  # NumPy divides integers, makes float16 of bool, and counts with bool in int8
    assert found.dtype == expected.dtype, name
    if expected.dtype.kind in "biu":
        np.testing.assert_array_equal(found, expected)
    elif expected.dtype != np.float16:
        rtol = 1e-6 if expected.dtype.itemsize == 4 else 1e-13
        assert_close(found, expected, rtol=rtol, atol=1e-15)


@given(data=st.data(), name=st.sampled_from(["add", "maximum", "hypot", "where", "multiply"]))
def test_broadcasting_and_layouts_by_property(data, name):
    operation = OPERATIONS[name]
    arrays = data.draw(arrays_for(operation, dtypes=["float64"]))
    before = [array.copy() for array in arrays]
    with np.errstate(all="ignore"):
        expected = REFERENCES[name](*arrays)
    for target in ("cpu", "parallel"):
        found = operation(*arrays, target=target)
        assert np.shape(found) == np.shape(expected)
        assert_close(found, expected, rtol=1e-15)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_an_operation_made_at_run_time_gets_everything():
    @lucid.pointwise(kinks=(0.0,))
    def bent(x, slope=0.5):
        """Two lines."""
        return kernels.where(x > 0, x, slope * x)

    report = check_pointwise(bent, points=10)
    assert report.error["float32"] <= 0.5
    assert report.gradient_error.keys() == {"float32", "float64"}
    assert "def bent" in bent.source(dtype=np.float32)
    np.testing.assert_allclose(bent.derivative(np.array([-1.0, 1.0])), [0.5, 1.0])
