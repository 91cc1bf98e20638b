"""One kernel on many groups of arrays is that kernel on each of them."""

import numpy as np
import pytest
from handwritten import F4, axpy_plan
from hypothesis import given, settings
from hypothesis import strategies as st

from lucid.kernels.targets import native

PLAN = axpy_plan()


def groups(sizes):
    numbers = np.random.default_rng(5)
    return tuple(
        (numbers.random(size, np.float32), numbers.random(size, np.float32), np.zeros(size, F4))
        for size in sizes
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([0, 1, 3, 100, 5_000, 70_001, 300_000]), min_size=1, max_size=12),
    st.sampled_from([0, 1, 2, 3]),
)
def test_every_group_is_computed(sizes, threads):
    made = groups(sizes)
    assert native.many(PLAN, threads, (2.5,), made) is True
    for x, y, out in made:
        np.testing.assert_allclose(out, np.float32(2.5) * x + y, rtol=1e-6)


def test_groups_up_to_the_limit_in_pieces():
    most = native.most_groups(3)
    made = groups([20_000 + k for k in range(most)])
    assert native.many(PLAN, 0, (1.0,), made) is True
    for x, y, out in made:
        np.testing.assert_array_equal(out, x + y)
    assert native.many(PLAN, 0, (1.0,), made + made[:1]) is False


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x, y, out: (x, y),
        lambda x, y, out: [x, y, out],
        lambda x, y, out: (x, y, None),
        lambda x, y, out: (x, y.astype(float), out),
        lambda x, y, out: (x, y[::2], out),
        lambda x, y, out: (x, y, out[1:]),
    ],
)
def test_one_bad_group_and_nothing_is_done(spoil):
    first, second = groups([10, 20])
    assert native.many(PLAN, 1, (1.0,), (first, spoil(*second))) is False
    assert not first[2].any()


def test_wrong_arguments():
    (group,) = groups([4])
    assert native.many(PLAN, 1, (1.0,), [group]) is False
    assert native.many(PLAN, 1, (), (group,)) is False
    with pytest.raises(TypeError):
        native.many(PLAN, 1, (None,), (group,))
    with pytest.raises(TypeError):
        native.many(PLAN, "one", (1.0,), (group,))
