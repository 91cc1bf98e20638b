"""Where an iteration space is cut: every element is in one block, and no block is too large."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lucid.kernels.codegen.rows import FRAME
from lucid.kernels.launch.blocks import cut

SIDES = st.sampled_from([1, 2, 3, 7, 8, 130, 1000, 2049, 70_001])


def elements_of(blocks, k):
    """Addresses, counted in elements, that the kernel visits in operand `k` (the frame is -1)."""
    array = blocks.arrays[k]
    found = []
    for index in np.ndindex(blocks.shape):
        frame = blocks.frames[index[-2:]]
        start = sum(i * s for i, s in zip(index, blocks.strides[1 + k], strict=True))
        for row in range(frame[0]):
            width = frame[1] if row < frame[0] - 1 else frame[2]
            step = frame[FRAME + k]
            first = start // array.itemsize + row * step
            found.append(first + np.arange(width) * (blocks.layout[k] == "c"))
    return np.concatenate(found)


@given(st.data())
def test_every_element_once(data):
    shape = data.draw(st.lists(SIDES, min_size=1, max_size=3).filter(lambda s: np.prod(s) < 3e5))
    x = np.empty(shape, np.float32)
    kept = [[data.draw(st.booleans()) for _ in shape] for _ in range(data.draw(st.integers(1, 2)))]
    blocks = cut(x.shape, [x], kept)
    np.testing.assert_array_equal(np.sort(elements_of(blocks, 0)), np.arange(x.size))
    for output, keep in zip(blocks.outputs, kept, strict=True):
        left = [n for axis, n in enumerate(output.shape) if axis not in output.axes]
        final = np.prod([n for n, stays in zip(shape, keep, strict=True) if stays], dtype=int)
        assert np.prod(left, dtype=int) == final * output.group


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=5), st.data())
def test_operands_that_are_broadcast_are_not_copied(shapes, data):
    full = shapes.result_shape
    arrays = [np.broadcast_to(np.empty(shape, np.float32), full) for shape in shapes.input_shapes]
    kept = [[data.draw(st.booleans()) for _ in full]]
    blocks = cut(full, arrays, kept)
    assert all(a is b for a, b in zip(blocks.arrays, arrays, strict=True))


def test_rows_that_are_short_are_taken_together_where_only_columns_matter():
    x = np.empty((65_536, 8), np.float32)
    (output,) = cut(x.shape, [x], [[False, True]]).outputs
    assert output.group * 8 == 256
    (output,) = cut(x.shape, [x], [[True, False]]).outputs
    assert output.group == 1
    assert cut((100, 8), [x[:100]], [[False, True]]).outputs[0].group == 1


def test_blocks_do_not_depend_on_the_number_of_threads():
    import lucid

    x = np.empty((3000, 700), np.float32)
    before = lucid.get_num_threads()
    shapes = []
    try:
        for threads in (1, 2, 5):
            lucid.set_num_threads(threads)
            shapes.append(cut(x.shape, [x], [[False, True], [True, False]]).shape)
    finally:
        lucid.set_num_threads(before)
    assert len(set(shapes)) == 1


def test_folded_axes_that_go_backwards_are_turned_around():
    x = np.empty((300, 500), np.float32)
    for view, kept in ((x[::-1, ::-1], [False, False]), (x[::-1], [False, True])):
        blocks = cut(view.shape, [view], [kept])
        assert np.shares_memory(blocks.arrays[0], x)
        assert min(blocks.arrays[0].strides) > 0
    kept_backwards = cut(x.shape, [x[:, ::-1]], [[False, True]])
    assert not np.shares_memory(kept_backwards.arrays[0], x)
