"""Locks, and file systems without them."""

import errno
import fcntl

import pytest

from redsm5_hpo.core.locks import lock_if_possible, means_no_locks
from tests.disks import without_locks


def test_a_lock_is_held_until_its_file_is_closed(tmp_path):
    with (tmp_path / "lock").open("w") as first, (tmp_path / "lock").open("w") as second:
        lock_if_possible(first)
        with pytest.raises(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        first.close()
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS], ids=errno.errorcode.get)
def test_without_locks_work_goes_on(tmp_path, monkeypatch, number):
    monkeypatch.setattr(fcntl, "flock", without_locks(number))
    with (tmp_path / "lock").open("w") as stream:
        lock_if_possible(stream)


@pytest.mark.parametrize(("number", "expected"), [(errno.ENOLCK, True), (errno.EAGAIN, False), (errno.ENOSPC, False)])
def test_only_some_errors_mean_that_there_are_no_locks(number, expected):
    assert means_no_locks(OSError(number, "")) is expected
