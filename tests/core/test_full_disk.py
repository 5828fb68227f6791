"""Writing to a full disk: an error, no partial file, and a complete file once there is space."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import StorageError
from redsm5_hpo.core.files import write_csv, write_json, write_jsonl
from redsm5_hpo.core.folders import replaced_folder, seal
from redsm5_hpo.core.tracking import StudyTracker
from redsm5_hpo.search.storage.journal import open_journal
from redsm5_hpo.search.storage.lock import study_lock
from tests.corpus.builders import write_source
from tests.disks import fill, small_disk
from tests.search.conftest import made

ROOT = Path(__file__).parents[2]
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
def test_a_full_disk_is_an_error_without_partial_files(disk: Path, write: Callable[[Path], object]) -> None:
    ballast = fill(disk)
    with pytest.raises(StorageError, match=r"cannot be written(.|\n)*No space left on device"):
        write(disk)
    assert [path for path in disk.rglob("*") if path.name.endswith(".part")] == []
    assert [path for path in disk.rglob("*") if path.is_file() and path.stat().st_size and path != ballast] == []
    ballast.unlink()
    write(disk)


def test_a_journal_on_a_full_disk_keeps_its_trials_and_continues_once_there_is_space(disk: Path) -> None:
    covers, written, ballast = {"study": 1}, [made(number) for number in range(3)], disk / "ballast"
    with open_journal(disk, covers) as journal:
        for record in written:
            journal.append(record)
        fill(disk)
        with pytest.raises(StorageError, match="No space left on device"):
            for number in range(3, 100):  # some fit into the journal's last block
                journal.append(replace(made(number), reason=LONG))
                written.append(replace(made(number), reason=LONG))
    ballast.unlink()
    with open_journal(disk, covers) as journal:
        assert list(journal.records) == written
        journal.append(made(200))
    with open_journal(disk, covers) as journal:
        assert list(journal.records) == [*written, made(200)]


@pytest.mark.slow
def test_a_stage_on_a_full_disk_exits_with_1_and_no_traceback_and_succeeds_once_there_is_space(disk: Path) -> None:
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
