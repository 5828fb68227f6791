"""How the end of a fit becomes a state."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redsm5_hpo.corpus.portions import Fold, Portion
from redsm5_hpo.params import Configuration, Params
from redsm5_hpo.search.objective import TrialObjective
from redsm5_hpo.search.pruners import MedianEpochPruner, WilcoxonFoldPruner
from redsm5_hpo.search.records import FoldRecord, TrialRecord, TrialRequest, Values
from redsm5_hpo.training.fit_errors import DivergedError, OutOfTimeError
from redsm5_hpo.training.fit_record import EpochRecord, FitRecord
from redsm5_hpo.training.fit_spec import FitSpec
from tests.search.conftest import DEFAULTS

VALUES: Values = {"learning_rate": 2e-4, "batch_size": 8}
REQUEST = TrialRequest(4, VALUES, DEFAULTS.with_values(VALUES), seed=9, history=((0.9, 0.9), (0.8, 0.8)))
EPOCHS = (EpochRecord(0.9, 0.8, 0.25, 0.5), EpochRecord(0.7, 0.6, 0.75, 0.9), EpochRecord(0.6, 0.7, 0.5, 0.8))


@pytest.fixture
def objective(params: Params) -> TrialObjective:
    spec = FitSpec("criteria", params.training, 3, Portion((Path("train"),)), Portion((Path("val"),)))
    return TrialObjective(spec, MedianEpochPruner(startup_trials=1, warmup_epochs=0))


def run(monkeypatch: pytest.MonkeyPatch, objective: TrialObjective, end: Any) -> TrialRecord:
    """The trial's record when its fit ends with a record or an error."""

    def fit(*_: Any) -> SimpleNamespace:
        if isinstance(end, BaseException):
            raise end
        return SimpleNamespace(record=end)

    monkeypatch.setattr("redsm5_hpo.search.trial.fit", fit)
    return objective(REQUEST)


STOPS = {
    "completed": ("complete", ""),
    "early": ("complete", "no better epoch after epoch 2"),
    "pruned": ("pruned", "below the median after epoch 3"),
}


@pytest.mark.parametrize(("stopped", "expected"), STOPS.items(), ids=STOPS.keys())
def test_a_fit_is_a_record(
    monkeypatch: pytest.MonkeyPatch, objective: TrialObjective, stopped: Any, expected: tuple[str, str]
) -> None:
    record = run(monkeypatch, objective, FitRecord(EPOCHS, best_epoch=2, stopped=stopped, micro_batches=1))
    assert (record.state, record.reason) == expected
    assert (record.number, record.params, record.seed) == (4, VALUES, 9)
    assert (record.epochs, record.value, record.best_epoch) == (EPOCHS, 0.75, 2)


ENDS = {
    "diverged": (DivergedError("training loss nan in epoch 1"), "failed", "training loss nan in epoch 1"),
    "hung": (OutOfTimeError("not finished after 60 s"), "failed", "not finished after 60 s"),
    "no memory on the device": (torch.OutOfMemoryError("tried to allocate 20 MiB"), "infeasible", "out of memory"),
    "no memory on the host": (MemoryError(), "infeasible", "out of memory"),
}


@pytest.mark.parametrize(("error", "state", "reason"), ENDS.values(), ids=ENDS.keys())
def test_an_expected_end_is_a_record(
    monkeypatch: pytest.MonkeyPatch, objective: TrialObjective, error: BaseException, state: str, reason: str
) -> None:
    record = run(monkeypatch, objective, error)
    assert (record.state, record.reason, record.epochs, record.value) == (state, reason, (), None)


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), KeyError("x")], ids=["RuntimeError", "KeyError"])
def test_a_mistake_is_no_record(monkeypatch: pytest.MonkeyPatch, objective: TrialObjective, error: Exception) -> None:
    with pytest.raises(type(error)):
        run(monkeypatch, objective, error)


