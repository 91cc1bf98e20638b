"""Functions of a row: the built-in ones pass their battery, and the battery finds what is wrong."""

import numpy as np
import pytest

import lucid
from lucid.kernels import Rowwise
from lucid.kernels.errors import TargetError
from lucid.ops import row_functions
from lucid.testing import CheckError, check_rowwise
from tools.mutate_rows import ROW_FAULTS, is_sound

#: Probabilities are not negative.
DOMAINS = {"probability_loss": {"target": (0.0, 1.0)}}


@pytest.mark.parametrize("name", row_functions.__all__)
def test_the_librarys_own(name):
    operation = getattr(row_functions, name)
    report = check_rowwise(operation, domain=DOMAINS.get(name), rows=2, quick=True)
    assert report.points > 40
    assert not report.notes
    assert report.error["float32"] < 64
    assert report.gradient_error["float32"] < 64


@pytest.mark.parametrize("name", ["softmax", "rms_norm"])
def test_float64_second_derivatives_and_halves(name):
    report = check_rowwise(getattr(row_functions, name), dtypes=["float64", "float32"], rows=2)
    assert report.second_error["float64"] < 64


@pytest.mark.parametrize("dtype", ["int32", "uint8"])
@pytest.mark.parametrize("fold", [lucid.kernels.row_sum, lucid.kernels.row_max])
def test_integers(fold, dtype):
    assert check_rowwise(fold, dtypes=[dtype]).points > 40


def test_several_outputs_options_and_what_may_be_left_away():
    @lucid.rowwise
    def moments(x, weight=None, scale=2.0, centre=True):
        weighed = x if weight is None else x * weight
        mean = lucid.row_sum(weighed) / lucid.row_length()
        return weighed - mean if centre else weighed, mean * scale

    for centre in (True, False):
        report = check_rowwise(moments, options={"centre": centre}, rows=2, quick=True)
        assert report.gradient_error["float32"] < 64


def test_what_is_detached_is_constant():
    @lucid.rowwise
    def held(x):
        return x * lucid.detach(lucid.row_sum(x))

    assert check_rowwise(held, quick=True, rows=2).gradient_error


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (lambda g, out, x: out * (g - 1.0001 * lucid.row_sum(g * out)), "the gradient of x"),
        (lambda g, out, x: out * g, "the gradient of x"),
    ],
)
def test_a_wrong_stated_derivative_is_caught(rule, found):
    @lucid.rowwise(derivative=rule)
    def softmax(x):
        powers = lucid.exp(x - lucid.row_max(x))
        return powers / lucid.row_sum(powers)

    with pytest.raises(CheckError, match=found):
        check_rowwise(softmax, dtypes=["float64"], rows=2)


def test_a_step_without_exact_value_is_noted():
    @lucid.rowwise
    def neighbours(x):
        return lucid.row_max(lucid.kernels.nextafter(x, 1.0))

    report = check_rowwise(neighbours, quick=True, rows=2)
    assert any("plain evaluator" in note for note in report.notes)


def test_targets():
    total = Rowwise(lambda x: lucid.row_sum(x), name="total")
    assert check_rowwise(total, targets=["cpu"], quick=True, rows=2).targets == ("cpu",)
    if not lucid.cuda.is_available():
        with pytest.raises(TargetError):
            check_rowwise(total, targets=["cuda"], quick=True)


#: One of each kind; ``python -m tools.mutate`` plants all.
SOME = [
    "a sum of a row ends with its first piece",
    "the largest of a row swallows NaN",
    "negative strides of rows are ignored",
    "the gradient of a broadcast row misses a part",
    "each of several largest gets the whole gradient",
]


@pytest.mark.parametrize("name", SOME)
def test_a_planted_fault_is_caught_and_gone_afterwards(name):
    (fault,) = (fault for fault in ROW_FAULTS if fault.name == name)
    assert fault.caught()
    assert is_sound(fault)


def test_names_of_faults_are_unique():
    names = [fault.name for fault in ROW_FAULTS]
    assert len(names) == len(set(names)) >= 12


def test_an_error_names_the_row():
    @lucid.rowwise(derivative=lambda g, out, x: 2.0 * g)
    def total(x):
        return lucid.row_sum(x)

    with pytest.raises(CheckError, match=r"x=\[.*\(float64\)\n  got .*\n  expected"):
        check_rowwise(total, dtypes=[np.float64])
