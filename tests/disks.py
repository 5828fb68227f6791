"""Real faults of a disk: one that is full, and a folder that may not be written.

Owns how they are made without a disk of their own: the process's largest file size, and the rights of a user.
"""

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def full_disk(room: int = 0) -> Iterator[None]:
    """No file grows beyond `room` bytes: the operating system refuses the write, as on a full disk."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


@contextmanager
def read_only_folder() -> Iterator[Path]:
    """An empty folder in which this process may create nothing; root, whom nothing stops, becomes somebody else."""
    folder, user = Path(tempfile.mkdtemp()), os.geteuid()
    folder.chmod(0o555)
    try:
        if user == 0:
            os.seteuid(NOBODY)
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o755)
        shutil.rmtree(folder)
