import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lucid.data import FeatureEncoder, Table
from lucid.kernels.errors import DataError

finite = st.floats(-1e6, 1e6, width=32)


def table_of(**columns):
    return Table.from_arrays(columns, "t.csv")


@given(hnp.arrays(np.float64, st.integers(2, 40), elements=finite))
def test_numbers_are_standardised(values):
    table = table_of(x=values, other=np.arange(len(values)))
    encoder = FeatureEncoder.fit(table, ["x", "other"])
    out = encoder.transform(table)
    assert out.dtype == np.float32
    if np.ptp(values) == 0:
        assert encoder.names == ["other"]
        assert "one value only: 'x'" in encoder.notes[0]
        return
    # Values that differ in their last digits only keep few of them.
    if np.ptp(values) > 1e-6 * np.abs(values).max():
        np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-4)
        np.testing.assert_allclose(out.std(axis=0), 1, rtol=1e-4)


def test_statistics_come_from_the_training_rows_alone():
    table = table_of(x=[0.0, 2.0, 1000.0], kind=["a", "b", "c"])
    encoder = FeatureEncoder.fit(table, ["x", "kind"], np.array([0, 1]))
    assert encoder.transform(table, unknown="ignore").tolist() == [
        [-1.0, 1.0, 0.0],
        [1.0, 0.0, 1.0],
        [999.0, 0.0, 0.0],
    ]


def test_median_takes_the_place_of_missing_numbers():
    table = table_of(x=[1.0, np.nan, 3.0, 100.0])
    encoder = FeatureEncoder.fit(table, ["x"])
    out = encoder.transform(table)
    filled = FeatureEncoder.fit(table_of(x=[1.0, 3.0, 3.0, 100.0]), ["x"])
    np.testing.assert_array_equal(out, filled.transform(table_of(x=[1.0, 3.0, 3.0, 100.0])))
    assert "1 of 4 values are missing, taken as the median" in encoder.notes[0]


def test_missing_can_be_refused():
    table = table_of(x=[1.0, np.nan, 3.0])
    with pytest.raises(DataError, match=r"t.csv, row 2: column 'x' has no value \(1 missing"):
        FeatureEncoder.fit(table, ["x"], missing="refuse")
    encoder = FeatureEncoder.fit(table_of(x=[1.0, 2.0]), ["x"], missing="refuse")
    with pytest.raises(DataError, match="row 2"):
        encoder.transform(table)


def test_missing_text_is_no_category():
    table = table_of(kind=np.array(["a", None, "b"], dtype=object))
    encoder = FeatureEncoder.fit(table, ["kind"])
    assert encoder.transform(table).tolist() == [[1, 0], [0, 0], [0, 1]]


def test_infinite_is_refused():
    with pytest.raises(DataError, match="row 2: column 'x' is infinite"):
        FeatureEncoder.fit(table_of(x=[1.0, -np.inf]), ["x"])


def test_overflowing_column_is_refused():
    with pytest.raises(DataError, match="rescale"):
        FeatureEncoder.fit(table_of(x=[1e300, -1e300]), ["x"])


def test_shared_scale():
    table = table_of(x=[0.0, 4.0], y=[0.0, 1.0], z=[3.0, 3.0])
    encoder = FeatureEncoder.fit(table, ["x", "y", "z"], scale="shared")
    held = np.array([[0.0, 4.0], [0.0, 1.0]])
    expected = (held.T - held.mean()) / held.std()
    np.testing.assert_allclose(encoder.transform(table), expected, rtol=1e-6)


def test_too_many_categories():
    names = [f"name{i}" for i in range(5)]
    with pytest.raises(DataError, match="'t' has 5 different values; at most 4"):
        FeatureEncoder.fit(table_of(t=names), ["t"], max_categories=4)


def test_numbers_with_a_few_words_are_told_apart():
    values = [str(i) for i in range(50)] + ["n/a?", "51"]
    with pytest.raises(DataError, match=r"row 51: column 't' holds numbers, and 1 .* 'n/a\?'"):
        FeatureEncoder.fit(table_of(t=values), ["t"])


def test_dates_in_another_form_are_told_apart():
    values = [f"{day:02}/03/2020" for day in range(1, 29)]
    with pytest.raises(DataError, match="write dates as 2030-12-31"):
        FeatureEncoder.fit(table_of(t=values), ["t"], max_categories=10)


def test_columns_without_values():
    table = table_of(x=[np.nan, np.nan], y=[1.0, 2.0])
    encoder = FeatureEncoder.fit(table, ["x", "y"])
    assert encoder.names == ["y"]
    with pytest.raises(DataError, match="no column to learn from"):
        FeatureEncoder.fit(table, ["x"])


def test_all_absent_columns_are_named():
    encoder = FeatureEncoder.fit(table_of(x=[1.0, 2.0], y=[1.0, 2.0], z=[1.0, 2.0]), list("xyz"))
    with pytest.raises(DataError, match=r"lacks 2 of the 3 columns .* 'x', 'z'"):
        encoder.transform(table_of(y=[1.0]))


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["1.0", "oops"], "row 2: column 'x' holds text such as 'oops'"),
        (np.array(["2020-01-01"] * 2, "datetime64[D]"), "holds date; .* trained with numbers"),
        (np.array([None, None], dtype=object), "no values at all"),
    ],
)
def test_column_of_another_kind(column, message):
    encoder = FeatureEncoder.fit(table_of(x=[1.0, 2.0]), ["x"])
    with pytest.raises(DataError, match=message):
        encoder.transform(table_of(x=column))


def test_unknown_category():
    encoder = FeatureEncoder.fit(table_of(kind=["a", "b"]), ["kind"])
    table = table_of(kind=["a", "zebra"])
    with pytest.raises(DataError, match=r"row 2: column 'kind' holds 'zebra'.* knows 'a', 'b'"):
        encoder.transform(table)
    assert encoder.transform(table, unknown="ignore").tolist() == [[1, 0], [0, 0]]


def test_categories_that_come_back_as_numbers():
    encoder = FeatureEncoder.fit(table_of(kind=["1", "2", "x"]), ["kind"])
    assert encoder.transform(table_of(kind=[2, 1])).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_state_round_trip_through_json():
    table = table_of(x=[1.0, np.nan, 5.5], kind=["ä", "b", "ä"], flag=[True, False, True])
    encoder = FeatureEncoder.fit(table, ["x", "kind", "flag"])
    again = FeatureEncoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert again.names == encoder.names == ["x", "kind=b", "kind=ä", "flag"]
    np.testing.assert_array_equal(again.transform(table), encoder.transform(table))
