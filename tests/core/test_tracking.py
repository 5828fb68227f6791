"""The files of DVCLive."""

import csv

import pytest

from redsm5_hpo.core.errors import StorageError
from redsm5_hpo.core.files import read_json
from redsm5_hpo.core.tracking import StudyTracker
from tests.disks import full_disk

TRIALS = [[{"f1_macro": 0.2, "loss": 0.9}, {"f1_macro": 0.4, "loss": 0.7}], [{"f1_macro": 0.3, "loss": 0.8}]]


@pytest.fixture(autouse=True)
def outside_any_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def track(directory):
    with StudyTracker(directory) as tracker:
        for epochs in TRIALS:
            for values in epochs:
                tracker.log_epoch(values)
            tracker.end_trial()
    return {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}


def test_there_is_one_file_per_metric_and_one_summary_for_all_trials(tmp_path):
    assert set(track(tmp_path / "live")) == {
        "metrics.json",
        "plots/metrics/f1_macro.tsv",
        "plots/metrics/loss.tsv",
    }


def test_steps_continue_over_trials(tmp_path):
    with track(tmp_path / "live")["plots/metrics/f1_macro.tsv"].open() as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert rows == [{"step": str(n), "f1_macro": value} for n, value in enumerate(("0.2", "0.4", "0.3"))]


def test_the_summary_has_the_last_epoch(tmp_path):
    summary = read_json(track(tmp_path / "live")["metrics.json"])
    assert {name: summary[name] for name in ("f1_macro", "loss")} == TRIALS[-1][-1]


def test_two_runs_write_the_same_bytes(tmp_path):
    first, second = track(tmp_path / "first"), track(tmp_path / "second")
    assert {name: path.read_bytes() for name, path in first.items()} == {
        name: path.read_bytes() for name, path in second.items()
    }


def test_a_second_study_replaces_the_first(tmp_path):
    once = {name: path.read_bytes() for name, path in track(tmp_path / "live").items()}
    assert {name: path.read_bytes() for name, path in track(tmp_path / "live").items()} == once


def test_a_full_disk_is_an_error(tmp_path):
    with full_disk(), pytest.raises(StorageError, match=f"{tmp_path / 'live'} cannot be written"):
        track(tmp_path / "live")


def test_a_name_with_a_slash_is_a_folder(tmp_path):
    with StudyTracker(tmp_path / "live") as tracker:
        tracker.log_epoch({"train_loss/seed_1": 0.5})
        tracker.end_trial()
    assert (tmp_path / "live/plots/metrics/train_loss/seed_1.tsv").exists()


def test_nothing_is_written_outside_the_folder(tmp_path):
    track(tmp_path / "live")
    assert [path.name for path in tmp_path.iterdir()] == ["live"]
