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
from redsm5_hpo.core.locks import means_no_locks

_RETRY_SECONDS = 0.2  # for a lock file whose folder was removed by a study that has just ended


class StudyHeldError(StudyError):
    """Another process runs the study."""


@contextmanager
def study_lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, made with its folders if need be.

    Raises:
        StudyHeldError: another process holds it.
        StudyError: the file system has no locks.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A soft lock, filelock's substitute, would outlive a killed holder.
        lock = FileLock(path, timeout=_RETRY_SECONDS, fallback_to_soft=False)
        try:
            lock.acquire()
        except Timeout:
            raise _held(path) from None
        except OSError as error:
            if means_no_locks(error):
                raise _no_locks(path, error) from error
            raise
    try:
        with writing(path):
            path.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
        yield
    finally:
        lock.release()


def _held(path: Path) -> StudyHeldError:
    holder = path.read_text(encoding="utf-8", errors="replace") or "a process that has not yet written its number"
    return StudyHeldError(
        "this study is already being run",
        got=f"{holder} holds {path}",
        remedy="wait for it, or end it and run the same command again: finished trials are kept",
    )


def _no_locks(path: Path, error: OSError) -> StudyError:
    return StudyError(
        "the file system has no locks, so that two runs of one study could not be told apart",
        got=f"{error.strerror} for {path}",
        allowed="a local disk, or a network file system with locks",
        remedy=f"clone the project to a local disk, make {path.parent.parent} a symbolic link to a folder on one, or "
        "mount the file system with locks (NFS: local_lock=flock if only this machine writes there)",
    )
