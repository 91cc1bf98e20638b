import numpy as np
import pytest

import lucid.data.digits as digits
from lucid.data import load_digits
from lucid.data.extras import MissingExtraError, need

datasets = pytest.importorskip("sklearn.datasets")


def test_the_same_as_scikit_learn_gives():
    images, labels = load_digits()
    pixels, expected = datasets.load_digits(return_X_y=True)
    assert images.dtype == np.float32
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(images * 16, pixels)
    np.testing.assert_array_equal(labels, expected)


def test_the_same_where_the_file_lies_elsewhere(monkeypatch):
    images, labels = load_digits()
    monkeypatch.setattr(digits, "_bundled", lambda: None)
    again = load_digits()
    np.testing.assert_array_equal(again[0], images)
    np.testing.assert_array_equal(again[1], labels)


def test_without_scikit_learn(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'pip install "lucid-kernels\[cli\]"'):
        load_digits()


def test_a_missing_package_is_named():
    with pytest.raises(ImportError, match=r"drawing needs the package 'no_such_package'.*pip"):
        need("no_such_package.part", "drawing")
