import numpy as np
import pytest

from lucid.bench import Pace
from lucid.bench.sides.ours import Ours
from lucid.bench.sides.plain import NumPy
from lucid.kernels import get_num_threads, set_num_threads


@pytest.fixture
def pace():
    return Pace(rounds=1, batch=0.0, settle=0.0)


@pytest.fixture
def sides():
    before = get_num_threads()
    yield [Ours(before), NumPy(before)]
    set_num_threads(before)


@pytest.fixture
def single():
    return np.dtype(np.float32)
