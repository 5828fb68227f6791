"""One driver a study, and no lock outlives its holder."""

import errno
import fcntl
import os
import signal
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import StorageError, StudyError
from redsm5_hpo.search.storage.lock import study_lock
from tests.disks import without_locks
from tests.search.conftest import start_python

HOLD = """
import sys, time
from pathlib import Path
from redsm5_hpo.search.storage.lock import study_lock
with study_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_driver_is_refused_and_learns_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "study" / "lock"
    with study_lock(path), pytest.raises(StudyError, match="already being run") as caught, study_lock(path):
        pass
    assert f"process {os.getpid()} on " in caught.value.got


def test_a_lock_can_be_taken_again_when_it_was_given_back(tmp_path: Path) -> None:
    for _ in range(2):
        with study_lock(tmp_path / "lock"):
            pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS], ids=errno.errorcode.get)
def test_a_file_system_without_locks_is_an_error_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(fcntl, "flock", without_locks(number))
    with pytest.raises(StudyError, match="the file system has no locks") as caught, study_lock(tmp_path / "a" / "lock"):
        pass
    assert os.strerror(number) in caught.value.got
    assert f"make {tmp_path} a symbolic link" in caught.value.remedy


def test_another_error_of_a_lock_says_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", without_locks(errno.EIO))
    with pytest.raises(StorageError, match="cannot be written"), study_lock(tmp_path / "lock"):
        pass


def test_a_lock_is_taken_in_a_folder_behind_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    with study_lock(tmp_path / "link" / "study" / "lock"):
        assert (tmp_path / "disk" / "study" / "lock").exists()


def test_a_killed_holder_blocks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with start_python("-c", HOLD, str(path)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StudyError, match=f"process {holder.pid} on "), study_lock(path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert path.exists()
    with study_lock(path):
        assert path.read_text(encoding="utf-8").startswith(f"process {os.getpid()} ")
