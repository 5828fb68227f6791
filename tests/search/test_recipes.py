"""What the stages of the multi-stage search are made of."""

from pathlib import Path

import pytest

from redsm5_hpo.params import Params, Range
from redsm5_hpo.search.outputs import FinishedStudy, write_best, write_trials
from redsm5_hpo.search.proposals import SpaceFilling, Tpe
from redsm5_hpo.search.recipes import Stage, StageRecipe, stage_recipe, startup_trials
from redsm5_hpo.search.space import outside
from tests.search.conftest import made

STAGES: list[Stage] = ["s0", "s1", "s2"]


def recipe(params: Params, stage: Stage, folder: Path) -> StageRecipe:
    return stage_recipe(params, stage, None if stage == "s0" else folder)


@pytest.fixture
def previous(params: Params, tmp_path: Path) -> Path:
    """A finished stage of eight trials; the later the better."""
    filling = SpaceFilling(params.hpo.space)
    records = tuple(made(number, number / 10, configuration=filling.propose(1, number)) for number in range(8))
    study = FinishedStudy("criteria", "s1", params.hpo.space, params.training.defaults, 3, records)
    write_trials(tmp_path, study)
    write_best(tmp_path, study)
    return tmp_path


def test_sanity_tries_the_defaults_first_and_prunes_nothing(params: Params) -> None:
    made = stage_recipe(params, "s0", None)
    assert isinstance(made.study.proposal, SpaceFilling)
    assert made.pruning is None
    first = made.study.request(0, [], []).configuration
    assert first == {name: getattr(params.training.defaults, name) for name in params.hpo.space}


def test_later_stages_start_from_the_best_before(params: Params, previous: Path) -> None:
    best = SpaceFilling(params.hpo.space).propose(1, 7)
    for stage in ("s1", "s2"):
        made = recipe(params, stage, previous)
        assert isinstance(made.study.proposal, Tpe)
        assert made.pruning == params.hpo.pruning
        assert made.study.request(0, [], []).configuration == best


def test_the_coarse_search_has_the_whole_space(params: Params, previous: Path) -> None:
    assert recipe(params, "s1", previous).space == params.hpo.space


def test_the_fine_search_has_a_narrower_space_that_holds_the_best(params: Params, previous: Path) -> None:
    narrowed = recipe(params, "s2", previous)
    for name, dimension in params.hpo.space.items():
        inner = narrowed.space[name]
        if isinstance(dimension, Range):
            assert isinstance(inner, Range)
            assert dimension.low <= inner.low < inner.high <= dimension.high
            assert inner.high - inner.low < dimension.high - dimension.low
    assert outside(narrowed.space, narrowed.study.request(0, [], []).configuration) == []


@pytest.mark.parametrize("stage", STAGES)
def test_budget_and_window_are_those_of_the_settings(params: Params, previous: Path, stage: Stage) -> None:
    made = recipe(params, stage, previous)
    budget = getattr(params.hpo, stage)
    assert (made.study.trials, made.epochs, made.study.window) == (budget.trials, budget.epochs, params.hpo.window)


def test_stages_do_not_share_seeds(params: Params, previous: Path) -> None:
    assert len({recipe(params, stage, previous).study.seed for stage in STAGES}) == 3


@pytest.mark.parametrize("stage", STAGES)
def test_settings_of_other_stages_do_not_count(params: Params, previous: Path, stage: Stage) -> None:
    settings = recipe(params, stage, previous).settings
    assert set(settings) == {"encoder", "training", "split", "hpo"}
    assert {"s0", "s1", "s2"} & set(settings["hpo"]) == {stage}
    assert ("pruning" in settings["hpo"]) is (stage != "s0")


def test_defaults_outside_the_space_are_named(params: Params) -> None:
    defaults = params.training.defaults.with_values({"dropout": 0.9, "batch_size": 64})
    changed = params.model_copy(update={"training": params.training.model_copy(update={"defaults": defaults})})
    (told,) = stage_recipe(changed, "s0", None).told
    assert "outside the space in batch_size, dropout;" in told


STARTUPS = {"one trial": (1, 1), "a few": (5, 1), "a stage": (20, 5), "many": (40, 10), "very many": (1000, 10)}


@pytest.mark.parametrize(("trials", "startup"), STARTUPS.values(), ids=STARTUPS)
def test_startup_suits_the_budget(trials: int, startup: int) -> None:
    assert startup_trials(trials) == startup
