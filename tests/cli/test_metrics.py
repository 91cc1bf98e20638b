import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lucid.cli.metrics import measure, probabilities
from lucid.data import TargetEncoder

metrics = pytest.importorskip("sklearn.metrics")


@given(st.integers(0, 2**32), st.integers(2, 5), st.integers(1, 30))
def test_classification_agrees_with_scikit_learn(seed, classes, rows):
    generator = np.random.default_rng(seed)
    outputs = generator.normal(size=(rows, classes)).astype(np.float32)
    truth = generator.integers(0, classes, rows)
    target = TargetEncoder("y", "classification", [f"c{i}" for i in range(classes)])
    result = measure(outputs, truth, target)
    answers = outputs.argmax(axis=1)
    assert result["accuracy"] == pytest.approx(metrics.accuracy_score(truth, answers))
    assert result["baseline"] == pytest.approx(np.bincount(truth).max() / rows)
    precision, recall, _, support = metrics.precision_recall_fscore_support(
        truth, answers, labels=range(classes), zero_division=0.0
    )
    for i, held in enumerate(result["classes"]):
        assert held["class"] == f"c{i}"
        assert held["rows"] == support[i]
        assert (held["precision"] or 0.0) == pytest.approx(precision[i])
        assert (held["recall"] or 0.0) == pytest.approx(recall[i])
        assert (held["recall"] is None) == (support[i] == 0)


@given(st.integers(0, 2**32), st.integers(2, 30))
def test_regression_agrees_with_scikit_learn(seed, rows):
    generator = np.random.default_rng(seed)
    target = TargetEncoder("y", "regression", [], mean=100.0, std=8.0)
    encoded = generator.normal(size=(rows, 1)).astype(np.float32)
    outputs = generator.normal(size=(rows, 1)).astype(np.float32)
    truth, answers = target.values(encoded), target.values(outputs)
    result = measure(outputs, encoded, target)
    assert result["mae"] == pytest.approx(metrics.mean_absolute_error(truth, answers))
    assert result["rmse"] == pytest.approx(metrics.mean_squared_error(truth, answers) ** 0.5)
    assert result["r2"] == pytest.approx(metrics.r2_score(truth, answers))
    assert result["baseline"] == pytest.approx(np.abs(truth - 100.0).mean())


def test_r2_of_a_truth_that_does_not_vary():
    target = TargetEncoder("y", "regression", [])
    assert measure(np.ones((3, 1)), np.zeros((3, 1)), target)["r2"] is None


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2),
        elements=st.floats(-(2.0**99), 2.0**99, width=32),
    )
)
def test_probabilities(outputs):
    shares = probabilities(outputs)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    likeliest = np.take_along_axis(shares, outputs.argmax(axis=1)[:, np.newaxis], axis=1)
    assert (shares <= likeliest).all()
    assert (shares >= 0).all()
