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


def test_the_cache_is_measured_and_cleared(lucid, tmp_path, monkeypatch):
    root = tmp_path / "kept"
    folder = root / "cpython-399-numba-1.2.3-llvmlite-1.2-0123abcd"
    folder.mkdir(mode=0o700, parents=True)
    root.chmod(0o700)
    (folder / "exp_0123456789abcdef.o").write_bytes(b"1" * 500)
    (folder / "exp_0123456789abcdef.py").write_bytes(b"2" * 24)
    monkeypatch.setenv("LUCID_CACHE_DIR", str(root))
    monkeypatch.setenv("LUCID_CACHE_MIB", "7")
    cache = json.loads(lucid("info", "--json").out)["cache"]
    assert (cache["kernels"], cache["bytes"], cache["limit"]) == (1, 524, 7 << 20)
    assert "1 kernels, 0.0 MiB of at most 7.0 MiB" in " ".join(lucid("info").out.split())
    assert "removed 1 kernels" in lucid("info", "--clear-cache").out
    assert json.loads(lucid("info", "--json").out)["cache"]["kernels"] == 0


def test_for_people(lucid):
    result = lucid("info")
    assert result.code == 0
    for word in ("numba", "target cuda", "threads", "cache", "blas"):
        assert word in result.out
