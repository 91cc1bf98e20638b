"""float16 and bfloat16: all 65,536 words, and every place where rounding decides."""

import ml_dtypes
import numpy as np
import pytest

from lucid import kernels

WORDS = np.arange(65536, dtype=np.uint32).astype(np.uint16)
HALVES = [np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16)]


def convert(array, dtype):
    program, values = kernels.positive.bind((array,), {})
    return program.run(values, dtypes=(np.dtype(dtype),))[0]


@pytest.mark.parametrize("half", HALVES, ids=str)
def test_every_word_is_read_exactly(half):
    words = WORDS.view(half)
    with np.errstate(invalid="ignore"):  # signalling NaN, of which ARM tells
        wide, expected = convert(words, np.float32), words.astype(np.float32)
    missing = np.isnan(expected)
    assert np.isnan(wide[missing]).all()
    np.testing.assert_array_equal(
        wide[~missing].view(np.uint32), expected[~missing].view(np.uint32)
    )


@pytest.mark.parametrize("half", HALVES, ids=str)
def test_every_word_comes_back(half):
    words = WORDS.view(half)
    there = convert(convert(words, np.float32), half)
    with np.errstate(invalid="ignore"):
        missing = np.isnan(words.astype(np.float32))
    np.testing.assert_array_equal(there.view(np.uint16)[~missing], WORDS[~missing])
    assert np.isnan(there[missing].astype(np.float32)).all()


@pytest.mark.parametrize("half", HALVES, ids=str)
def test_ties_go_to_even_and_their_neighbours_to_the_nearest(half):
    with np.errstate(invalid="ignore"):  # signalling NaN
        values = np.unique(WORDS.view(half).astype(np.float64))
    values = values[np.isfinite(values)]
    middle = ((values[1:] + values[:-1]) / 2).astype(np.float32)
    up, down = np.float32(np.inf), np.float32(-np.inf)
    around = np.concatenate([middle, np.nextafter(middle, up), np.nextafter(middle, down)])
    random = np.random.default_rng(0).integers(0, 2**32, 200_000, np.uint64).astype(np.uint32)
    numbers = np.concatenate([around, random.view(np.float32)])
    numbers = numbers[~np.isnan(numbers)]
    with np.errstate(over="ignore", invalid="ignore"):
        expected = numbers.astype(half)
    found = convert(numbers, half)
    np.testing.assert_array_equal(found.view(np.uint16), expected.view(np.uint16))


@pytest.mark.parametrize("half", HALVES, ids=str)
def test_arithmetic_is_rounded_once(half):
    random = np.random.default_rng(1)
    x, y = (random.standard_normal(1001).astype(half) for _ in range(2))
    program, values = kernels.addcmul.bind((x, y, y), {})
    (found,) = program.run(values)
    wide = [array.astype(np.float32) for array in (x, y, y)]
    assert found.dtype == half
    np.testing.assert_array_equal(found, kernels.addcmul(*wide).astype(half))
    assert kernels.add(x, 0.5).dtype == half
    assert kernels.add(x, y.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("half", HALVES, ids=str)
def test_every_place_in_memory(half):
    x = (np.arange(24) % 9).astype(half).reshape(4, 6)
    for view in (x[::-1], x[:, ::2], x.T, x[2, 3], x[:0]):
        np.testing.assert_array_equal(
            np.asarray(kernels.square(view), np.float32), np.square(view.astype(np.float32))
        )
    out = np.zeros((6, 4), half).T
    kernels.add(x, x[0], out=out)
    np.testing.assert_array_equal(out, x + x[0])
