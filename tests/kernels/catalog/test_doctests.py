"""The example of every operation, executed."""

import doctest

import numpy as np
import pytest

import lucid
from lucid.kernels import OPERATIONS


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_example(name):
    text = OPERATIONS[name].__doc__
    names = {"np": np, "lucid": lucid}
    test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(test, out=said.append).failed == 0, "".join(said)
