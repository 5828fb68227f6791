"""What becomes of a fit's end."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redsm5_hpo.params import Configuration, Params, PruningParams
from redsm5_hpo.search.records import TrialRecord, TrialRequest
from redsm5_hpo.search.trial import TrialRunner
from redsm5_hpo.training.fit import DivergedError
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.records import EpochRecord, FitRecord

REQUEST = TrialRequest(4, {"learning_rate": 2e-4, "batch_size": 8}, seed=9, history=((0.9, 0.9), (0.8, 0.8)))
EPOCHS = (EpochRecord(0.9, 0.8, 0.25, 0.5), EpochRecord(0.7, 0.6, 0.75, 0.9), EpochRecord(0.6, 0.7, 0.5, 0.8))


@pytest.fixture
def runner(params: Params) -> TrialRunner:
    plan = FitPlan("criteria", params.encoder, params.training, 3, (Path("train"),), Path("val"))
    return TrialRunner(plan, PruningParams(startup_trials=1, warmup_epochs=0))


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
    record = run(monkeypatch, runner, FitRecord(EPOCHS, best_epoch=2, stopped=stopped))
    assert (record.state, record.reason) == expected
    assert (record.number, record.configuration, record.seed) == (4, REQUEST.configuration, 9)
    assert (record.epochs, record.value, record.best_epoch) == (EPOCHS, 0.75, 2)


ENDS = {
    "diverged": (DivergedError("training loss nan in epoch 1"), "failed", "training loss nan in epoch 1"),
    "no memory on the device": (torch.OutOfMemoryError("tried to allocate 20 MiB"), "infeasible", "out of memory"),
    "no memory on the host": (MemoryError(), "infeasible", "out of memory"),
}


@pytest.mark.parametrize(("error", "state", "reason"), ENDS.values(), ids=ENDS.keys())
def test_an_expected_end_is_a_record(
    monkeypatch: pytest.MonkeyPatch, runner: TrialRunner, error: BaseException, state: str, reason: str
) -> None:
    record = run(monkeypatch, runner, error)
    assert (record.state, record.reason, record.epochs, record.value) == (state, reason, (), None)


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), KeyError("x")])
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
        return SimpleNamespace(record=FitRecord(EPOCHS, 2, "completed"))

    monkeypatch.setattr("redsm5_hpo.search.trial.fit", fit)
    assert runner(REQUEST).state == "complete"


def test_runner_and_request_travel(runner: TrialRunner) -> None:
    assert pickle.loads(pickle.dumps((runner, REQUEST))) == (runner, REQUEST)  # noqa: S301 (our own bytes)
