"""One driver a study: a lock on its folder that ends with the process that holds it.

Owns the error that names the holder. The lock is filelock's: the operating system releases it when the holder dies.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import writing

_RETRY_SECONDS = 0.2  # for a lock file whose folder was removed by a study that has just ended


@contextmanager
def study_lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, made with its folders if need be; raises StudyError if another process holds it."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=_RETRY_SECONDS)
        try:
            lock.acquire()
        except Timeout:
            raise _held(path) from None
    try:
        with writing(path):
            path.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
        yield
    finally:
        lock.release()


def _held(path: Path) -> StudyError:
    holder = path.read_text(encoding="utf-8", errors="replace") or "a process that has not yet written its number"
    return StudyError(
        "this study is already being run",
        got=f"{holder} holds {path}",
        remedy="wait for it, or end it and run the same command again: finished trials are kept",
    )
