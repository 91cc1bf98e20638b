"""Special values where a function levels off: rounding behind a cancellation is no fault."""

import numpy as np
import pytest

import lucid
from lucid.testing import CheckError, check_pointwise
from lucid.testing.reference import check_plain


@lucid.pointwise
def gate(x, y, state):
    new = lucid.tanh(y)
    return new + lucid.sigmoid(x) * (state - new)


POINT = tuple(np.array([v]) for v in (20.0, -np.inf, -0.0))


def test_a_cancellation_at_infinity_is_judged_by_the_exact_value():
    assert check_pointwise(gate, dtypes=["float64"], quick=True).name == "gate"


@pytest.mark.parametrize("off", [0.0, 1e-16, 1e-12])
def test_a_fault_there_is_still_found(off, monkeypatch):
    program, values = gate.bind(POINT, {})
    run = type(program).run

    def shifted(self, *args, **kwargs):
        return tuple(result + off for result in run(self, *args, **kwargs))

    monkeypatch.setattr(type(program), "run", shifted)
    if off < 1e-15:
        check_plain(program, values)
    else:
        with pytest.raises(CheckError, match="y=-inf"):
            check_plain(program, values)
