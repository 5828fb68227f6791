"""What each stage of the multi-stage search searches."""

from pathlib import Path

import pytest

from redsm5_hpo.core.errors import StudyError
from redsm5_hpo.core.layout import search_stage, study_folder
from redsm5_hpo.params import Choices, Params, Range
from redsm5_hpo.search.pruners import MedianEpochPruner, NoPruner, WilcoxonFoldPruner
from redsm5_hpo.search.results.study_files import FinishedStudy, write_best, write_trials
from redsm5_hpo.search.samplers import SobolSampler
from redsm5_hpo.search.searches import staged
from redsm5_hpo.search.searches.staged import PREVIOUS, Stage, staged_search, startup_trials
from redsm5_hpo.search.space import outside
from redsm5_hpo.search.specification import SearchSpecification
from tests.search.conftest import made

STAGES: list[Stage] = ["s0", "s1", "s2"]


def specification(params: Params, stage: Stage) -> SearchSpecification:
    return staged_search(params, "criteria", stage)


@pytest.fixture(autouse=True)
def previous(params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finished stages s0 and s1 of eight trials each; the later the better."""
    monkeypatch.chdir(tmp_path)
    search, filling = specification(params, "s0"), SobolSampler(params.hpo.space)
    records = tuple(made(number, number / 10, params=filling.sample(1, number)) for number in range(8))
    for stage in ("s0", "s1"):
        folder = study_folder("criteria", search_stage(stage))
        write_trials(folder, FinishedStudy(search, records))
        write_best(folder, FinishedStudy(search, records))


def test_sanity_tries_the_defaults_first_and_prunes_nothing(params: Params) -> None:
    search = specification(params, "s0")
    assert (search.startup_trials, search.pruner, search.sanity) == (None, NoPruner(), True)
    assert search.first == ({name: getattr(params.training.defaults, name) for name in params.hpo.space},)


def test_a_study_says_which_ranges_come_from_the_encoder_and_its_settings_have_them(params: Params) -> None:
    search = specification(params, "s0")
    assert search.messages == (
        "what suits encoder minilm_l6 (ranges of minilm_l6): learning_rate 0.0001 to 0.002, batch_size 8 or 16 or 32, "
        "warmup_ratio 0 to 0.2",
    )
    assert search.settings["hpo"]["space"]["learning_rate"]["high"] == 0.002
    assert search.settings["training"]["defaults"]["learning_rate"] == 0.001


def test_ranges_of_the_settings_own_are_not_said_to_come_from_the_encoder(params: Params) -> None:
    space = {"learning_rate": Range(low=1e-7, high=2e-3, log=True)}
    own = params.model_copy(update={"hpo": params.hpo.model_copy(update={"space": space})})
    assert specification(own, "s0").messages == ()


def test_what_an_architecture_does_not_read_is_not_searched(params: Params) -> None:
    space = {**params.hpo.space, "train_on_sentences": Choices(choices=(False, True))}
    wider = params.model_copy(update={"hpo": params.hpo.model_copy(update={"space": space})})
    assert staged_search(wider, "criteria", "s0").space == params.hpo.space
    assert staged_search(wider, "share", "s0").space == space


ENCODERS: dict[str, tuple[str | None, bool]] = {
    "none of its own for criteria": (None, True),
    "the same for criteria": ("minilm_l6", True),
    "another for criteria": ("bert_base", False),
}


@pytest.mark.parametrize(("criteria", "tied"), ENCODERS.values(), ids=ENCODERS)
def test_only_equal_encoders_are_tied(params: Params, criteria: str | None, tied: bool) -> None:
    space = {**params.hpo.space, "tie_encoders": Choices(choices=(False, True))}
    hpo, encoder = (
        params.hpo.model_copy(update={"space": space}),
        params.encoder.model_copy(update={"criteria_name": criteria}),
    )
    search = staged_search(params.model_copy(update={"hpo": hpo, "encoder": encoder}), "joint", "s0")
    assert ("tie_encoders" in search.space) is tied


def test_a_space_of_which_an_architecture_reads_nothing_is_an_error(params: Params) -> None:
    space = {"fusion": Choices(choices=("gated", "none"))}
    fusion = params.model_copy(update={"hpo": params.hpo.model_copy(update={"space": space})})
    with pytest.raises(StudyError, match=r"criteria reads nothing of hpo\.space\n  got: fusion"):
        staged_search(fusion, "criteria", "s0")


def test_later_stages_start_from_the_best_before(params: Params) -> None:
    best = SobolSampler(params.hpo.space).sample(1, 7)
    pruning = params.hpo.pruning
    for stage in STAGES[1:]:
        search = specification(params, stage)
        assert search.pruner == MedianEpochPruner(pruning.startup_trials, pruning.warmup_epochs)
        assert (search.first, search.sanity, search.previous) == ((best,), False, PREVIOUS[stage])


def test_with_folds_trials_are_pruned_between_folds(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged, "folds", lambda *_: ("a fold",) * 3)
    folded = params.model_copy(update={"hpo": params.hpo.model_copy(update={"folds": 3})})
    search = specification(folded, "s1")
    assert search.pruner == WilcoxonFoldPruner(params.hpo.pruning.p_threshold)
    assert len(search.folds) == 3
    assert search.messages[-1] == "no trial is pruned: 2 folds tell too little for hpo.pruning.p_threshold 0.1"


def test_the_coarse_search_has_the_whole_space(params: Params) -> None:
    assert specification(params, "s1").space == params.hpo.space


def test_the_fine_search_has_a_narrower_space_that_holds_the_best(params: Params) -> None:
    narrowed = specification(params, "s2")
    for name, dimension in params.hpo.space.items():
        inner = narrowed.space[name]
        if isinstance(dimension, Range):
            assert isinstance(inner, Range)
            assert dimension.low <= inner.low < inner.high <= dimension.high
            assert inner.high - inner.low < dimension.high - dimension.low
    assert outside(narrowed.space, narrowed.first[0]) == []


@pytest.mark.parametrize("stage", STAGES)
def test_only_the_fine_search_knows_a_space_that_its_own_was_narrowed_from(params: Params, stage: Stage) -> None:
    assert specification(params, stage).narrowed_from == (params.hpo.space if stage == "s2" else None)


@pytest.mark.parametrize("stage", STAGES)
def test_the_budget_is_that_of_the_settings(params: Params, stage: Stage) -> None:
    search, budget = specification(params, stage), getattr(params.hpo, stage)
    assert (search.trials, search.epochs) == (budget.trials, budget.epochs)
    assert search.max_concurrent_trials == params.hpo.max_concurrent_trials


def test_stages_do_not_share_seeds(params: Params) -> None:
    assert len({specification(params, stage).seed for stage in STAGES}) == 3


@pytest.mark.parametrize("stage", STAGES)
def test_settings_of_other_stages_do_not_count(params: Params, stage: Stage) -> None:
    settings = specification(params, stage).settings
    assert set(settings) == {"encoder", "training", "split", "hpo"}
    assert {"s0", "s1", "s2"} & set(settings["hpo"]) == {stage}
    assert ("pruning" in settings["hpo"]) is (stage != "s0")


STARTUPS = {"one trial": (1, 1), "a few": (5, 1), "a stage": (20, 5), "many": (40, 10), "very many": (1000, 10)}


@pytest.mark.parametrize(("trials", "startup"), STARTUPS.values(), ids=STARTUPS)
def test_startup_suits_the_budget(trials: int, startup: int) -> None:
    assert startup_trials(trials) == startup
