"""Pictures: what is drawn, which points are marked, how much is shown."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lucid
from lucid.kernels.errors import DtypeError, MissingExtraError
from lucid.kernels.plotting.curve import Curve, find_jumps, limits
from lucid.kernels.plotting.line import Line

figure = pytest.importorskip("matplotlib.figure")


@pytest.fixture
def axes():
    return figure.Figure(figsize=(4, 3)).add_subplot()


def drawn(axes, label):
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return line.get_xdata(), line.get_ydata()


def labels(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_the_function_and_its_derivative(axes):
    assert lucid.tanh.plot(axes) is axes
    x, y = drawn(axes, "tanh")
    np.testing.assert_allclose(y, np.tanh(x), rtol=1e-12)
    x, y = drawn(axes, "derivative")
    np.testing.assert_allclose(y, 1 - np.tanh(x) ** 2, rtol=1e-9)
    assert labels(axes) == ["tanh", "derivative"]
    assert axes.get_title(loc="left") == "tanh(x)"
    assert axes.get_xlabel() == "x"


def test_kinks_carry_the_values_that_hold_there(axes):
    lucid.hard_sigmoid.plot(axes)
    assert labels(axes)[2] == "kinks at \N{MINUS SIGN}2.5, 2.5"
    marked = [line for line in axes.lines if line.get_marker() == "o"]
    found = {
        (round(x, 9), round(y, 9)) for line in marked for x, y in zip(*line.get_data(), strict=True)
    }
    # On the function, and on the derivative, which is the slope at its bounds.
    assert found == {(-2.5, 0.0), (2.5, 1.0), (-2.5, 0.2), (2.5, 0.2)}


def test_scalars_move_the_kinks(axes):
    lucid.hard_sigmoid.plot(axes, slope=0.5)
    assert labels(axes)[2] == "kinks at \N{MINUS SIGN}1, 1"
    assert axes.get_title(loc="left") == "hard_sigmoid(x, slope=0.5)"


def test_lines_break_at_jumps_and_poles(axes):
    lucid.floor.plot(axes, interval=(-1.5, 1.5))
    _, y = drawn(axes, "floor")
    assert set(y[np.isfinite(y)]) == {-2.0, -1.0, 0.0, 1.0}
    assert np.isnan(y).sum() == 3
    assert labels(axes)[2] == "jumps at \N{MINUS SIGN}1, 0, 1"


def test_no_line_crosses_a_pole(axes):
    lucid.reciprocal.plot(axes)
    low, high = axes.get_ylim()
    assert -30 < low < -1
    assert 1 < high < 30
    x, y = drawn(axes, "reciprocal")
    gap = np.flatnonzero(np.isnan(y))
    assert any(abs(x[at]) < 1e-6 for at in gap)
    assert len(labels(axes)) == 2, "a pole is no kink"


def test_other_arrays_are_held(axes):
    lucid.pow.plot(axes)
    assert axes.get_title(loc="left") == "pow(x, y=2)"
    axes.clear()
    lucid.pow.plot(axes, x=2.0, interval=(0, 3))
    assert axes.get_xlabel() == "y"
    x, y = drawn(axes, "pow")
    np.testing.assert_allclose(y, 2.0**x)


def test_held_values_stay_in_the_domain():
    assert Line(lucid.bce, {}).held == {"target": 0.5}
    assert Line(lucid.xlogy, {}).held == {"y": 2.0}, "with log(1) it would be flat"
    assert Line(lucid.maximum, {}).held == {"y": 1.0}


@pytest.mark.parametrize(
    ("operation", "interval"),
    [
        (lucid.asin, (-1.0, 1.0)),
        (lucid.log, (0.0, 4.0)),
        (lucid.log1p, (-1.0, 3.0)),
        (lucid.gelu, (-4.0, 4.0)),
        (lucid.exp10, (-1.0, 1.0)),
        (lucid.cos, (-2 * np.pi, 2 * np.pi)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_interval(operation, interval):
    assert Line(operation, {}).interval == interval


def test_kinks_are_inside_of_the_interval():
    left, right = Line(lucid.relu6, {}).interval
    assert left < 0 < 6 < right


def test_several_outputs(axes):
    @lucid.pointwise
    def both(x):
        return x * x, x > 0

    both.plot(axes)
    assert labels(axes)[:3] == ["output 0", "derivative 0", "output 1"]


def test_a_bool_has_no_derivative(axes):
    lucid.less.plot(axes)
    assert labels(axes) == ["less", "jump at 1"]


@given(
    at=st.floats(-0.9, 0.9),
    left=st.floats(-2, 2),
    right=st.floats(-2, 2),
    gap=st.sampled_from([0.0, 0.25, -3.0]),
)
def test_jumps_are_found_where_they_are(at, left, right, gap):
    def function(x):
        return np.where(x < at, left * (x - at), right * (x - at) + gap)

    x = np.linspace(-1, 1, 201)
    found = find_jumps(function, x, function(x))
    if gap == 0.0:
        assert found == []
    else:
        (jump,) = found
        assert jump.at == pytest.approx(at, abs=2e-9)
        assert jump.right - jump.left == pytest.approx(gap, abs=1e-6)


@pytest.mark.parametrize("steep", [1.0, 30.0, 1e3, 1e5])
def test_steep_is_no_jump(steep):
    x = np.linspace(-1, 1, 201)
    assert find_jumps(lambda x: np.tanh(steep * x), x, np.tanh(steep * x)) == []


def test_a_value_of_its_own_is_a_jump():
    def spike(x):
        return np.where(x == 0.0, 2.0, 1.0)

    x = np.linspace(-1, 1, 201)
    (jump,) = find_jumps(spike, x, spike(x))
    assert (jump.at, jump.left, jump.right) == (0.0, 1.0, 1.0)
    low, high = limits([Curve(spike, x, spike(x))], [])
    assert low < 1.0 < 2.0 < high


def test_limits_show_everything_that_is_bounded():
    x = np.linspace(-1, 1, 201)
    peak = Curve(lambda x: np.exp(-((50 * x) ** 2)), x, np.exp(-((50 * x) ** 2)))
    low, high = limits([peak], [])
    assert low < 0.0
    assert high > 1.0
    nowhere = Curve(lambda x: np.full_like(x, np.nan), x, np.full_like(x, np.nan))
    assert limits([nowhere], [nowhere]) == (-1.0, 1.0)


def test_errors_say_what_is_wrong(axes):
    with pytest.raises(ValueError, match="the lower one first"):
        lucid.relu.plot(axes, interval=(1, -1))
    with pytest.raises(TypeError, match="has no slope"):
        lucid.relu.plot(axes, slope=1)
    with pytest.raises(ValueError, match="nothing varies; leave one of x, y out"):
        lucid.add.plot(axes, x=1, y=2)
    with pytest.raises(TypeError, match=r"y has the shape \(2,\); a picture holds"):
        lucid.pow.plot(axes, y=np.ones(2))
    with pytest.raises(DtypeError, match="float64"):
        lucid.bitwise_and.plot(axes)


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install .*\[cli\]"):
        lucid.relu.plot()
