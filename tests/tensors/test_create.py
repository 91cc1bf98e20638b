import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lucid
from lucid.kernels.errors import DtypeError, ShapeError


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        ([1.0, 2.0], np.float32),
        ([1, 2], np.int64),
        ([1, 2.0], np.float32),
        ([True, False], np.bool_),
        ([], np.float32),
        ([[]], np.float32),
        (1.5, np.float32),
        (3, np.int64),
        (True, np.bool_),
        ((1.0, 2.0), np.float32),
        (range(3), np.int64),
        (np.float64(1.0), np.float64),
        (np.ones(2), np.float64),
        (np.ones(2, np.float16), np.float16),
        (np.ones(2, np.int8), np.int8),
        (np.ones(2, ">f4"), np.float32),
        ([np.ones(2), np.ones(2)], np.float64),
        ([np.float64(1.0)], np.float64),
    ],
)
def test_dtypes(data, dtype):
    x = lucid.tensor(data)
    assert x.dtype == dtype
    assert x.dtype.isnative
    np.testing.assert_array_equal(x.numpy(), np.asarray(data))
    assert lucid.Tensor(data, dtype="float64").dtype == np.float64


@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int32, np.bool_]), hnp.array_shapes(min_side=0)
    )
)
def test_copies_and_shared_memory(x):
    copy, shared = lucid.tensor(x), lucid.from_numpy(x)
    assert not np.shares_memory(copy.numpy(), x)
    assert x.size == 0 or np.shares_memory(shared.numpy(), x)
    assert lucid.asarray(shared) is shared
    assert np.asarray(shared) is not None
    for t in (copy, shared, lucid.tensor(shared), lucid.asarray(x)):
        assert t.shape == x.shape
        assert t.dtype == x.dtype
        np.testing.assert_array_equal(np.asarray(t), x)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: lucid.tensor([[1, 2], [3]]), ShapeError, "same length"),
        (lambda: lucid.tensor(["a"]), DtypeError, "<U1"),
        (lambda: lucid.tensor(1j), DtypeError, "complex128"),
        (lambda: lucid.tensor(None), DtypeError, "object"),
        (lambda: lucid.tensor([1.0], dtype="quaternion"), DtypeError, "'quaternion' is no dtype"),
        (lambda: lucid.tensor([1.0], dtype=complex), DtypeError, "complex128 is not supported"),
        (lambda: lucid.tensor([True], requires_grad=True), DtypeError, "this one is bool"),
        (lambda: lucid.zeros(2, dtype=int, requires_grad=True), DtypeError, "zeros"),
        (lambda: lucid.from_numpy([1.0]), DtypeError, "got list"),
        (lambda: lucid.arange(0, 1, 0), ShapeError, "step"),
        (lambda: lucid.randint(3, 3, (2,)), ShapeError, "low=3"),
        (lambda: lucid.randn(2, dtype=int), DtypeError, "randn"),
        (lambda: lucid.manual_seed(-1), DtypeError, "-1 is no seed"),
        (lambda: lucid.Generator("a"), DtypeError, "'a' is no seed"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_filled():
    for made, expected in (
        (lucid.zeros(2, 3), np.zeros((2, 3))),
        (lucid.ones((2, 3)), np.ones((2, 3))),
        (lucid.full((2, 3), 7.0), np.full((2, 3), 7.0)),
        (lucid.full(3, True), np.full(3, True)),
        (lucid.eye(2, 3), np.eye(2, 3)),
        (lucid.arange(2, 10, 3), np.arange(2, 10, 3)),
        (lucid.arange(1.0, 0.0, -0.25), np.arange(1.0, 0.0, -0.25)),
        (lucid.linspace(-1, 1, 7), np.linspace(-1, 1, 7)),
        (lucid.zeros(()), np.zeros(())),
    ):
        assert made.shape == expected.shape
        np.testing.assert_allclose(made.numpy(), expected, rtol=1e-6)
    assert lucid.zeros(2).dtype == np.float32
    assert lucid.full((), 2).dtype == np.int64
    assert lucid.arange(3).dtype == np.int64
    assert lucid.arange(3.0).dtype == np.float32
    assert lucid.ones(2, requires_grad=True).requires_grad


def test_like():
    x = lucid.ones(2, 3, dtype=np.float64)
    for name in ("zeros_like", "ones_like", "empty_like"):
        made = getattr(lucid, name)(x)
        assert made.shape == x.shape
        assert made.dtype == x.dtype
    assert lucid.full_like(x, 2, dtype=np.int32).dtype == np.int32
    assert lucid.zeros_like(np.ones(2)).shape == (2,)
    assert lucid.ones_like(x, requires_grad=True).is_leaf


def test_same_seed_same_numbers():
    def draw():
        lucid.manual_seed(3)
        return [
            lucid.rand(3),
            lucid.randn(3, dtype=np.float64),
            lucid.randint(0, 100, (3,)),
            lucid.randperm(5),
            lucid.uniform(-1, 1, 3),
            lucid.normal(5, 2, (3,)),
            lucid.randn(2, dtype=np.float16),
        ]

    for first, second in zip(draw(), draw(), strict=True):
        np.testing.assert_array_equal(first.numpy(), second.numpy())
        assert first.dtype == second.dtype


def test_generator_state():
    generator = lucid.Generator(1)
    lucid.rand(3, generator=generator)
    state = generator.get_state()
    first = lucid.randn(4, generator=generator)
    generator.set_state(state)
    np.testing.assert_array_equal(first.numpy(), lucid.randn(4, generator=generator).numpy())
    child = generator.spawn()
    assert (lucid.rand(4, generator=child) != lucid.rand(4, generator=generator)).any()
    with pytest.raises(lucid.kernels.errors.StateError, match="no state"):
        generator.set_state({"state": 1})
    assert lucid.manual_seed(0) is lucid.default_generator()


def test_distributions():
    generator = lucid.Generator(0)
    x = lucid.rand(100_000, generator=generator).numpy()
    assert x.min() >= 0
    assert x.max() < 1
    assert abs(x.mean() - 0.5) < 0.01
    x = lucid.normal(3.0, 2.0, 100_000, generator=generator).numpy()
    assert abs(x.mean() - 3) < 0.05
    assert abs(x.std() - 2) < 0.05
    x = lucid.uniform(-2.0, 4.0, 100_000, generator=generator).numpy()
    assert abs(x.mean() - 1) < 0.05
    counts = np.bincount(lucid.randint(2, 5, 30_000, generator=generator).numpy())
    assert counts[:2].sum() == 0
    assert (abs(counts[2:] - 10_000) < 500).all()
