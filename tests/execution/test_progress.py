"""What a stage says about its place in the run."""

import shutil
from pathlib import Path

import pytest

from redsm5_hpo.execution import progress
from redsm5_hpo.execution.pipelines import declared_stages
from redsm5_hpo.execution.progress import planned_stages, progress_line, reported_progress, rough_duration
from redsm5_hpo.execution.stage_times import read_times
from tests.pipeline.definition import ROOT

ARCHITECTURES = 4
CHAIN = ["prepare", "split", "hpo_s0@joint", "hpo_s1@joint"]


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """The definition of both pipelines; nothing has run."""
    for name in ("dvc.yaml", "params.yaml", "maximal/dvc.yaml", "maximal/params.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)


LINES = {
    "the first": (26, 26, None, "stage 1 of 26"),
    "others are done": (26, 20, 250.0, "stage 7 of 26, about 4 min left"),
    "the last": (4, 1, 12.0, "stage 4 of 4, about 10 s left"),
}


@pytest.mark.parametrize(("planned", "left", "seconds", "line"), LINES.values(), ids=LINES)
def test_the_line_counts_what_is_done(planned, left, seconds, line):
    assert progress_line(planned, left, seconds) == line


DURATIONS = {0: "10 s", 84: "80 s", 95: "2 min", 3500: "58 min", 3600: "1 h 00 min", 7700: "2 h 10 min", 90000: "25 h"}


@pytest.mark.parametrize(("seconds", "text"), DURATIONS.items())
def test_a_duration_is_no_more_exact_than_an_estimate(seconds, text):
    assert rough_duration(seconds) == text


PLANS = {
    "all": ([], 2 + 7 * ARCHITECTURES),
    "the file": (["dvc.yaml"], 2 + 7 * ARCHITECTURES),
    "a stage": (["hpo_s1@joint"], len(CHAIN)),
    "two that share what they need": (["hpo_s1@joint", "hpo_s0@criteria"], len(CHAIN) + 1),
    "a stage of all architectures": (["hpo_s0"], 2 + ARCHITECTURES),
    "the maximal search of one": (["maximal/dvc.yaml:evaluate_max@joint"], 2 + 3 + 4),
    "the maximal search": (["maximal/dvc.yaml"], 2 + (3 + 5) * ARCHITECTURES),
    "unknown": (["data/raw/x.dvc"], 0),
    "a stage and unknown": (["split", "nonsense"], 0),
}


@pytest.mark.parametrize(("targets", "expected"), PLANS.values(), ids=PLANS)
def test_a_plan_is_the_targets_and_all_that_they_need(targets, expected):
    assert len(planned_stages(declared_stages(), targets)) == expected


def reported(monkeypatch, capsys, address, targets, left):
    """The output of a stage of a run of DVC in which these stages are out of date."""
    monkeypatch.setattr(progress, "running_targets", lambda: targets)
    monkeypatch.setattr(progress, "out_of_date", lambda planned: left & planned.keys())
    with reported_progress(address):
        pass
    return capsys.readouterr()


SAID = {
    "one of a chain": ("hpo_s1@joint", ["hpo_s1@joint"], {*CHAIN[2:]}, "stage 3 of 4\n"),
    "alone, the others skipped": ("hpo_s1@joint", ["hpo_s1@joint"], {CHAIN[-1]}, "stage 4 of 4\n"),
    "of the maximal search": (
        "maximal/dvc.yaml:hpo_max@joint",
        ["maximal/dvc.yaml"],
        {"hpo_max@joint"},
        "stage 34 of 34\n",
    ),
    "the only one": ("prepare", ["prepare"], {"prepare"}, ""),
    "a run that it cannot read": ("hpo_s1@joint", None, {CHAIN[-1]}, ""),
    "not in the plan": ("hpo_s1@criteria", ["hpo_s1@joint"], {"hpo_s1@criteria"}, ""),
    "up to date, so DVC knows more": ("hpo_s1@joint", ["hpo_s1@joint"], {CHAIN[-2]}, ""),
}


@pytest.mark.parametrize(("address", "targets", "left", "line"), SAID.values(), ids=SAID)
def test_a_stage_says_its_place_once_or_nothing(monkeypatch, capsys, address, targets, left, line):
    assert reported(monkeypatch, capsys, address, targets, left) == ("", line)


def test_a_stage_that_ended_is_timed_and_the_next_one_estimates_from_it(monkeypatch, capsys):
    for stage in ("hpo_s0@joint", "hpo_s1@joint"):
        reported(monkeypatch, capsys, stage, [], set())
    assert read_times().keys() == {"hpo_s0@joint", "hpo_s1@joint"}
    line = reported(monkeypatch, capsys, "hpo_s2@joint", [], {"hpo_s2@joint"}).err
    assert line.startswith("stage 30 of 30, about ")
    assert line.endswith(" left\n")


def test_a_stage_that_failed_is_not_timed(monkeypatch):
    monkeypatch.setattr(progress, "running_targets", lambda: None)
    with pytest.raises(ValueError, match="failed"), reported_progress("hpo_s0@joint"):
        raise ValueError("failed")
    assert read_times() == {}


def test_times_that_cannot_be_written_do_not_stop_a_stage(monkeypatch, capsys):
    Path("metrics").write_text("no folder")
    assert reported(monkeypatch, capsys, "hpo_s0@joint", None, set()) == ("", "")
