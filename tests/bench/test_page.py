import dataclasses
import re
import sys

import pytest

from lucid.bench import Line, draw_figure, insert, means, section
from lucid.bench.busy import burners
from lucid.bench.case import BOTH, FORWARD
from lucid.bench.machine import busy_share, describe
from lucid.bench.summary import traffic


def line(name, ours, theirs, mode=FORWARD, suite="operations", **more):
    seconds = {"lucid": ours, "torch": theirs}
    return Line(
        *(suite, name, mode, 1 << 20, "float32"),
        seconds=seconds,
        quickest={key: value / 2 for key, value in seconds.items()},
        moved=0 if suite == "training" else 8 << 20,
        cost=9,
        copying=0.84e-3 if mode == FORWARD else 0.0,
        **more,
    )


LINES = [
    line("exp", 1e-3, 4e-3),
    line("add", 2e-3, 2e-3),
    line("tanh", 4e-3, 1e-3, left_out={"jax": "no such function"}),
    line("exp", 1e-3, 2e-3, BOTH),
    line("step", 1e-3, 3e-3, "step", "training"),
]
REPORT = {
    "machine": {**describe(), "busy_at_start": 0.03},
    "settings": {"dtype": "float32", "threads": 2, "rounds": 9},
    "bandwidth": {str(1 << 20): 1e10},
    "memory": [
        {
            "network": "mlp",
            "batch": 64,
            "needed": {"lucid": 10.0, "torch": 25.0},
            "whole": {"lucid": 50.0, "torch": 300.0},
            "left_out": {"compile": "no networks"},
        },
        {"network": "mlp", "batch": 4096, "left_out": {"lucid": "not Linux"}},
    ],
    "missing": {"jax": "jax is not there"},
}


def test_means():
    forward, both, step = means(LINES, ["torch", "jax"])
    assert forward[:4] == ("operations", 1 << 20, FORWARD, "torch")
    assert forward.ratio == pytest.approx(1.0)
    assert (forward.lines, forward.slower, forward.least, forward.where) == (3, 1, 0.25, "tanh")
    assert both.ratio == both.quickest == pytest.approx(2.0)
    assert step.lines == 1


def test_the_section_has_a_table_for_each_suite():
    text = section(REPORT, LINES)
    assert "### Single operations" in text
    assert "### Training steps" in text
    assert "### Fused functions" not in text
    assert "| exp, 1 M, forward | 1.00 ms | 4.00 (4.00) | 84% |" in text
    assert "| step | 1.00 ms | 3.00 (3.00) |" in text
    assert "| mlp, batch 64 | 10 (50) | 25 (300) | 2.50 |" in text
    assert "| mlp, batch 4096 | - | - | - |" in text
    assert "Left out: mlp, batch 4096, Lucid: not Linux" in text
    assert "jax is not there" in text
    assert "Left out: tanh, 1 M, forward, JAX jit: no such function" in text
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1


def test_a_busy_machine_is_said():
    texts = {
        share: section({**REPORT, "machine": {**REPORT["machine"], "busy_at_start": share}}, LINES)
        for share in (0.05, 0.6, None)
    }
    assert "The machine was busy" not in texts[0.05]
    assert "other programs used 5% of the cores' time" in texts[0.05]
    assert "The machine was busy" in texts[0.6]
    assert "The machine was busy" not in texts[None]
    assert "what other programs used is not known" in texts[None]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/stat")
def test_how_busy_the_machine_is():
    with burners():
        assert busy_share(0.3) > 0.5


def test_what_is_bound_by_memory_is_held_against_copying():
    light = [
        dataclasses.replace(line(name, seconds, 1.0), cost=cost)
        for name, seconds, cost in (
            ("add", 0.9e-3, 4),
            ("relu", 0.5e-3, 1),
            ("clip", 2e-3, 3),
            ("exp", 9.0, 17),
            ("softmax", 9.0, 0),
        )
    ]
    (found,) = traffic(light)
    assert found[:4] == ("operations", 1 << 20, 3, 2)
    assert found.least == pytest.approx(0.42)
    assert found.where == "clip"
    text = section(REPORT, light)
    assert "| Single operations, 1 M, forward | 2 of 3 | 42% (clip) |" in text
    assert traffic([dataclasses.replace(each, copying=0.0) for each in light]) == []


def test_the_rest_of_the_page_stays():
    page = "# Performance\n\n<!-- elementary:begin -->\nold\n<!-- elementary:end -->\n"
    once = insert(page, "first")
    assert once.startswith(page.rstrip())
    twice = insert(once, "second")
    assert "first" not in twice
    assert twice == once.replace("first", "second")


def test_a_picture_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    draw_figure(REPORT, LINES).savefig(tmp_path / "all.png")
    draw_figure({**REPORT, "bandwidth": {}}, []).savefig(tmp_path / "none.png")
    figure = draw_figure(REPORT, LINES)
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["tanh", "add", "exp"]
    assert right.get_legend_handles_labels()[1] == ["speed of copying, and most additions seen"]
    assert (tmp_path / "all.png").stat().st_size > 10_000
