import time

from lucid.bench import Pace, clock


def test_slow_and_quick_calls_are_told_apart():
    pace = Pace(rounds=3, batch=0.0, settle=0.0)
    medians, quickest = clock.take_turns(
        {"slow": lambda: time.sleep(0.01), "quick": lambda: None}, pace
    )
    assert medians["slow"] >= quickest["slow"] >= 0.01
    assert 0 < quickest["quick"] <= medians["quick"] < 0.01


def test_sides_take_turns_and_rotate():
    order = []
    calls = {name: (lambda name=name: order.append(name)) for name in "ab"}
    clock.take_turns(calls, Pace(rounds=2, batch=0.0, settle=0.0))
    # Before the rounds each is called five times; in a round once to wake up and once timed.
    rounds = "".join(order).lstrip("a").lstrip("b")
    assert "".join(order).endswith("aabbbbaa"), rounds


def test_quick_calls_are_repeated_to_fill_a_batch():
    count = 0

    def call():
        nonlocal count
        count += 1

    clock.take_turns({"call": call}, Pace(rounds=1, batch=1e-4, settle=0.0))
    assert 50 < count < 1500


def test_a_budget_ends_the_rounds_but_not_before_three():
    count = 0

    def call():
        nonlocal count
        count += 1
        time.sleep(0.002)

    clock.take_turns({"call": call}, Pace(rounds=50, batch=0.0, settle=0.0, budget=0.0))
    assert count == 4 + 2 * 3


def test_a_batch_ends_early_when_calls_become_slow(monkeypatch):
    monkeypatch.setattr(clock, "LONGEST", 0.01)
    calls = 0

    def call():
        nonlocal calls
        calls += 1
        time.sleep(0.004)

    assert clock._timed(call, 80, lambda: None) >= 0.004
    assert calls == 10
