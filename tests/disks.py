"""Real faults of a disk: one that is full, and a folder that may not be written.

Owns how they are made: the process's largest file size, the rights of a user, and where this process may mount one a
small disk that is full in truth, which refuses to make, to grow and to rename. And the umask of a user.
"""

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

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
def umask_of(mask: int) -> Iterator[None]:
    """As a user who keeps these rights from others."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def small_disk(kibibytes: int = 512) -> Iterator[Path]:
    """A disk of its own, in memory; the test is skipped where this process may not mount it."""
    folder = Path(tempfile.mkdtemp())
    command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 (our own)
        if not mounted:
            pytest.skip("no disk can be mounted here")
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)  # noqa: S603, S607
        folder.rmdir()


def fill(folder: Path) -> Path:
    """Take all the room that is left on a folder's disk; returns the file that holds it."""
    ballast, block = folder / "ballast", bytes(4096)
    with ballast.open("wb", buffering=0) as stream, suppress(OSError):
        while stream.write(block):
            pass
    return ballast


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """No folder from here on down may be written into; root, whom nothing stops, becomes somebody else."""
    user, folders = os.geteuid(), [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for each in folders:
        each.chmod(0o555)
    try:
        if user == 0:
            os.seteuid(NOBODY)
        yield
    finally:
        os.seteuid(user)
        for each in folders:
            each.chmod(0o755)


@contextmanager
def read_only_folder() -> Iterator[Path]:
    """An empty folder in which this process may create nothing."""
    folder = Path(tempfile.mkdtemp())
    try:
        with read_only(folder):
            yield folder
    finally:
        shutil.rmtree(folder)


def without_locks(number: int) -> Callable[..., None]:
    """A flock of a file system that answers this error number."""

    def flock(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return flock
