import threading

import pytest

import lucid


@pytest.fixture
def x():
    return lucid.ones(2, requires_grad=True)


def test_no_grad_block(x):
    with lucid.no_grad():
        assert not lucid.is_grad_enabled()
        assert not (x * 2).requires_grad
        with lucid.enable_grad():
            assert (x * 2).requires_grad
        assert not lucid.is_grad_enabled()
    assert (x * 2).requires_grad


@pytest.mark.parametrize("decorate", [lucid.no_grad, lucid.no_grad()])
def test_decorator(x, decorate):
    @decorate
    def double(value):
        """Twice the value."""
        return value * 2

    assert not double(x).requires_grad
    assert double.__doc__ == "Twice the value."
    assert lucid.is_grad_enabled()


def test_enable_grad_as_a_decorator(x):
    @lucid.enable_grad
    def double(value):
        return value * 2

    with lucid.no_grad():
        assert double(x).requires_grad


def test_an_error_puts_the_mode_back():
    with pytest.raises(ZeroDivisionError), lucid.no_grad():
        raise ZeroDivisionError
    assert lucid.is_grad_enabled()

    @lucid.no_grad
    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert lucid.is_grad_enabled()


def test_one_switch_entered_twice():
    switch = lucid.no_grad()
    with switch:
        with switch:
            assert not lucid.is_grad_enabled()
        assert not lucid.is_grad_enabled()
    assert lucid.is_grad_enabled()


def test_set_grad_enabled(x):
    with lucid.set_grad_enabled(False):
        assert not (x * 2).requires_grad
    assert lucid.is_grad_enabled()
    lucid.set_grad_enabled(False)
    assert not lucid.is_grad_enabled()
    lucid.set_grad_enabled(True)

    @lucid.set_grad_enabled(False)
    def double(value):
        return value * 2

    assert lucid.is_grad_enabled()
    assert not double(x).requires_grad


def test_another_thread_has_a_mode_of_its_own():
    seen = []
    with lucid.no_grad():
        thread = threading.Thread(target=lambda: seen.append(lucid.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_backward_runs_without_recording(x):
    seen = []
    y = x * 2
    y.register_hook(lambda gradient: seen.append(lucid.is_grad_enabled()))
    y.backward()
    assert seen == [False]
    y = x * 2
    y.register_hook(lambda gradient: seen.append(lucid.is_grad_enabled()))
    with lucid.no_grad():
        y.backward(create_graph=True)
        assert not lucid.is_grad_enabled()
    assert seen == [False, True]
