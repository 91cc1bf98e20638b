from dataclasses import dataclass

import numpy as np
import pytest

pytest.importorskip("typer")
pl = pytest.importorskip("polars")


@dataclass
class Result:
    code: int
    out: str
    err: str


@pytest.fixture
def lucid(capsys):
    """Run the command in this process; give exit code and what it wrote."""
    from lucid.cli.app import app
    from lucid.kernels import get_target, set_target

    before = get_target()

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            app([str(argument) for argument in arguments], prog_name="lucid")
        captured = capsys.readouterr()
        return Result(ended.value.code or 0, captured.out, captured.err)

    yield run
    set_target(before)


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """Give a folder with tables: ``classes.csv`` and ``values.csv``, and new rows for both."""
    folder = tmp_path_factory.mktemp("tables")
    generator = np.random.default_rng(0)
    for name, rows in (("", 240), ("_new", 12)):
        x = generator.normal(size=rows)
        y = generator.normal(size=rows)
        place = np.where(generator.random(rows) < 0.5, "north", "south")
        shift = np.where(place == "north", 1.0, -1.0)
        holes = [None if i % 17 == 3 else float(v) for i, v in enumerate(y)]
        kind = np.where(x + shift > 0.5, "high", np.where(x + shift < -0.5, "low", "mid"))
        columns = {"x": x, "y": holes, "place": place, "same": np.ones(rows)}
        pl.DataFrame(columns | {"kind": kind}).write_csv(folder / f"classes{name}.csv")
        value = 50.0 + 10.0 * x + 5.0 * shift
        pl.DataFrame(columns | {"value": value}).write_csv(folder / f"values{name}.csv")
    return folder
