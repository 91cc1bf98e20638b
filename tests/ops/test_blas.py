"""Products cut into blocks: every layout, every dtype, and nothing left changed behind."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lucid
from lucid.ops import blas

SIDES = [1, 2, 15, 16, 17, 64, 129, 400]


def matrix(rows, columns, dtype, kind):
    """Return a matrix of small integers, whose products are exact, in one of several layouts."""
    rng = np.random.default_rng(rows * 1000 + columns)
    values = rng.integers(-4, 5, (rows, columns)).astype(dtype)
    return {
        "rows": values,
        "columns": np.asfortranarray(values),
        "padded": np.pad(values, ((0, 3), (0, 5)))[:rows, :columns],
        "reversed": np.ascontiguousarray(values[::-1])[::-1],
        "stepped": np.repeat(values, 2, axis=1)[:, ::2],
    }[kind]


LAYOUTS = st.sampled_from(["rows", "columns", "padded", "reversed", "stepped"])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(st.tuples(*[st.sampled_from(SIDES)] * 3), LAYOUTS, LAYOUTS)
def test_product_is_numpys(dtype, sides, left, right):
    m, k, n = sides
    x, y = matrix(m, k, dtype, left), matrix(k, n, dtype, right)
    expected = np.ascontiguousarray(x) @ np.ascontiguousarray(y)
    np.testing.assert_array_equal(blas.multiply(x, y), expected)


@pytest.mark.parametrize("blocks", [1, 2, 3, 7])
@pytest.mark.parametrize("total", [1, 15, 16, 17, 100, 1000])
def test_blocks_cover_the_whole_length(total, blocks):
    sizes = blas._sizes(total, blocks)
    assert sizes.sum() == total
    assert len(sizes) <= blocks
    assert (sizes > 0).all()
    assert (sizes[:-1] == sizes[0]).all()


def test_large_products_are_shared():
    """The cut product is what runs where NumPy has OpenBLAS, and it agrees with one thread."""
    x, y = matrix(300, 200, np.float32, "rows"), matrix(200, 250, np.float32, "columns")
    expected = x @ y
    if blas._library() is None:
        pytest.skip("this NumPy uses another BLAS, which is left alone")
    for threads in (1, 2, 3):
        np.testing.assert_array_equal(blas._shared(x, y, threads), expected)
    assert blas._shared(matrix(300, 200, np.float32, "stepped"), y, 2) is None


def test_number_of_blas_threads_is_put_back():
    library = blas._library()
    if library is None:
        pytest.skip("this NumPy uses another BLAS, which is left alone")
    before = library.threads()
    blas.multiply(matrix(400, 400, np.float64, "rows"), matrix(400, 400, np.float64, "rows"))
    with pytest.raises(ValueError, match="matmul"):
        blas.multiply(np.ones((2, 3)), np.ones((2, 3)))
    assert library.threads() == before


def test_several_threads_at_once():
    x, y = matrix(129, 400, np.float64, "rows"), matrix(400, 129, np.float64, "columns")
    expected = x @ y
    wrong = []

    def work():
        wrong.extend(not np.array_equal(blas.multiply(x, y), expected) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wrong) == 80
    assert not any(wrong)


def test_target_cpu_gives_the_same():
    x, y = matrix(129, 400, np.float32, "rows"), matrix(400, 129, np.float32, "rows")
    with lucid.target("cpu"):
        np.testing.assert_array_equal(blas.multiply(x, y), x @ y)
