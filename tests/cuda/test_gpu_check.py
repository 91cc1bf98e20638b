"""``python -m tools.gpu_check`` from end to end, in sizes that the simulator can do."""

import json
import sys

from tools.gpu_check.__main__ import main


def run(monkeypatch, path, *options):
    command = ["gpu_check", "--tiny", "--without-tests", "--output", str(path), *options]
    monkeypatch.setattr(sys, "argv", command)
    return main()


def test_the_page_has_a_row_for_each_operation(tmp_path, monkeypatch, capsys):
    path = tmp_path / "found"
    code = run(monkeypatch, path, "--only", "hard_sigmoid,bitwise_and")
    assert code == 0, capsys.readouterr().err
    report = json.loads(path.with_suffix(".json").read_text())
    assert report["training"]["apart"] < 1e-5
    held = report["operations"]["hard_sigmoid"]
    assert held["ulp"]["float32"] == {"forward": 0.0, "backward": 0.0}
    assert held["battery"]["gradient_error"]["float32 on cuda"] < 1
    # One operand read and one result written, then the gradient as well.
    assert held["speed"]["forward"]["bytes"] == 2 * 4 * report["settings"]["size"]
    assert held["speed"]["backward"]["bytes"] == 3 * 4 * report["settings"]["size"]
    rows = [line for line in path.with_suffix(".md").read_text().splitlines() if "| " in line]
    assert [row.split("|")[1].strip() for row in rows[2:]] == ["hard_sigmoid", "bitwise_and"]
    assert "same" in rows[3]


def test_a_wrong_kernel_is_reported(tmp_path, monkeypatch, capsys):
    from lucid.kernels.launch import device

    right = device.run

    def wrong(*arguments):
        results = right(*arguments)
        for result in results:
            if result.dtype.kind == "f":
                result += 1
        return results

    monkeypatch.setattr(device, "run", wrong)
    path = tmp_path / "found"
    assert run(monkeypatch, path, "--only", "hard_sigmoid") == 1
    report = json.loads(path.with_suffix(".json").read_text())
    assert "CheckError" in report["operations"]["hard_sigmoid"]["failed"]["battery"]
    assert report["operations"]["hard_sigmoid"]["ulp"]["float32"]["forward"] > 1000
    assert "FAILED" in path.with_suffix(".md").read_text()
    assert "hard_sigmoid, battery" in capsys.readouterr().err
