"""One driver a study: a lock on its work folder that ends with the process that holds it.

Owns the lock. The operating system gives it up when the holder dies, so a lock file that is left over blocks nobody.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from redsm5_hpo.errors import StudyError
from redsm5_hpo.files import writing


@contextmanager
def study_lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, made with its folders if need be.

    Raises:
        StudyError: another process holds it.
    """
    with _locked(path) as stream:
        with writing(path):
            stream.truncate(0)
            stream.write(f"process {os.getpid()} on {socket.gethostname()}".encode())
        yield


def _locked(path: Path) -> FileIO:
    while True:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = path.open("ab+", buffering=0)  # what a full disk refuses is not tried again when it is closed
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _held(stream, path) from None
        # A holder that just finished has removed its folder: then this is the lock of nothing.
        if path.exists() and os.path.samestat(os.fstat(stream.fileno()), path.stat()):
            return stream
        stream.close()


def _held(stream: FileIO, path: Path) -> StudyError:
    with stream:
        stream.seek(0)
        holder = stream.read().decode(errors="replace") or "a process that has not yet written its number"
    return StudyError(
        "this study is already being run",
        got=f"{holder} holds {path}",
        remedy="wait for it, or end it and run the same command again: finished trials are kept",
    )
