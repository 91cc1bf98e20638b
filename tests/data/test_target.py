import json

import numpy as np
import pytest

from lucid.data import Column, Table, TargetEncoder
from lucid.data.target import decide_task
from lucid.kernels.errors import DataError


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"], "classification"),
        ([True, False], "classification"),
        ([0, 1] * 5, "classification"),
        (list(range(20)) * 5, "classification"),
        (list(range(21)) * 5, "regression"),
        (list(range(10)), "regression"),
        ([0.0, 1.0] * 50, "regression"),
    ],
)
def test_task_is_told_from_the_values(values, task):
    assert decide_task(Column.from_array("y", values)) == task


def fitted(values, **options):
    table = Table.from_arrays({"y": values}, "t.csv")
    return table, TargetEncoder.fit(table, "y", **options)


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["b", "a", "b"], ["a", "b"]),
        ([True, False, True], [False, True]),
        ([7, 3] * 5, [3, 7]),
    ],
)
def test_classes_in_ascending_order(values, classes):
    table, target = fitted(values)
    assert target.classes == classes
    assert [type(label) for label in target.classes] == [type(classes[0])] * 2
    assert [target.classes[code] for code in target.encode(table)] == list(values)
    assert target.encode(table).dtype == np.int64
    assert target.outputs == 2


def test_regression_is_standardised_by_the_training_rows():
    table, target = fitted([1.5, 3.5, 100.5])
    target.standardise(table, np.array([0, 1]))
    encoded = target.encode(table)
    assert encoded.dtype == np.float32
    assert encoded.shape == (3, 1)
    assert encoded.tolist() == [[-1.0], [1.0], [98.0]]
    assert target.values(encoded).tolist() == [1.5, 3.5, 100.5]


def test_task_can_be_chosen():
    assert fitted([0, 1] * 10, task="regression")[1].task == "regression"
    assert fitted([0.5, 1.5] * 10, task="classification")[1].classes == [0.5, 1.5]


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([1.0, np.nan, np.nan], {}, r"t.csv, row 2: the target 'y' is missing \(2 rows"),
        ([1.0, np.inf], {}, "row 2: the target 'y' is infinite"),
        (np.array(["a", None], dtype=object), {}, "row 2: the target 'y' is missing"),
        (["a", "a"], {}, "'a' in every row"),
        ([2.5, 2.5], {}, "2.5 in every row"),
        (["a", "b"], {"task": "regression"}, "holds text such as 'a'"),
        ([f"id{i}" for i in range(30)], {}, "30 different values in 30 rows; .* too many classes"),
        (np.arange(30.0), {"task": "classification"}, "task regression"),
    ],
)
def test_refused(values, options, message):
    with pytest.raises(DataError, match=message):
        fitted(values, **options)


def test_unknown_class_and_text_later():
    target = fitted(["a", "b"])[1]
    with pytest.raises(DataError, match=r"row 2: the target 'y' is 'c'.* 'a', 'b'"):
        target.encode(Table.from_arrays({"y": ["a", "c"]}))
    number = fitted([1.0, 2.0])[1]
    with pytest.raises(DataError, match="holds text"):
        number.encode(Table.from_arrays({"y": ["a", "c"]}))


def test_state_round_trip_through_json():
    for values in (["a", "b"], [True, False], [1, 2] * 5, [1.5, 2.5]):
        target = fitted(values)[1]
        assert TargetEncoder.from_dict(json.loads(json.dumps(target.to_dict()))) == target
