"""The mutation tool: faults are caught, and nothing else is."""

import pytest

from lucid.kernels import Pointwise
from lucid.testing import check_pointwise
from tools.mutate import FAULTS, is_caught

#: One of each kind; ``python -m tools.mutate`` plants all.
SOME = [
    "derivative of sin times 1.001",
    "a dead branch is not guarded",
    "a bound made exclusive",
    "maximum swallows NaN",
    "negative strides are ignored",
    "an input is written to",
]


@pytest.mark.parametrize("name", SOME)
def test_a_planted_fault_is_caught_and_gone_afterwards(name):
    (fault,) = (fault for fault in FAULTS if fault.name == name)
    assert is_caught(fault)
    sound = Pointwise(fault.function, name="sound", domain=fault.domain)
    report = check_pointwise(sound, dtypes=fault.dtypes, points=8)
    assert not any("NaN" in note for note in report.notes)


def test_there_are_enough_faults_and_their_names_are_unique():
    names = [fault.name for fault in FAULTS]
    assert len(names) == len(set(names)) >= 30
