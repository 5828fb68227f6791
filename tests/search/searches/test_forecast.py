"""How long a study will take, said before it starts."""

from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.params import Choices, Configuration, Params, Range, Space
from redsm5_hpo.search.searches import forecast as module
from redsm5_hpo.search.searches.forecast import forecast, mean_trial
from redsm5_hpo.training.fit_errors import DivergedError, OutOfTimeError
from redsm5_hpo.training.fit_spec import FitSpec
from tests.search.conftest import DEFAULTS

EPOCH_SECONDS = 30.0
ALONE = "a trial of 6 epochs and mean cost takes about 3 min 00 s"
# trials, workers, hours, what is forecast for all, and for the timeout
FORECASTS = {
    "one worker": (800, 1, None, "so 800 with 1 at once about 40 h 00 min", ""),
    "two workers": (800, 2, None, "so 800 with 2 at once about 20 h 00 min", ""),
    "hours enough": (800, 2, 20.0, "about 20 h 00 min", ""),
    "too few hours": (
        800,
        2,
        5.0,
        "about 20 h 00 min",
        "hpo.max.timeout_hours 5 ends the study after about 200 trials",
    ),
}


@pytest.fixture
def spec(params: Params) -> FitSpec:
    return FitSpec("joint", params.training, 6, Portion((Path("train"),)), Portion((Path("val"),)))


@pytest.mark.parametrize(("trials", "workers", "hours", "of_all", "of_the_limit"), FORECASTS.values(), ids=FORECASTS)
def test_trials_times_their_epochs_over_workers(
    monkeypatch: pytest.MonkeyPatch,
    spec: FitSpec,
    trials: int,
    workers: int,
    hours: float | None,
    of_all: str,
    of_the_limit: str,
) -> None:
    monkeypatch.setattr(module, "run_in_workers", lambda _, workers, __: [EPOCH_SECONDS] * workers)
    message = forecast(spec, DEFAULTS, trials, workers, hours)
    assert message.startswith(ALONE)
    assert of_all in message
    assert of_the_limit in message
    assert ("ends the study" in message) is bool(of_the_limit)


def test_workers_that_hold_each_other_up_are_forecast_as_they_are(
    monkeypatch: pytest.MonkeyPatch, spec: FitSpec
) -> None:
    """As on one GPU, where each of two fits at once may take twice as long."""
    monkeypatch.setattr(module, "run_in_workers", lambda _, workers, __: [EPOCH_SECONDS * workers] * workers)
    of_all = {forecast(spec, DEFAULTS, 800, workers, None).rpartition("about ")[2] for workers in (1, 2, 4)}
    assert of_all == {"40 h 00 min; less where trials end early"}


SPACE: Space = {
    "dropout": Range(low=0.0, high=0.5),
    "frozen_layers": Range(low=0, high=6, integer=True),
    "max_length": Choices(choices=(96, 192)),
}


def layers_times_length(configuration: Configuration) -> float:
    return float((7 - configuration.frozen_layers) * configuration.max_length)


def test_the_trial_that_is_timed_costs_about_the_mean_of_the_space() -> None:
    found = mean_trial(SPACE, DEFAULTS, 1, layers_times_length)
    assert layers_times_length(found) == pytest.approx(4 * 144, rel=0.15)


def test_what_decides_no_cost_is_the_default() -> None:
    assert mean_trial(SPACE, DEFAULTS, 1, layers_times_length).dropout == DEFAULTS.dropout


PROBLEMS = (
    DivergedError("training loss nan in epoch 1"),
    OutOfTimeError("not finished after 60 s"),
    BrokenProcessPool(),
)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda each: type(each).__name__)
def test_a_trial_without_result_has_no_forecast_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, spec: FitSpec, problem: Exception
) -> None:
    def refuse(*_: object) -> float:
        raise problem

    monkeypatch.setattr(module, "run_in_workers", refuse)
    assert forecast(spec, DEFAULTS, 800, 2, None).startswith("no forecast: ")
