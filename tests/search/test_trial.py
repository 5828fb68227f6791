"""What becomes of a fit's end."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redsm5_hpo.corpus.portions import Fold, Portion
from redsm5_hpo.params import Configuration, Params, PruningParams
from redsm5_hpo.search.records import FoldRecord, TrialRecord, TrialRequest
from redsm5_hpo.search.runner import TrialRunner
from redsm5_hpo.training.failures import DivergedError, OutOfTimeError
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.records import EpochRecord, FitRecord

REQUEST = TrialRequest(4, {"learning_rate": 2e-4, "batch_size": 8}, seed=9, history=((0.9, 0.9), (0.8, 0.8)))
EPOCHS = (EpochRecord(0.9, 0.8, 0.25, 0.5), EpochRecord(0.7, 0.6, 0.75, 0.9), EpochRecord(0.6, 0.7, 0.5, 0.8))


@pytest.fixture
def runner(params: Params) -> TrialRunner:
    plan = FitPlan("criteria", params.encoder, params.training, 3, Portion((Path("train"),)), Portion((Path("val"),)))
    return TrialRunner(plan, PruningParams(startup_trials=1, warmup_epochs=0, fold_p=0.1))


def run(monkeypatch: pytest.MonkeyPatch, runner: TrialRunner, end: Any) -> TrialRecord:
    """The trial's record when its fit ends with a record or an error."""

    def fit(*_: Any) -> SimpleNamespace:
        if isinstance(end, BaseException):
            raise end
        return SimpleNamespace(record=end)

    monkeypatch.setattr("redsm5_hpo.search.trial.fit", fit)
    return runner(REQUEST)


STOPS = {
    "completed": ("complete", ""),
    "early": ("complete", "no better epoch after epoch 2"),
    "pruned": ("pruned", "below the median after epoch 3"),
}


@pytest.mark.parametrize(("stopped", "expected"), STOPS.items(), ids=STOPS.keys())
def test_a_fit_is_a_record(
    monkeypatch: pytest.MonkeyPatch, runner: TrialRunner, stopped: Any, expected: tuple[str, str]
) -> None:
    record = run(monkeypatch, runner, FitRecord(EPOCHS, best_epoch=2, stopped=stopped, parts=1))
    assert (record.state, record.reason) == expected
    assert (record.number, record.configuration, record.seed) == (4, REQUEST.configuration, 9)
    assert (record.epochs, record.value, record.best_epoch) == (EPOCHS, 0.75, 2)


ENDS = {
    "diverged": (DivergedError("training loss nan in epoch 1"), "failed", "training loss nan in epoch 1"),
    "hung": (OutOfTimeError("not finished after 60 s"), "failed", "not finished after 60 s"),
    "no memory on the device": (torch.OutOfMemoryError("tried to allocate 20 MiB"), "infeasible", "out of memory"),
    "no memory on the host": (MemoryError(), "infeasible", "out of memory"),
}


@pytest.mark.parametrize(("error", "state", "reason"), ENDS.values(), ids=ENDS.keys())
def test_an_expected_end_is_a_record(
    monkeypatch: pytest.MonkeyPatch, runner: TrialRunner, error: BaseException, state: str, reason: str
) -> None:
    record = run(monkeypatch, runner, error)
    assert (record.state, record.reason, record.epochs, record.value) == (state, reason, (), None)


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), KeyError("x")], ids=["RuntimeError", "KeyError"])
def test_a_mistake_is_no_record(monkeypatch: pytest.MonkeyPatch, runner: TrialRunner, error: Exception) -> None:
    with pytest.raises(type(error)):
        run(monkeypatch, runner, error)


def test_a_fit_gets_the_whole_configuration_the_seed_and_the_rule(
    monkeypatch: pytest.MonkeyPatch, runner: TrialRunner
) -> None:
    def fit(plan: FitPlan, configuration: Configuration, seed: int, should_stop: Any) -> SimpleNamespace:
        values: Sequence[float] = [0.1]
        assert plan == runner.plan
        assert configuration == plan.training.defaults.with_values(REQUEST.configuration)
        assert seed == REQUEST.seed
        assert (should_stop(values), should_stop([0.86])) == (True, False)
        return SimpleNamespace(record=FitRecord(EPOCHS, 2, "completed", 8))

    monkeypatch.setattr("redsm5_hpo.search.trial.fit", fit)
    assert runner(REQUEST).state == "complete"


def test_runner_and_request_travel(runner: TrialRunner) -> None:
    assert pickle.loads(pickle.dumps((runner, REQUEST))) == (runner, REQUEST)  # noqa: S301 (our own bytes)


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

    def fit(plan: FitPlan, _: Configuration, seed: int, should_stop: Any) -> SimpleNamespace:
        value = best[len(asked)]
        asked.append((plan.train, plan.val, seed, should_stop([0.0])))
        epochs = tuple(EpochRecord(1.0, 1.0, score, 0.5) for score in (value / 2, value, value / 3))
        return SimpleNamespace(record=FitRecord(epochs, 2, "completed", 8))

    monkeypatch.setattr("redsm5_hpo.search.trial.fit", fit)
    plan = FitPlan("criteria", params.encoder, params.training, 3, FOLDS[0].train, FOLDS[0].held_out)
    pruning = PruningParams(startup_trials=1, warmup_epochs=0, fold_p=0.1)
    return TrialRunner(plan, pruning, FOLDS)(replace(REQUEST, history=history)), asked


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


def test_batches_cut_into_parts_for_want_of_memory_are_in_the_record(
    monkeypatch: pytest.MonkeyPatch, runner: TrialRunner
) -> None:
    record = run(monkeypatch, runner, FitRecord(EPOCHS, 2, "early", 2))
    assert record.reason == "no better epoch after epoch 2; for want of memory in 2 times as many parts"
    assert record.configuration == REQUEST.configuration
