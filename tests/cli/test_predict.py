import numpy as np
import pytest

pl = pytest.importorskip("polars")


@pytest.fixture(scope="module")
def models(tables, tmp_path_factory):
    from lucid.cli.app import app

    folder = tmp_path_factory.mktemp("models")
    for table, column in (("classes", "kind"), ("values", "value")):
        with pytest.raises(SystemExit) as ended:
            app(
                [
                    *("train", str(tables / f"{table}.csv"), "--target", column, "--quiet"),
                    *("--hidden", "16", "--save", str(folder / f"{table}.safetensors")),
                ]
            )
        assert not ended.value.code
    return folder


def test_classes_to_the_screen(lucid, tables, models):
    result = lucid("predict", models / "classes.safetensors", tables / "classes_new.csv")
    assert result.code == 0
    frame = pl.read_csv(result.out.encode())
    assert frame.columns == ["prediction", "probability"]
    assert frame.height == 12
    assert set(frame["prediction"]) <= {"high", "mid", "low"}
    assert frame["probability"].is_between(1 / 3, 1).all()
    assert "compared with column 'kind'" in result.err


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_values_to_a_file(lucid, tables, models, tmp_path, suffix):
    output = tmp_path / f"out.{suffix}"
    model, table = models / "values.safetensors", tables / "values_new.csv"
    result = lucid("predict", model, table, "-o", output)
    assert result.code == 0
    assert result.out == ""
    frame = pl.read_csv(output) if suffix == "csv" else pl.read_parquet(output)
    truth = pl.read_csv(table)["value"].to_numpy()
    assert np.abs(frame["prediction"].to_numpy() - truth).mean() < 5.0


def test_rows_and_columns_in_another_order_and_no_target(lucid, tables, models, tmp_path):
    model, table = models / "values.safetensors", tables / "values_new.csv"
    plain = pl.read_csv(lucid("predict", model, table).out.encode())
    frame = pl.read_csv(table).drop("value", "same")
    shuffled = frame.select(reversed(frame.columns)).reverse()
    shuffled.write_csv(tmp_path / "s.csv")
    result = lucid("predict", model, tmp_path / "s.csv")
    assert result.err == ""
    again = pl.read_csv(result.out.encode())
    np.testing.assert_allclose(again["prediction"].reverse(), plain["prediction"], rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop("x"), "lacks 1 of the 3 columns that the model needs: 'x'"),
        (lambda f: f.with_columns(place=pl.lit("west")), "line 2: column 'place' holds 'west'"),
        (lambda f: f.with_columns(x=pl.lit("many")), "line 2: column 'x' holds text"),
        (lambda f: f.clear(), "no rows"),
    ],
)
def test_tables_that_do_not_fit(lucid, tables, models, tmp_path, change, message):
    path, output = tmp_path / "t.csv", tmp_path / "out.csv"
    output.write_text("old")
    change(pl.read_csv(tables / "classes_new.csv")).write_csv(path)
    result = lucid("predict", models / "classes.safetensors", path, "-o", output)
    assert result.code == 1
    assert message in result.err
    assert output.read_text() == "old"


def test_unknown_categories_can_be_ignored(lucid, tables, models, tmp_path):
    frame = pl.read_csv(tables / "classes_new.csv").with_columns(place=pl.lit("west"))
    frame.write_csv(tmp_path / "t.csv")
    model = models / "classes.safetensors"
    assert lucid("predict", model, tmp_path / "t.csv", "--ignore-unknown").code == 0


def test_outputs_that_would_lose_the_input(lucid, tables, models, tmp_path):
    table = tmp_path / "t.csv"
    table.write_bytes((tables / "classes_new.csv").read_bytes())
    model = models / "classes.safetensors"
    result = lucid("predict", model, table, "-o", table)
    assert result.code == 1
    assert "is the input itself" in result.err
    assert table.read_bytes() == (tables / "classes_new.csv").read_bytes()
    assert "names no format" in lucid("predict", model, table, "-o", model).err


def test_files_that_are_no_model(lucid, tables):
    table = tables / "classes.csv"
    result = lucid("predict", table, table)
    assert result.code == 1
    assert "not a readable safetensors file" in result.err
