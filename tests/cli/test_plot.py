"""The command ``lucid plot``: a picture of an operation of the library or of one's own."""

import pytest

OWN = """
import lucid

@lucid.pointwise
def leak(x, slope=0.1):
    return lucid.where(x > 0, x, slope * x)

def plain(x):
    return x * x
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("hard_sigmoid", "--set", "slope=0.3", "--interval", "-4", "4"),
        ("expit",),
        ("gelu", "--set", "approximate=tanh"),
        ("own.py:leak",),
        ("own.py:plain",),
        ("own:leak", "--set", "slope=0.5"),
    ],
    ids=" ".join,
)
def test_draws_a_picture(lucid, folder, arguments):
    result = lucid("plot", *arguments, "-o", "out.png")
    assert result.code == 0, result.err
    assert result.out.strip() == "out.png"
    from matplotlib import image

    pixels = image.imread(folder / "out.png")
    assert pixels.shape[:2] == (600, 960)
    assert len({tuple(pixel) for pixel in pixels[::3, ::3].reshape(-1, 4).tolist()}) > 20


def test_name_and_format_of_the_file(lucid, folder):
    assert lucid("plot", "relu").out.strip() == "relu.png"
    assert (folder / "relu.png").read_bytes().startswith(b"\x89PNG")
    lucid("plot", "relu", "-o", "relu.svg")
    assert "<svg" in (folder / "relu.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("rellu", "'rellu' is no operation of the library"),
        ("own.py:none", "its operations are: leak"),
        ("relu -o relu.txt", "'.txt' names no format"),
        ("relu -o no/relu.png", "the folder no does not exist"),
        ("relu --set slope=1", "relu has no 'slope'; it takes x"),
        ("leaky_relu --set negative_slope=steep", "'steep' is no number"),
        ("leaky_relu --set negative_slope", "give a name and a value"),
        ("isclose --set equal_nan=1", "equal_nan is true or false"),
        ("relu --interval 2 1", "the lower one first"),
        ("bitwise_and", "float64"),
    ],
)
def test_one_clear_message_and_no_file(lucid, folder, arguments, message):
    result = lucid("plot", *arguments.split())
    assert result.code == 1
    assert message in result.err
    assert "Traceback" not in result.err
    assert [path.name for path in folder.iterdir() if path.name != "__pycache__"] == ["own.py"]
