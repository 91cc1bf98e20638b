import json


def test_json_tells_what_is_in_force(lucid, tmp_path, monkeypatch):
    import numpy as np

    from lucid.kernels import get_num_threads

    monkeypatch.setenv("LUCID_CACHE_DIR", str(tmp_path / "kept"))
    result = lucid("info", "--json")
    facts = json.loads(result.out)
    assert result.code == 0
    assert facts["packages"]["numpy"] == np.__version__
    assert facts["threads"] == get_num_threads()
    assert facts["targets"]["cpu"] == facts["targets"]["parallel"] == "available"
    assert facts["cache"]["folder"] == str(tmp_path / "kept")
    assert facts["cache"]["kernels"] == 0


def test_the_cache_is_measured(lucid, tmp_path, monkeypatch):
    folder = tmp_path / "kept"
    folder.mkdir(mode=0o700)
    (folder / "exp.o").write_bytes(b"1" * 500)
    (folder / "exp.py").write_bytes(b"2" * 24)
    monkeypatch.setenv("LUCID_CACHE_DIR", str(folder))
    cache = json.loads(lucid("info", "--json").out)["cache"]
    assert cache["kernels"] == 1
    assert cache["bytes"] == 524


def test_for_people(lucid):
    result = lucid("info")
    assert result.code == 0
    for word in ("numba", "target cuda", "threads", "cache", "blas"):
        assert word in result.out
