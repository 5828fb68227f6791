"""What is written on a disk that is truly full: refused in words, nothing half left, and whole again with room."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from redsm5_hpo.corpus.folders import replaced_folder, seal
from redsm5_hpo.errors import StorageError
from redsm5_hpo.files import write_csv, write_json, write_jsonl
from redsm5_hpo.search.journal import open_journal
from redsm5_hpo.search.lock import study_lock
from redsm5_hpo.tracking import StudyTracker
from tests.corpus.builders import write_source
from tests.disks import fill, small_disk
from tests.search.conftest import made

ROOT = Path(__file__).parents[1]
LONG = "x" * 10_000


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk() as folder:
        yield folder


def a_folder(disk: Path) -> None:
    with replaced_folder(disk / "out") as folder:
        write_json(folder / "a", LONG)
        seal(folder)


def a_lock(disk: Path) -> None:
    with study_lock(disk / "study/lock"):
        pass


def dvclive(disk: Path) -> None:
    with StudyTracker(disk / "live") as tracker:
        for step in range(100):
            tracker.log_epoch({"f1_macro": step / 7})
        tracker.end_trial()


WRITERS: dict[str, Callable[[Path], object]] = {
    "JSON": lambda disk: write_json(disk / "out/a.json", LONG),
    "JSONL": lambda disk: write_jsonl(disk / "out/a.jsonl", [{"a": LONG}]),
    "CSV": lambda disk: write_csv(disk / "out/a.csv", ["a"], [[LONG]]),
    "a folder": a_folder,
    "a lock": a_lock,
    "DVCLive": dvclive,
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_full_disk_is_said_and_leaves_nothing_half(disk: Path, write: Callable[[Path], object]) -> None:
    ballast = fill(disk)
    with pytest.raises(StorageError, match=r"cannot be written(.|\n)*No space left on device"):
        write(disk)
    assert [path for path in disk.rglob("*") if path.name.endswith(".part")] == []
    assert [path for path in disk.rglob("*") if path.is_file() and path.stat().st_size and path != ballast] == []
    ballast.unlink()
    write(disk)


def test_a_journal_on_a_full_disk_keeps_every_trial_that_stood_and_goes_on_with_room(disk: Path) -> None:
    covers, stood, ballast = {"study": 1}, [made(number) for number in range(3)], disk / "ballast"
    with open_journal(disk, covers) as journal:
        for record in stood:
            journal.append(record)
        fill(disk)
        with pytest.raises(StorageError, match="No space left on device"):
            for number in range(3, 100):  # the journal's last block has room for some
                journal.append(replace(made(number), reason=LONG))
                stood.append(replace(made(number), reason=LONG))
    ballast.unlink()
    with open_journal(disk, covers) as journal:
        assert list(journal.records) == stood
        journal.append(made(200))
    with open_journal(disk, covers) as journal:
        assert list(journal.records) == [*stood, made(200)]


@pytest.mark.slow
def test_a_stage_on_a_full_disk_ends_with_1_and_no_traceback_and_does_its_work_with_room(disk: Path) -> None:
    (disk / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    write_source(disk / "data/raw/demo")
    ballast = fill(disk)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    command = [sys.executable, "-B", "-m", "stages.prepare"]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=disk, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    full = run()
    assert full.returncode == 1
    assert full.stderr.startswith("error: data/")
    assert "cannot be written\n  got: No space left on device" in full.stderr
    assert "Traceback" not in full.stderr
    ballast.unlink()
    assert run().returncode == 0
    assert (disk / "metrics/prepare.json").exists()
