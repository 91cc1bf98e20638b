"""Functions without machine code of their own: in kernels they work, in Python they say so."""

import numba
import numpy as np
import pytest

from lucid.kernels.elementary import exp_f32, log_f64
from lucid.kernels.elementary.inlined import Inlined


def test_a_call_from_python_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"exp_f32 is part of compiled functions.*\.py_func"):
        exp_f32(np.float32(1))


def test_no_machine_code_is_made_for_it() -> None:
    function = Inlined(lambda x: x + 1.0, {})
    result = function.overloads
    function.compile((numba.float64,))
    ((_, compiled),) = result.items()
    assert not callable(compiled.entry_point)
    assert compiled.library.get_llvm_str().count("define") == 1


def test_functions_compiled_by_numba_itself_may_call_it() -> None:
    @numba.njit
    def total(values):
        result = 0.0
        for value in values:
            result += log_f64(value)
        return result

    values = np.array([1.0, 2.0, 8.0])
    assert total(values) == pytest.approx(np.log(16.0), rel=1e-15)


def test_a_wrong_type_is_numbas_error() -> None:
    @numba.njit
    def wrong(text):
        return log_f64(text)

    with pytest.raises(numba.core.errors.TypingError):
        wrong("one")
