"""The study as Optuna's tools read it."""

from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from redsm5_hpo.params import Choices, Range, Space
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.search.storage.optuna_journal import write_optuna_journal
from tests.search.conftest import SPACE, made

RECORDS = (
    made(0, 0.5, params={"warmup_ratio": 7.0, "pooling": "z"}),  # outside the space
    made(1, 0.75, params={"warmup_ratio": 0.1, "pooling": "mean"}),
    made(2, 0.25, state="pruned", reason="below the median after epoch 1"),
    made(3, state="failed", reason="loss nan"),
    made(4, state="infeasible", reason="out of memory"),
)


@pytest.fixture
def study(tmp_path: Path) -> optuna.Study:
    path = tmp_path / "optuna_journal.log"
    write_optuna_journal(path, "criteria-s1", SPACE, RECORDS)
    return optuna.load_study(study_name=None, storage=JournalStorage(JournalFileBackend(str(path))))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record.number} {record.state}")
def test_optuna_reads_the_same_trials(study: optuna.Study, record: TrialRecord) -> None:
    trial = study.trials[record.number]
    assert trial.params == record.params
    assert trial.value == record.value
    assert trial.intermediate_values == dict(enumerate(record.curve))
    assert trial.user_attrs == {"seed": record.seed, "reason": record.reason}


def test_states_are_optunas(study: optuna.Study) -> None:
    complete, pruned, failed = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL
    assert [trial.state for trial in study.trials] == [complete, complete, pruned, failed, pruned]
    assert study.trials[4].constraints == {"memory": 1.0}


def test_the_best_trial_is_ours(study: optuna.Study) -> None:
    assert (study.study_name, study.best_trial.number) == ("criteria-s1", 1)


def test_the_same_study_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_optuna_journal(tmp_path / name, "criteria-s1", SPACE, RECORDS)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_trials_of_a_conditional_space_have_their_own_values(tmp_path: Path) -> None:
    space: Space = {
        "pooling": Choices(choices=("cls", "mean")),
        "warmup_ratio": Range(low=0, high=1, when={"pooling": ("cls",)}),
    }
    records = (made(0, 0.5, params={"pooling": "cls", "warmup_ratio": 0.2}), made(1, 0.4, params={"pooling": "mean"}))
    write_optuna_journal(tmp_path / "log", "criteria-max", space, records)
    study = optuna.load_study(study_name=None, storage=JournalStorage(JournalFileBackend(str(tmp_path / "log"))))
    assert [trial.params for trial in study.trials] == [{"pooling": "cls", "warmup_ratio": 0.2}, {"pooling": "mean"}]
