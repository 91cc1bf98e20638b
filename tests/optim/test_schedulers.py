"""Schedulers against closed formulas; state; errors."""

import math

import numpy as np
import pytest

import lucid
from lucid import nn, optim
from lucid.kernels.errors import StateError

BASE = 0.8


def optimizer(*bases, kind=optim.SGD, **settings):
    groups = [{"params": [nn.Parameter([0.0])], "lr": lr} for lr in bases or (BASE,)]
    return kind(groups, **settings)


def curve(scheduler, steps=12):
    rates = []
    for _ in range(steps):
        rates.append(scheduler.get_last_lr()[0])
        scheduler.step()
    return rates


CASES = {
    "LambdaLR": (
        lambda o: optim.LambdaLR(o, lambda t: 1 / (1 + t)),
        lambda t: BASE / (1 + t),
    ),
    "StepLR": (lambda o: optim.StepLR(o, 4, 0.5), lambda t: BASE * 0.5 ** (t // 4)),
    "MultiStepLR": (
        lambda o: optim.MultiStepLR(o, [7, 3], 0.5),
        lambda t: BASE * 0.5 ** ((t >= 3) + (t >= 7)),
    ),
    "ConstantLR": (
        lambda o: optim.ConstantLR(o, 0.25, 4),
        lambda t: BASE * (0.25 if t < 4 else 1),
    ),
    "LinearLR": (
        lambda o: optim.LinearLR(o, 0.25, 0.75, 5),
        lambda t: BASE * (0.25 + 0.1 * min(t, 5)),
    ),
    "ExponentialLR": (lambda o: optim.ExponentialLR(o, 0.9), lambda t: BASE * 0.9**t),
    "PolynomialLR": (
        lambda o: optim.PolynomialLR(o, 6, 2.0),
        lambda t: BASE * max(0, 1 - t / 6) ** 2,
    ),
    "CosineAnnealingLR": (
        lambda o: optim.CosineAnnealingLR(o, 8, 0.1),
        lambda t: 0.1 + 0.7 * (1 + math.cos(math.pi * t / 8)) / 2,
    ),
    "SequentialLR": (
        lambda o: optim.SequentialLR(
            o,
            [optim.LinearLR(o, 0.5, total_iters=3), optim.ExponentialLR(o, 0.5)],
            [4],
        ),
        lambda t: BASE * (0.5 + min(t, 3) / 6 if t < 4 else 0.5 ** (t - 4)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_formula(name):
    make, formula = CASES[name]
    np.testing.assert_allclose(curve(make(optimizer())), [formula(t) for t in range(12)], 1e-12)


@pytest.mark.parametrize("name", CASES)
def test_groups_keep_their_own_base(name):
    make, formula = CASES[name]
    held = optimizer(BASE, 2 * BASE)
    scheduler = make(held)
    for _ in range(3):
        scheduler.step()
    rates = scheduler.get_last_lr()
    assert rates == [group["lr"] for group in held.param_groups]
    assert math.isclose(rates[0], formula(3))
    if name != "CosineAnnealingLR":
        assert math.isclose(rates[1], 2 * formula(3))


@pytest.mark.parametrize("name", [*CASES, "OneCycleLR"])
def test_going_on_from_a_saved_state(name):
    make = (
        CASES[name][0]
        if name in CASES
        else lambda o: optim.OneCycleLR(o, 1.0, 20, cycle_momentum=False)
    )
    held, other = optimizer(), optimizer()
    scheduler, resumed = make(held), make(other)
    curve(scheduler, 5)
    other.load_state_dict(held.state_dict())
    resumed.load_state_dict(scheduler.state_dict())
    assert other.param_groups[0]["lr"] == held.param_groups[0]["lr"]
    assert curve(resumed, 5) == curve(scheduler, 5)


def one_cycle(t, total, top, up, first, last):
    """Two halves of a cosine."""
    peak = up * total - 1
    share = t / peak if t <= peak else (t - peak) / (total - 1 - peak)
    begin, end = (first, top) if t <= peak else (top, last)
    return end + (begin - end) * (1 + math.cos(math.pi * share)) / 2


def test_one_cycle():
    held = optimizer(kind=optim.Adam, betas=(0.9, 0.99))
    scheduler = optim.OneCycleLR(held, max_lr=2.0, epochs=4, steps_per_epoch=5)
    rates, momenta = [], []
    for _ in range(20):
        rates.append(held.param_groups[0]["lr"])
        momenta.append(held.param_groups[0]["betas"][0])
        scheduler.step()
    first = 2.0 / 25
    expected = [one_cycle(t, 20, 2.0, 0.3, first, first / 1e4) for t in range(20)]
    np.testing.assert_allclose(rates, expected, rtol=1e-12)
    np.testing.assert_allclose(
        momenta, [one_cycle(t, 20, 0.85, 0.3, 0.95, 0.95) for t in range(20)], rtol=1e-12
    )
    assert held.param_groups[0]["betas"][1] == 0.99
    with pytest.raises(ValueError, match="stepped 21 times"):
        scheduler.step()


def test_one_cycle_in_three_straight_phases():
    held = optimizer(momentum=0.5)
    scheduler = optim.OneCycleLR(
        held, 1.0, 10, pct_start=0.4, anneal_strategy="linear", three_phase=True, div_factor=10
    )
    expected = [*np.linspace(0.1, 1, 4), *np.linspace(0.7, 0.1, 3), *np.linspace(0.1, 1e-5, 4)[1:]]
    np.testing.assert_allclose(curve(scheduler, 10), expected, rtol=1e-12)
    assert math.isclose(held.param_groups[0]["momentum"], 0.95)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "total_steps"),
        ({"total_steps": 0}, "0 steps"),
        ({"total_steps": 9, "pct_start": 2.0}, "pct_start"),
        ({"total_steps": 9, "anneal_strategy": "cosine"}, "'cosine'"),
        ({"total_steps": 9, "max_lr": [1.0, 2.0]}, "2 highest rates for 1 groups"),
    ],
)
def test_one_cycle_errors(settings, text):
    with pytest.raises(ValueError, match=text):
        optim.OneCycleLR(optimizer(), **{"max_lr": 1.0, **settings})
    with pytest.raises(ValueError, match="Adagrad has no momentum"):
        optim.OneCycleLR(optimizer(kind=optim.Adagrad), 1.0, 9)


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
def test_plateau(mode, threshold_mode):
    held = optimizer()
    scheduler = optim.ReduceLROnPlateau(
        held, mode, 0.5, patience=2, threshold=0.1, threshold_mode=threshold_mode, cooldown=1
    )
    sign = 1 if mode == "min" else -1
    # Better, better, then four that are not better by a tenth; the third of these is too much.
    rates = []
    for measure in (10.0, 10.0 - 5 * sign, *[10.0 - 5.05 * sign] * 3, 9.0, 9.0, 9.0, 9.0):
        scheduler.step(lucid.tensor(measure))
        rates.append(held.param_groups[0]["lr"] / BASE)
    assert rates[:5] == [1, 1, 1, 1, 0.5]
    # One step of rest, then three more bad ones: 9 is better for neither mode.
    assert rates[5:] == [0.5, 0.5, 0.5, 0.25]


def test_plateau_bounds_and_state():
    held = optimizer()
    scheduler = optim.ReduceLROnPlateau(held, patience=0, min_lr=0.5)
    scheduler.step(1.0)
    scheduler.step(1.0)
    assert scheduler.get_last_lr() == [0.5]
    other = optim.ReduceLROnPlateau(optimizer(), patience=0)
    other.load_state_dict(scheduler.state_dict())
    assert other.best == 1.0
    with pytest.raises(StateError, match="num_bad_epochs"):
        other.load_state_dict({"best": 1.0})
    for settings in ({"mode": "low"}, {"threshold_mode": "x"}, {"factor": 1.0}, {"min_lr": [1, 2]}):
        with pytest.raises(ValueError, match="ReduceLROnPlateau"):
            optim.ReduceLROnPlateau(held, **settings)


def test_starting_late():
    held = optimizer()
    with pytest.raises(StateError, match="initial_lr"):
        optim.StepLR(held, 2, last_epoch=3)
    optim.StepLR(held, 2)
    scheduler = optim.StepLR(held, 2, 0.5, last_epoch=3)
    assert scheduler.get_last_lr() == [BASE / 4]


def test_errors():
    held = optimizer()
    with pytest.raises(TypeError, match="got a Parameter"):
        optim.StepLR(nn.Parameter([1.0]), 2)
    with pytest.raises(ValueError, match="step_size=0"):
        optim.StepLR(held, 0)
    with pytest.raises(ValueError, match="2 functions for 1 groups"):
        optim.LambdaLR(held, [abs, abs])
    with pytest.raises(ValueError, match="one less than schedulers"):
        optim.SequentialLR(held, [optim.StepLR(held, 2)], [3])
    with pytest.raises(ValueError, match="its optimiser"):
        optim.SequentialLR(
            held, [optim.StepLR(held, 2), optim.StepLR(optimizer(), 2)], milestones=[3]
        )
    scheduler = optim.StepLR(held, 2)
    with pytest.raises(StateError, match="base_lrs"):
        scheduler.load_state_dict({"last_epoch": 1})
    with pytest.raises(StateError, match="2 groups, this one has 1"):
        scheduler.load_state_dict({"last_epoch": 1, "base_lrs": [1.0, 2.0]})
