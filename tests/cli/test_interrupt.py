import signal
import threading

import pytest

from lucid.cli.interrupt import Interrupt


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_is_noted_and_the_handlers_come_back(number, code):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupt() as interrupt:
        assert not interrupt.requested()
        signal.raise_signal(number)
        assert interrupt.requested()
        assert interrupt.code == code
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_second_interrupt_stops_at_once():
    with Interrupt() as interrupt:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert interrupt.requested()


def test_outside_the_main_thread():
    seen = []

    def run():
        with Interrupt() as interrupt:
            seen.append(interrupt.requested())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [False]
