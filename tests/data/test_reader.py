import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucid.data import Table, read_table
from lucid.kernels.errors import DataError

pl = pytest.importorskip("polars")


@pytest.fixture
def written(tmp_path):
    def write(content, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def kinds(table):
    return {name: column.kind for name, column in table.columns.items()}


def test_kinds_of_a_csv(written):
    table = read_table(
        written(
            "n,i,b,t,d,m\n"
            "1.5,1,true,x y,2020-01-02,2020-01-01T12:00:00\n"
            "NA,2,false, z,2020-01-03,2020-01-02 00:00\n"
        )
    )
    assert kinds(table) == {
        "n": "number",
        "i": "integer",
        "b": "bool",
        "t": "text",
        "d": "date",
        "m": "date",
    }
    assert np.isnan(table["n"].values[1])
    assert table["t"].values.tolist() == ["x y", "z"]
    assert table["d"].values.tolist() == [18263.0, 18264.0]
    assert table["m"].values.tolist() == [18262.5, 18263.0]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a;b\n1;x\n", {"a": "integer", "b": "text"}),
        ("a\tb\n1\tx\n", {"a": "integer", "b": "text"}),
        ("\ufeffa,b\r\n1,2\r\n", {"a": "integer", "b": "integer"}),
        ("a,b\n 1, 2.5\n", {"a": "integer", "b": "number"}),
        ('a,b\n"x, y",2\n', {"a": "text", "b": "integer"}),
        ("a,b\n,\n1,x\n", {"a": "integer", "b": "text"}),
    ],
)
def test_dialects(written, content, expected):
    assert kinds(read_table(written(content))) == expected


def test_blank_lines_are_skipped_with_a_word(written):
    table = read_table(written("\na,b\n1,2\n\n3,\n\n\n"))
    assert table["a"].values.tolist() == [1.0, 3.0]
    assert "skipped 4 blank lines" in table.notes[0]


def test_index_column_without_a_name_is_left_out(written):
    table = read_table(written(",a\n0,5\n1,6\n"))
    assert list(table.columns) == ["a"]
    assert "index" in table.notes[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", "no rows"),
        ("a,b\n1,2\n3\n4,5\n", "line 3: 1 field where the header has 2"),
        ("a,b\n1,2\n3,4,5\n", "line 3: 3 fields where the header has 2"),
        ('a,b\n"x\ny",2\n3\n', "line 4: 1 field"),
        ('a,b\n"x,1\nz,2\n', "line 3"),
        ("a,b,a\n1,2,3\n", "line 1: columns 1 and 3 are both called 'a'"),
        ("a,,b\n1,2,3\n", "column 2 has no name"),
        ("1,2\n3,4\n", "numbers where the names"),
        (b"a,b\n1,\xff\n", "UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-8"),
        (b"\x00\x01\x02\n\x00", "UTF-8"),
        ("a,b\r1,2\r", "line ends"),
    ],
)
def test_bad_csv(written, content, message):
    path = written(content)
    with pytest.raises(DataError, match=message) as caught:
        read_table(path)
    assert str(path) in str(caught.value)


def test_lines_are_named_as_an_editor_counts_them(written):
    table = read_table(written('\ufeffa,b\n"x\ny",1\n\nz,2\n'))
    assert [table.where(row) for row in range(2)] == ["line 3", "line 5"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.npz", b"PK\x03\x04junk", "not a readable NPZ"),
        ("t.parquet", b"PAR1junk", "not a readable Parquet"),
        ("t.xlsx", b"x", "no supported format"),
    ],
)
def test_foreign_files(written, name, content, message):
    with pytest.raises(DataError, match=message):
        read_table(written(content, name))


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_table(tmp_path / "no.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)


def test_parquet(tmp_path):
    path = tmp_path / "t.parquet"
    frame = pl.DataFrame({"a": [1, None], "b": ["x", None], "c": [True, None], "d": [1.5, 2.5]})
    frame.write_parquet(path)
    table = read_table(path)
    assert kinds(table) == {"a": "integer", "b": "text", "c": "bool", "d": "number"}
    assert [table[name].missing.tolist() for name in "abcd"] == [[False, True]] * 3 + [[False] * 2]
    assert table.where(1) == "row 2"
    pl.DataFrame({"a": [[1], [2]]}).write_parquet(path)
    with pytest.raises(DataError, match=r"column 'a' has the type List"):
        read_table(path)


def test_npz(tmp_path):
    path = tmp_path / "t.npz"
    np.savez(path, x=np.eye(3, 2, dtype=np.float32), y=np.array([3, 4, 5]))
    table = read_table(path)
    assert kinds(table) == {"x_0": "number", "x_1": "number", "y": "integer"}
    np.savez(path, x=np.zeros((2, 2, 2)))
    with pytest.raises(DataError, match=r"\(2, 2, 2\)"):
        read_table(path)
    np.savez(path, x=np.zeros((2, 2)), x_1=np.zeros(2))
    with pytest.raises(DataError, match="two columns are called 'x_1'"):
        read_table(path)
    np.savez(path, x=np.zeros(3), y=np.zeros(2))
    with pytest.raises(DataError, match="different numbers of rows"):
        read_table(path)
    np.savez(path, x=np.array([None, 1], dtype=object))
    with pytest.raises(DataError, match="plain arrays"):
        read_table(path)
    np.savez(path)
    with pytest.raises(DataError, match="no arrays"):
        read_table(path)


@given(
    rows=st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False, width=64),
            st.text(st.characters(codec="ascii", categories=["L"]), min_size=1).filter(
                lambda t: t.lower() not in {"na", "null", "none", "nan", "inf", "infinity"}
            ),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_csv_round_trip(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    pl.DataFrame(rows, schema={"x": pl.Float64, "t": pl.String}, orient="row").write_csv(path)
    table = read_table(path)
    assert table["x"].values.tolist() == [x for x, _ in rows]
    if table["t"].kind == "text":
        assert table["t"].values.tolist() == [t for _, t in rows]
    else:
        assert table["t"].kind == "bool"
        assert {t.lower() for _, t in rows} <= {"true", "false"}


def test_absent_column_suggests_the_nearest():
    table = Table.from_arrays({"price": [1.0], "size": [2.0]}, "shop.csv")
    with pytest.raises(DataError, match=r"shop.csv has no column 'prise'; did you mean 'price'"):
        _ = table["prise"]


def test_from_arrays_refuses():
    with pytest.raises(DataError, match="2 axes"):
        Table.from_arrays({"x": np.zeros((2, 2))})
    with pytest.raises(DataError, match="complex128"):
        Table.from_arrays({"x": np.zeros(2, complex)})
    with pytest.raises(DataError, match="no rows"):
        Table.from_arrays({"x": []})
    with pytest.raises(DataError, match="no rows"):
        Table.from_arrays({})


def test_dates_from_arrays():
    dates = np.array(["1970-01-03", "NaT"], dtype="datetime64[D]")
    column = Table.from_arrays({"d": dates})["d"]
    assert column.values[0] == 2.0
    assert column.missing.tolist() == [False, True]
