import sys

import pytest

from lucid.kernels.targets.cuda import problem
from tools.gpu_check.__main__ import main


@pytest.mark.skipif(problem() is None, reason="there is a GPU here; tests/cuda has its tests")
def test_without_a_gpu_it_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gpu_check"])
    assert main() == 2
    assert str(problem()) in capsys.readouterr().err
