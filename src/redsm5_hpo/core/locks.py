"""Locks of files, and what is done on a file system that has none, such as some NFS mounts.

Owns which errors mean that there are no locks. Does not decide what a lock protects.
"""

import errno
import fcntl
from contextlib import suppress
from typing import IO

_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


def means_no_locks(error: OSError) -> bool:
    """Whether an error of flock says that the file system has no locks."""
    return error.errno in _NO_LOCKS


def lock_if_possible(stream: IO[str]) -> None:
    """Wait for the lock of a file, which its holder's end releases; return without it where there are no locks.

    For work that is only done twice without a lock, with the same result.
    """
    with suppress(OSError):
        fcntl.flock(stream, fcntl.LOCK_EX)
