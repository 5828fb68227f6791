"""What may be shipped."""

from pathlib import Path

import pytest

from redsm5_hpo.errors import StudyError
from redsm5_hpo.files import read_yaml, write_jsonl, write_yaml
from redsm5_hpo.params import Params
from redsm5_hpo.search.candidates import candidates
from redsm5_hpo.search.records import TrialRecord
from tests.search.conftest import made


def trial(number: int, value: float, dropout: float, **fields: object) -> TrialRecord:
    return made(number, value, configuration={"dropout": dropout}, **fields)


@pytest.fixture
def folder(params: Params, tmp_path: Path) -> Path:
    """A finished search of five trials."""
    records = [
        trial(0, 0.5, 0.0),
        trial(1, 0.9, 0.1),
        trial(2, 0.9, 0.2, state="pruned"),
        trial(3, 0.7, 0.3),
        trial(4, 0.8, 0.1),
    ]
    write_jsonl(tmp_path / "trials.jsonl", (record.to_json() for record in records))
    configuration = params.training.defaults.with_values({"dropout": 0.1}).model_dump(mode="json")
    best = {"configuration": configuration, "best_epoch": 1, "epochs": 3, "value": 0.9, "trial": 1, "stage": "s2"}
    write_yaml(tmp_path / "best.yaml", best)
    return tmp_path


def test_the_default_comes_first_then_the_best_complete_trials(params: Params, folder: Path) -> None:
    assert [each.name for each in candidates(folder, params.encoder, params.training, 2)] == ["default", "s2-1", "s2-3"]


def test_the_default_trains_all_epochs_of_the_stage_a_trial_up_to_its_best(params: Params, folder: Path) -> None:
    default, best = candidates(folder, params.encoder, params.training, 1)
    assert (default.epochs, default.stop_epoch, default.searched) == (3, 3, None)
    assert (best.epochs, best.stop_epoch, best.searched) == (3, 1, 0.9)
    assert default.configuration == params.training.defaults
    assert best.configuration == params.training.defaults.with_values({"dropout": 0.1})


def test_the_same_fit_is_no_two_candidates(params: Params, folder: Path) -> None:
    found = candidates(folder, params.encoder, params.training, 9)
    assert [each.name for each in found] == ["default", "s2-1", "s2-3", "s2-0"]


def test_a_trial_that_trains_as_the_default_does_is_no_candidate_beside_it(params: Params, folder: Path) -> None:
    defaults = params.training.defaults.with_values({"dropout": 0.1})
    training = params.training.model_copy(update={"defaults": defaults})
    write_yaml(folder / "best.yaml", {**read_yaml(folder / "best.yaml"), "epochs": 1})
    assert [each.name for each in candidates(folder, params.encoder, training, 2)] == ["default", "s2-3", "s2-0"]


def test_a_trial_that_writes_out_what_the_defaults_nulls_stand_for_is_the_default(params: Params, folder: Path) -> None:
    training = params.training
    written = params.encoder.resolve(training.defaults).model_dump(mode="json", exclude_none=True)
    write_jsonl(folder / "trials.jsonl", [made(0, 0.9, configuration=written).to_json(), trial(1, 0.5, 0.3).to_json()])
    write_yaml(folder / "best.yaml", {**read_yaml(folder / "best.yaml"), "epochs": 1})
    assert [each.name for each in candidates(folder, params.encoder, training, 2)] == ["default", "s2-1"]


def test_a_search_that_has_not_run_is_an_error(params: Params, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"best\.yaml does not exist"):
        candidates(tmp_path, params.encoder, params.training, 1)
