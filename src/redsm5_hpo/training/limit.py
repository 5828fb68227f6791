"""An end for what hangs.

Owns the time limit of a fit. It works in a process's main thread, which is where workers run their fits.
"""

import faulthandler
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from redsm5_hpo.training.failures import OutOfTimeError

GRACE_SECONDS = 10.0
_AGAIN_SECONDS = 1.0


@contextmanager
def time_limit(seconds: float | None, grace: float = GRACE_SECONDS) -> Iterator[None]:
    """Raise OutOfTimeError in the block after so many seconds; never for None, and in no thread but the main one.

    The alarm is heard between two steps of Python. A process that does not hear it for `grace` seconds more, since it
    hangs in a library, ends with exit status 1 and a traceback on stderr: for its driver, a worker that died.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_: int, __: FrameType | None) -> None:
        raise OutOfTimeError(f"not finished after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    # Again and again: an error that is raised in a finalizer is dropped by Python.
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    faulthandler.dump_traceback_later(seconds + grace, exit=True)  # its clock is a thread that needs no Python
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