def test_a_fit_gets_the_whole_configuration_the_seed_and_the_pruner(
    monkeypatch: pytest.MonkeyPatch, objective: TrialObjective
) -> None:
    def fit(spec: FitSpec, configuration: Configuration, seed: int, should_stop: Any) -> SimpleNamespace:
        values: Sequence[float] = [0.1]
        assert spec == objective.spec
        assert configuration == REQUEST.configuration
        assert seed == REQUEST.seed
        assert (should_stop(values), should_stop([0.86])) == (True, False)
        return SimpleNamespace(record=FitRecord(EPOCHS, 2, "completed", 8))

    monkeypatch.setattr("redsm5_hpo.search.trial.fit", fit)
    assert objective(REQUEST).state == "complete"


def test_objective_and_request_can_be_sent(objective: TrialObjective) -> None:
    assert pickle.loads(pickle.dumps((objective, REQUEST))) == (objective, REQUEST)  # noqa: S301 (our own bytes)


FOLDS = tuple(
    Fold(
        Portion((Path("both"),), frozenset({f"train{number}"})), Portion((Path("both"),), frozenset({f"held{number}"}))
    )
    for number in range(5)
)


def run_folds(
    monkeypatch: pytest.MonkeyPatch, params: Params, best: Sequence[float], history: Any = ()
) -> tuple[TrialRecord, list[Any]]:
    """The record of a trial whose folds reach these values in their second of three epochs, and what was fitted."""
    asked: list[Any] = []

    def fit(spec: FitSpec, _: Configuration, seed: int, should_stop: Any) -> SimpleNamespace:
        value = best[len(asked)]
        asked.append((spec.train, spec.val, seed, should_stop([0.0])))
        epochs = tuple(EpochRecord(1.0, 1.0, score, 0.5) for score in (value / 2, value, value / 3))
        return SimpleNamespace(record=FitRecord(epochs, 2, "completed", 8))

    monkeypatch.setattr("redsm5_hpo.search.trial.fit", fit)
    spec = FitSpec("criteria", params.training, 3, FOLDS[0].train, FOLDS[0].held_out)
    return TrialObjective(spec, WilcoxonFoldPruner(0.1), FOLDS)(replace(REQUEST, history=history)), asked


def test_a_trial_over_folds_is_their_mean(monkeypatch: pytest.MonkeyPatch, params: Params) -> None:
    values = (0.5, 0.6, 0.4, 0.5, 0.7)
    record, asked = run_folds(monkeypatch, params, values)
    assert (record.state, record.value, record.best_epoch) == ("complete", pytest.approx(0.54), 2)
    assert record.folds == tuple(FoldRecord(value, 2) for value in values)
    assert record.curve == values
    assert len(record.epochs) == 15
    assert [(train, val) for train, val, _, _ in asked] == [(fold.train, fold.held_out) for fold in FOLDS]


def test_each_fold_has_a_seed_of_its_own_and_is_never_pruned_within(
    monkeypatch: pytest.MonkeyPatch, params: Params
) -> None:
    _, asked = run_folds(monkeypatch, params, (0.5, 0.6, 0.4, 0.5, 0.7), history=((0.9,) * 5,))
    assert len({seed for _, _, seed, _ in asked}) == len(asked)
    assert not any(stops for _, _, _, stops in asked)


def test_a_trial_worse_than_the_best_on_fold_after_fold_is_pruned(
    monkeypatch: pytest.MonkeyPatch, params: Params
) -> None:
    record, asked = run_folds(monkeypatch, params, (0.5, 0.6, 0.4, 0.5, 0.7), history=((0.9, 0.8, 0.9, 0.8, 0.9),))
    assert (record.state, record.reason) == ("pruned", "worse than the best trial on 4 folds")
    assert len(asked) == 4  # four folds are the fewest that a signed-rank test can tell apart at 0.1
    assert TrialRecord.from_json(record.to_json()) == record


def test_micro_batches_for_lack_of_memory_are_in_the_record(
    monkeypatch: pytest.MonkeyPatch, objective: TrialObjective
) -> None:
    record = run(monkeypatch, objective, FitRecord(EPOCHS, 2, "early", 2))
    assert (
        record.reason == "no better epoch after epoch 2; memory was short: each batch in 2 times as many micro-batches"
    )
    assert record.params == VALUES
