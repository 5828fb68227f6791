"""The time limit of a fit."""

import multiprocessing
import signal
import threading
import time

import pytest

from redsm5_hpo.training.failures import OutOfTimeError
from redsm5_hpo.training.limit import time_limit


def test_what_takes_longer_ends() -> None:
    slept = []
    with pytest.raises(OutOfTimeError, match="not finished"), time_limit(0.05):
        time.sleep(5)
        slept.append(True)
    assert slept == []


@pytest.mark.parametrize("seconds", [None, 5.0], ids=["no limit", "a limit"])
def test_what_is_in_time_goes_on_and_no_alarm_is_left(seconds: float | None) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(seconds):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def deaf() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # as in a library that does not come back to Python
    with time_limit(0.05, grace=0.1):
        time.sleep(60)


def test_a_process_that_does_not_hear_the_alarm_ends() -> None:
    process = multiprocessing.get_context("fork").Process(target=deaf)
    process.start()
    process.join(timeout=20)
    assert process.exitcode == 1


def test_other_threads_have_no_limit() -> None:
    done = []

    def work() -> None:
        with time_limit(0.01):
            time.sleep(0.05)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
