"""Timeouts."""

import multiprocessing
import signal
import threading
import time

import pytest

from redsm5_hpo.execution.timeout import limit_named, time_limit


class LateError(Exception):
    """An error of the caller's."""


@pytest.mark.parametrize("error", [TimeoutError, LateError])
def test_a_block_that_takes_longer_ends_with_the_error(error: type[Exception]) -> None:
    slept = []
    with pytest.raises(error, match=r"not finished after 0\.05 s"), time_limit(0.05, error):
        time.sleep(5)
        slept.append(True)
    assert slept == []


@pytest.mark.parametrize("seconds", [0.05, 30.0, 43200.0, 1e7])
def test_the_message_of_a_timeout_names_its_limit(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(signal, "setitimer", lambda *_: None)
    with pytest.raises(TimeoutError) as caught, time_limit(seconds):
        signal.raise_signal(signal.SIGALRM)
    assert limit_named(str(caught.value)) == seconds


@pytest.mark.parametrize("message", ["", "training loss nan in epoch 1", "no better epoch after epoch 2"])
def test_another_message_names_no_limit(message: str) -> None:
    assert limit_named(message) is None


@pytest.mark.parametrize("seconds", [None, 5.0, 60 * 1e8], ids=["no timeout", "a timeout", "the longest there is"])
def test_a_block_in_time_leaves_no_alarm(seconds: float | None) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(seconds):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def hang() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # as in a library that does not return to Python
    with time_limit(0.05, grace=0.1):
        time.sleep(60)


def test_a_process_that_does_not_handle_the_alarm_ends() -> None:
    process = multiprocessing.get_context("spawn").Process(target=hang)
    process.start()
    process.join(timeout=60)
    assert process.exitcode == 1


def test_other_threads_have_no_timeout() -> None:
    done = []

    def work() -> None:
        with time_limit(0.01):
            time.sleep(0.05)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
