"""A timeout for code that may hang.

Owns the alarm. It works in the main thread of a process, in which workers run their fits.
"""

import faulthandler
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_SECONDS = 10.0
_MESSAGE = re.compile(r"not finished after (\S+) s")
_REPEAT_SECONDS = 1.0


def limit_named(message: str) -> float | None:
    """The seconds, to six digits, that the message of a timeout names; None for any other message."""
    found = _MESSAGE.fullmatch(message)
    return float(found[1]) if found else None


@contextmanager
def time_limit(
    seconds: float | None, error: Callable[[str], Exception] = TimeoutError, grace: float = GRACE_SECONDS
) -> Iterator[None]:
    """Raise `error` in the block after so many seconds; no timeout for None, or outside the main thread.

    The alarm interrupts Python code only. A process that hangs in a library for `grace` more seconds ends with exit
    status 1 and a traceback on stderr: its driver sees a dead worker.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_: int, __: FrameType | None) -> None:
        raise error(f"not finished after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    # Repeated, because Python ignores an error raised in a finalizer.
    signal.setitimer(signal.ITIMER_REAL, seconds, _REPEAT_SECONDS)
    faulthandler.dump_traceback_later(seconds + grace, exit=True)  # its clock is a thread that needs no Python
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
