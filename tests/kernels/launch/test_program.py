"""Shapes, strides, dtypes, out and overlap: held against the plain evaluator and NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lucid.kernels.errors import DtypeError, ShapeError, TargetError
from lucid.kernels.expression import apply, evaluate_array
from lucid.kernels.launch.settings import get_target, set_target, target
from lucid.kernels.pointwise import pointwise

TARGETS = ("cpu", "parallel")


@pointwise
def blend(x, y, weight=0.25):
    return weight * x + (1.0 - weight) * y


@pointwise
def both(x, y):
    return x + y, apply("less", x, y)


def strided(array, draw):
    """Return a view that is not contiguous, has the same values, and maybe steps backwards."""
    wide = np.repeat(array, 2, axis=-1) if array.ndim else array
    view = wide[..., ::2] if array.ndim else wide
    if array.ndim and draw(st.booleans()):
        view = np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    if array.ndim > 1 and draw(st.booleans()):
        view = np.asfortranarray(array)
    if draw(st.booleans()):
        view = view.view()
        view.flags.writeable = False
    return view


@pytest.mark.parametrize("where", TARGETS)
@given(st.data())
def test_broadcast_and_strides(where, data):
    shapes = data.draw(
        hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=5, min_side=0)
    )
    dtypes = [data.draw(st.sampled_from("fdihbe")) for _ in range(2)]
    elements = st.integers(-4, 4)
    x, y = (
        strided(data.draw(hnp.arrays(dtype, shape, elements=elements)), data.draw)
        for dtype, shape in zip(dtypes, shapes.input_shapes, strict=True)
    )
    copies = x.copy(), y.copy()
    total, smaller = both(x, y, target=where)
    expected = np.add(x, y)
    np.testing.assert_array_equal(total, expected)
    assert total.dtype == expected.dtype
    assert total.shape == shapes.result_shape
    np.testing.assert_array_equal(smaller, np.less(x, y))
    assert smaller.dtype == bool
    np.testing.assert_array_equal(x, copies[0])
    np.testing.assert_array_equal(y, copies[1])


@pytest.mark.parametrize("shape", [(7,), (3, 1000), (1000, 3), (2, 3, 4, 5), (50_000,), (40, 2500)])
@pytest.mark.parametrize("where", TARGETS)
def test_layouts_of_rows_and_columns(shape, where):
    rng = np.random.default_rng(0)
    x = rng.random(shape, np.float32)
    for other in (
        rng.random(shape[-1:], np.float32),
        rng.random((*shape[:-1], 1), np.float32),
        rng.random((1,) * len(shape), np.float32),
        np.float32(0.5),
        x.T.copy().T,
    ):
        expected = np.float32(0.25) * x + np.float32(0.75) * other
        np.testing.assert_array_equal(blend(x, other, target=where), expected)
        np.testing.assert_array_equal(blend(other, x, 0.75, target=where), expected)


def test_fused_result_is_the_evaluators_to_the_bit():
    rng = np.random.default_rng(1)
    x, y = (rng.standard_normal(500).astype(np.float32) for _ in range(2))
    program, values = blend.bind((x, y), {"weight": 0.3})
    (expected,) = evaluate_array(program.expression, values)
    np.testing.assert_array_equal(blend(x, y, weight=0.3), expected)


def test_scalars_do_not_compile():
    x = np.ones(5, np.float32)
    blend(x, x, 0.5)
    program, _ = blend.bind((x, x), {})
    before = dict(program._signatures)
    for weight in (0.1, 0.2, 1e30):
        blend(x, x, weight)
    assert program._signatures == before


def test_layout_of_the_result_follows_the_input():
    x = np.asfortranarray(np.random.default_rng(0).random((30, 40)))
    assert both(x, x)[0].flags.f_contiguous


class TestOut:
    def test_returns_it(self):
        x = np.arange(6.0).reshape(2, 3)
        out = np.empty((2, 3))
        assert blend(x, x, out=out) is out
        np.testing.assert_array_equal(out, x)

    def test_casts_as_numpy_does(self):
        x = np.arange(3.0)
        out = np.empty(3, np.float32)
        blend(x, x, out=out)
        np.testing.assert_array_equal(out, [0, 1, 2])
        with pytest.raises(DtypeError, match="cast"):
            blend(x, x, out=np.empty(3, np.int64))

    def test_strided_and_several(self):
        x = np.arange(4.0)
        total, smaller = np.zeros(8)[::2], np.zeros(4, bool)
        result = both(x, 1.5, out=(total, smaller))
        assert result[0] is total
        assert result[1] is smaller
        np.testing.assert_array_equal(total, x + 1.5)
        np.testing.assert_array_equal(smaller, x < 1.5)

    def test_in_place_and_overlapping(self):
        x = np.arange(100_000.0)
        expected = 0.25 * x[:-1] + 0.75 * x[1:]
        whole = x.copy()
        np.testing.assert_array_equal(blend(whole, whole, out=whole), x)
        shifted = x.copy()
        blend(shifted[:-1], shifted[1:], out=shifted[:-1])
        np.testing.assert_array_equal(shifted[:-1], expected)
        forward = x.copy()
        blend(forward[:-1], forward[1:], out=forward[1:])
        np.testing.assert_array_equal(forward[1:], expected)
        backwards = x.copy()
        blend(backwards, backwards, out=backwards[::-1])
        np.testing.assert_array_equal(backwards[::-1], x)

    def test_what_does_not_fit(self):
        x = np.ones((2, 3))
        with pytest.raises(ShapeError, match=r"\(2, 3\).*\(3, 2\)"):
            blend(x, x, out=np.empty((3, 2)))
        frozen = np.empty((2, 3))
        frozen.flags.writeable = False
        with pytest.raises(DtypeError, match="read-only"):
            blend(x, x, out=frozen)


def test_arguments_that_are_not_arrays():
    assert blend(1.0, 3.0) == 2.5
    assert blend([1.0, 2.0], 3.0).dtype == np.float32
    assert both([1, 2], 3)[0].dtype == np.int64
    assert isinstance(blend(np.float32(1.0), 3.0), np.float32)
    big_endian = np.arange(3.0).astype(">f8")
    np.testing.assert_array_equal(blend(big_endian, big_endian), [0, 1, 2])
    unaligned = np.frombuffer(b"\0" + np.arange(3.0).tobytes(), np.uint8)[1:].view(np.float64)
    np.testing.assert_array_equal(blend(unaligned, unaligned), [0, 1, 2])


@pytest.mark.parametrize("bad", [np.array(["a"]), np.array([1j]), np.array([None]), [[1], [1, 2]]])
def test_dtypes_that_are_refused(bad):
    with pytest.raises(DtypeError):
        blend(bad, 1.0)


def test_shapes_that_do_not_broadcast():
    with pytest.raises(ShapeError, match=r"blend: the shapes x \(2, 3\), y \(4,\)"):
        blend(np.ones((2, 3)), np.ones(4))


def test_numbers_that_do_not_fit():
    add = pointwise(lambda x: x + 300, name="add_300")
    with pytest.raises(DtypeError, match="300 does not fit into int8"):
        add(np.ones(3, np.int8))
    with pytest.raises(DtypeError, match="2\\*\\*53"):
        both(np.ones(3, np.int64), 2**60)


class TestTarget:
    def test_default_and_context(self):
        assert get_target() == "parallel"
        with target("cpu"):
            assert get_target() == "cpu"
            with target("parallel"):
                assert get_target() == "parallel"
            assert get_target() == "cpu"
        assert get_target() == "parallel"

    def test_process_wide(self):
        set_target("cpu")
        try:
            assert get_target() == "cpu"
        finally:
            set_target("parallel")

    def test_unknown(self):
        for call in (
            lambda: set_target("gpu"),
            lambda: blend(np.ones(3), np.ones(3), target="gpu"),
            lambda: target("gpu").__enter__(),
        ):
            with pytest.raises(TargetError, match="'gpu'; expected one of cpu, parallel"):
                call()
