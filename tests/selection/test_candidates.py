"""The candidates of a selection."""

from pathlib import Path

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.files import read_yaml, write_jsonl, write_yaml
from redsm5_hpo.params import Configuration, Params
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.selection.candidates import candidates
from tests.search.conftest import made


def trial(number: int, value: float, dropout: float, **fields: object) -> TrialRecord:
    return made(number, value, params={"dropout": dropout}, **fields)


@pytest.fixture
def default(params: Params) -> Configuration:
    return params.default_configuration


@pytest.fixture
def folder(default: Configuration, tmp_path: Path) -> Path:
    """A finished search of five trials."""
    records = [
        trial(0, 0.5, 0.0),
        trial(1, 0.9, 0.1),
        trial(2, 0.9, 0.2, state="pruned"),
        trial(3, 0.7, 0.3),
        trial(4, 0.8, 0.1),
    ]
    write_jsonl(tmp_path / "trials.jsonl", (record.to_json() for record in records))
    best = {
        "configuration": default.with_values({"dropout": 0.1}).model_dump(mode="json"),
        "best_epoch": 1,
        "epochs": 3,
        "value": 0.9,
        "trial": 1,
        "stage": "hpo_s2",
        "seed": 1,
        "on_bound": [],
    }
    write_yaml(tmp_path / "best.yaml", best)
    return tmp_path


def test_the_default_comes_first_then_the_best_complete_trials(default: Configuration, folder: Path) -> None:
    assert [each.name for each in candidates(folder, default, 2)] == ["default", "hpo_s2-1", "hpo_s2-3"]


def test_the_default_trains_all_epochs_of_the_stage_a_trial_up_to_its_best(
    default: Configuration, folder: Path
) -> None:
    first, best = candidates(folder, default, 1)
    assert (first.epochs, first.stop_epoch, first.searched) == (3, 3, None)
    assert (best.epochs, best.stop_epoch, best.searched) == (3, 1, 0.9)
    assert first.configuration == default
    assert best.configuration == default.with_values({"dropout": 0.1})


def test_two_trials_that_train_the_same_are_one_candidate(default: Configuration, folder: Path) -> None:
    found = candidates(folder, default, 9)
    assert [each.name for each in found] == ["default", "hpo_s2-1", "hpo_s2-3", "hpo_s2-0"]


def test_a_trial_that_trains_the_same_as_the_default_is_no_candidate(default: Configuration, folder: Path) -> None:
    same = default.with_values({"dropout": 0.1})
    write_yaml(folder / "best.yaml", {**read_yaml(folder / "best.yaml"), "epochs": 1})
    assert [each.name for each in candidates(folder, same, 2)] == ["default", "hpo_s2-3", "hpo_s2-0"]


def test_a_trial_that_sets_the_values_that_the_defaults_nulls_mean_is_the_default(
    default: Configuration, folder: Path
) -> None:
    written = default.without_nulls().model_dump(mode="json", exclude_none=True)
    write_jsonl(folder / "trials.jsonl", [made(0, 0.9, params=written).to_json(), trial(1, 0.5, 0.3).to_json()])
    write_yaml(folder / "best.yaml", {**read_yaml(folder / "best.yaml"), "epochs": 1})
    assert [each.name for each in candidates(folder, default, 2)] == ["default", "hpo_s2-1"]


def test_a_search_that_has_not_run_is_an_error(default: Configuration, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"best\.yaml does not exist"):
        candidates(tmp_path, default, 1)
