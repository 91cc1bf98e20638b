import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucid.cli.modelfile import FORMAT, PARTS, is_model, read_model, write_model
from lucid.kernels.errors import DataError

safetensors_numpy = pytest.importorskip("safetensors.numpy")

CONTENT = {name: {int: FORMAT, str: "1", dict: {}}[kind] for name, kind in PARTS.items()}

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**100), 2**100)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.integers(0, 3).map(lambda n: np.arange(n, dtype=np.float32))
)
keys = st.text(st.characters(categories=["L"]), min_size=1, max_size=4)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3),
        st.dictionaries(st.integers(0, 9), inner, min_size=1, max_size=3),
    ),
    max_leaves=12,
)


def same(a, b):
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@given(state=st.dictionaries(keys, trees, max_size=3))
def test_round_trip(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("m") / "m.safetensors"
    write_model(path, CONTENT | {"state": state})
    assert same(read_model(path)["state"], state)


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "m.safetensors"
    write_model(path, CONTENT | {"state": {"w": np.ones((3, 4), np.float32)}})
    return path


def test_other_tools_read_the_weights(model):
    assert safetensors_numpy.load_file(model)["state/w"].shape == (3, 4)
    assert is_model(model)


@pytest.mark.parametrize("keep", [0, 4, 20, 200, -1])
def test_cut_short(model, keep):
    model.write_bytes(model.read_bytes()[:keep])
    with pytest.raises(DataError, match="not a readable safetensors file"):
        read_model(model)
    assert not is_model(model)


@given(place=st.integers(0, 400), value=st.integers(0, 255))
def test_a_damaged_byte_gives_a_clear_error_or_a_model(tmp_path_factory, place, value):
    path = tmp_path_factory.mktemp("m") / "m.safetensors"
    write_model(path, CONTENT | {"state": {"w": np.ones(4, np.float32)}})
    data = bytearray(path.read_bytes())
    data[place % len(data)] = value
    path.write_bytes(data)
    try:
        content = read_model(path)
    except DataError as error:
        message = str(error)
    else:
        message = str(path)
        assert set(PARTS) <= set(content)
    assert str(path) in message


def test_foreign_files(tmp_path):
    path = tmp_path / "other.safetensors"
    safetensors_numpy.save_file({"w": np.ones(3)}, path)
    with pytest.raises(DataError, match="not one that lucid wrote"):
        read_model(path)
    safetensors_numpy.save_file({"w": np.ones(3)}, path, metadata={"lucid": "{"})
    with pytest.raises(DataError, match="damaged"):
        read_model(path)
    text = json.dumps({"format": FORMAT, "state": {"$array": "gone"}})
    safetensors_numpy.save_file({"w": np.ones(3)}, path, metadata={"lucid": text})
    with pytest.raises(DataError, match=r"damaged.*gone"):
        read_model(path)
    safetensors_numpy.save_file({}, path, metadata={"lucid": json.dumps({"format": FORMAT + 1})})
    with pytest.raises(DataError, match="install a newer"):
        read_model(path)
    safetensors_numpy.save_file({}, path, metadata={"lucid": json.dumps({"format": FORMAT})})
    with pytest.raises(DataError, match="'version' is not a text"):
        read_model(path)


def test_absent_and_folder(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_model(tmp_path / "no")
    with pytest.raises(DataError, match="is a folder"):
        read_model(tmp_path)
