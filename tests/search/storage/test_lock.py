"""One driver a study, and no lock outlives its holder."""

import os
import signal
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.search.storage.lock import study_lock
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
