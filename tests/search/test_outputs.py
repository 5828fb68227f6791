"""The files of a search stage."""

from pathlib import Path

import pytest

from redsm5_hpo.errors import StudyError
from redsm5_hpo.files import read_json, read_yaml, write_text
from redsm5_hpo.params import Choices, Params, Range, Space
from redsm5_hpo.search.outputs import FinishedStudy, load_space, load_trials, write_best, write_summary, write_trials
from redsm5_hpo.training.winner import Winner
from tests.search.conftest import made

SPACE: Space = {
    "learning_rate": Range(low=1e-5, high=1e-3, log=True),
    "head_layers": Range(low=1, high=3, integer=True),
    "batch_size": Choices(choices=(8, 16)),
}
RECORDS = (
    made(0, 0.5, configuration={"learning_rate": 1e-4, "head_layers": 2, "batch_size": 8}, seed=7),
    made(1, 0.75, configuration={"learning_rate": 1e-3, "head_layers": 1, "batch_size": 16}, seed=8),
    made(
        2, state="failed", reason="loss nan", configuration={"learning_rate": 1e-3, "head_layers": 3, "batch_size": 8}
    ),
)


@pytest.fixture
def study(params: Params) -> FinishedStudy:
    return FinishedStudy("criteria", "s1", SPACE, params.training.defaults, epochs=3, records=RECORDS)


def test_the_next_stage_reads_the_same_trials_and_space(study: FinishedStudy, tmp_path: Path) -> None:
    write_trials(tmp_path, study)
    assert load_trials(tmp_path) == RECORDS
    assert load_space(tmp_path) == SPACE


def test_the_same_study_is_the_same_bytes(study: FinishedStudy, tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_trials(tmp_path / name, study)
        write_best(tmp_path / name, study)
        write_summary(tmp_path / name, study, 0.4, 0.1)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == [
        "best.yaml",
        "hpo_s1.json",
        "optuna_journal.log",
        "search_budget_s1.csv",
        "space.yaml",
        "trials.jsonl",
    ]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_the_winner_is_what_a_refit_reads(study: FinishedStudy, tmp_path: Path) -> None:
    write_best(tmp_path, study)
    winner = Winner.load(tmp_path / "best.yaml")
    assert winner.configuration == study.defaults.with_values(RECORDS[1].configuration)
    assert (winner.trial, winner.value, winner.best_epoch, winner.epochs, winner.stage) == (1, 0.75, 1, 3, "s1")
    assert read_yaml(tmp_path / "best.yaml")["on_bound"] == ["head_layers", "learning_rate"]


def test_the_summary_counts_everything(study: FinishedStudy, tmp_path: Path) -> None:
    write_summary(tmp_path, study, 0.4, 0.1)
    summary = read_json(tmp_path / "hpo_s1.json")
    assert summary["trials"] == {"complete": 2, "pruned": 0, "failed": 1, "infeasible": 0}
    assert summary["epochs"] == {"planned": 9, "trained": 2}
    assert summary["floors"] == {"majority": {"f1_macro": 0.4}}
    assert summary["beats_floor"] is True
    assert summary["best"]["f1_macro"] == 0.75
    assert summary["best"]["configuration"] == RECORDS[1].configuration


def test_the_summary_says_what_the_budget_bought(study: FinishedStudy, tmp_path: Path) -> None:
    """The failed trial counts as the lowest score: of 0.5, 0.75 and 0.5 one is worth 0.583 and two are 0.667."""
    bought = write_summary(tmp_path, study, 0.4, 0.1)
    budget = read_json(tmp_path / "hpo_s1.json")["budget"]
    assert budget["enough_trials"] == bought.enough == 2
    assert budget["last_half_gained"] == pytest.approx(0.75 - 2 / 3)
    assert budget["expected_best"]["low"] < budget["expected_best"]["f1_macro"] == 0.75
    assert (tmp_path / "search_budget_s1.csv").read_text().splitlines()[:3] == [
        "trials,expected,low,high",
        "1,0.583333,0.5,0.701184",
        "2,0.666667,0.542441,0.75",
    ]


def test_a_study_without_a_complete_trial_has_trials_but_no_winner(params: Params, tmp_path: Path) -> None:
    study = FinishedStudy("criteria", "s1", SPACE, params.training.defaults, epochs=3, records=RECORDS[2:])
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
