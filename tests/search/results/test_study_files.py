"""The files of a search stage."""

from dataclasses import replace
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import read_json, write_text
from redsm5_hpo.params import Choices, Params, Range, Space
from redsm5_hpo.search.results.best_trial import load_best
from redsm5_hpo.search.results.study_files import (
    FinishedStudy,
    load_space,
    load_trials,
    write_best,
    write_metrics,
    write_trials,
)
from redsm5_hpo.search.searches.staged import staged_search
from tests.search.conftest import made

SPACE: Space = {
    "learning_rate": Range(low=1e-5, high=1e-3, log=True),
    "head_layers": Range(low=1, high=3, integer=True),
    "batch_size": Choices(choices=(8, 16)),
}
RECORDS = (
    made(0, 0.5, params={"learning_rate": 1e-4, "head_layers": 2, "batch_size": 8}, seed=7),
    made(1, 0.75, params={"learning_rate": 1e-3, "head_layers": 1, "batch_size": 16}, seed=8),
    made(2, state="failed", reason="loss nan", params={"learning_rate": 1e-3, "head_layers": 3, "batch_size": 8}),
)


@pytest.fixture
def study(params: Params) -> FinishedStudy:
    search = staged_search(params, "criteria", "s0")
    return FinishedStudy(replace(search, stage="s1", space=SPACE, epochs=3), RECORDS)


def test_the_next_stage_reads_the_same_trials_and_space(study: FinishedStudy, tmp_path: Path) -> None:
    write_trials(tmp_path, study)
    assert load_trials(tmp_path) == RECORDS
    assert load_space(tmp_path) == SPACE


def test_the_same_study_is_the_same_bytes(study: FinishedStudy, tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_trials(tmp_path / name, study)
        write_best(tmp_path / name, study)
        write_metrics(tmp_path / name, study, 0.4, 0.1)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["best.yaml", "budget.csv", "optuna_journal.log", "space.yaml", "study.json", "trials.jsonl"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_the_next_stage_reads_the_best_trial(study: FinishedStudy, tmp_path: Path) -> None:
    write_best(tmp_path, study)
    best = load_best(tmp_path)
    assert best.configuration == study.search.defaults.with_values(RECORDS[1].params)
    assert (best.trial, best.value, best.best_epoch, best.epochs, best.stage) == (1, 0.75, 1, 3, "s1")
    assert best.on_bound == ["head_layers", "learning_rate"]


def test_the_metrics_count_everything(study: FinishedStudy, tmp_path: Path) -> None:
    write_metrics(tmp_path, study, 0.4, 0.1)
    metrics = read_json(tmp_path / "study.json")
    assert metrics["trials"] == {"complete": 2, "pruned": 0, "failed": 1, "infeasible": 0}
    assert metrics["epochs"] == {"planned": 9, "trained": 2}
    assert metrics["baselines"] == {"majority": {"f1_macro": 0.4}}
    assert metrics["beats_majority"] is True
    assert metrics["best"]["f1_macro"] == 0.75
    assert metrics["best"]["params"] == RECORDS[1].params


def test_the_metrics_tell_what_the_budget_bought(study: FinishedStudy, tmp_path: Path) -> None:
    """The failed trial counts as the lowest score: of 0.5, 0.75 and 0.5 one is worth 0.583 and two are 0.667."""
    summary = write_metrics(tmp_path, study, 0.4, 0.1)
    budget = read_json(tmp_path / "study.json")["budget"]
    assert budget["enough_trials"] == summary.enough == 2
    assert budget["last_half_gained"] == 0
    assert budget["expected_best"]["low"] < budget["expected_best"]["f1_macro"] == 0.75
    assert (tmp_path / "budget.csv").read_text().splitlines()[:3] == [
        "trials,expected,low,high",
        "1,0.583333,0.5,0.701184",
        "2,0.666667,0.542441,0.75",
    ]


def test_a_study_without_a_complete_trial_has_trials_but_no_best(study: FinishedStudy, tmp_path: Path) -> None:
    study = replace(study, records=RECORDS[2:])
    write_trials(tmp_path, study)
    with pytest.raises(StudyError, match="none of 1 trials completed"):
        write_best(tmp_path, study)


@pytest.mark.parametrize("content", [None, "{}\n", "not JSON\n"], ids=["missing", "empty record", "not JSON"])
def test_unreadable_trials_are_an_error_with_a_remedy(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        write_text(tmp_path / "trials.jsonl", content)
    with pytest.raises(StudyError, match=r"trials\.jsonl cannot be read") as caught:
        load_trials(tmp_path)
    assert "run the search stage again" in caught.value.remedy


@pytest.mark.parametrize("content", [None, "- a list\n", "x: {low: 1}\n"], ids=["missing", "no mapping", "no range"])
def test_an_unreadable_space_is_an_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        write_text(tmp_path / "space.yaml", content)
    with pytest.raises(StudyError, match=r"space\.yaml"):
        load_space(tmp_path)
