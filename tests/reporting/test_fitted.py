"""What is told of a refitted model beside its scores."""

from statistics import fmean, stdev

import pytest

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.reporting.fitted import default_answers, even_odds_score, seed_scores, selection_result
from redsm5_hpo.training.decision import Cut, Decision
from redsm5_hpo.training.fit import fit_all_epochs
from redsm5_hpo.training.model import tokenizers
from redsm5_hpo.training.saving import DEFAULT_MODEL, load_predictor, save_description, save_seed
from redsm5_hpo.training.scoring import Answer, score
from redsm5_hpo.training.winner import Winner
from tests.training.builders import CONFIGURATION, encoder, example, learnable_corpus, plan

ASKED = examples(learnable_corpus(8, 24), "criteria")


def winner(**fields):
    values = {"best_epoch": 1, "epochs": 3, "value": 0.75, "trial": 3, "stage": "s2", **fields}
    return Winner(configuration=CONFIGURATION, **values)


@pytest.fixture
def saved(tiny, tmp_path, monkeypatch):
    """A model of two seeds, and the default configuration's of one."""
    monkeypatch.chdir(tmp_path)
    for name, size, first in (("train", 8, 0), ("val", 8, 16)):
        learnable_corpus(size, first).save(tmp_path / name)
    a_plan = plan(tmp_path, "criteria", encoder(tiny["bert"]))
    told = {"beats_default": True, "gain": 0.1, "optimism": 0.02}
    for folder, seeds, shipped in (
        (tmp_path / "model", (1, 2), winner(selection=told)),
        (tmp_path / "model" / DEFAULT_MODEL, (3,), winner(stage="default", trial=None)),
    ):
        for seed in seeds:
            save_seed(
                folder, seed, fit_all_epochs(a_plan, CONFIGURATION, seed, 1)[0], tokenizers("criteria", a_plan.encoder)
            )
        save_description(folder, a_plan, shipped, seeds)
    return tmp_path / "model"


def test_each_seeds_score_is_that_of_its_model_alone(saved):
    predictor = load_predictor(saved)
    found = seed_scores(predictor, ASKED)
    alone = {
        seed: score("criteria", ASKED, each.predict(ASKED)[0]).f1_macro for seed, each in predictor.by_seed().items()
    }
    assert [found["1"], found["2"]] == [alone[1], alone[2]]
    assert (found["mean"], found["std"]) == (fmean(alone.values()), stdev(alone.values()))


def test_one_seed_has_no_spread(saved):
    assert set(seed_scores(load_predictor(saved / DEFAULT_MODEL), ASKED)) == {"3", "mean"}


def test_the_default_configuration_answers_with_its_own_model(saved):
    assert default_answers(saved, ASKED) == load_predictor(saved / DEFAULT_MODEL).predict(ASKED)[0]


def test_a_shipped_default_configuration_has_no_rival(saved):
    assert default_answers(saved / DEFAULT_MODEL, ASKED) is None


def test_even_odds_leave_the_thresholds_aside():
    asked = [example("sad day", (0, 3)), example("sad day")]
    answers = [Answer(0.5, 0.5, (0, 3)), Answer(-0.5, -0.5, (0, 3))]
    moved = Decision(Cut(1.0, 0.9), Cut(1.0, 0.9)).applied(answers)
    assert score("share", asked, moved).f1_macro < even_odds_score("share", asked, moved) == 1.0


def test_the_selection_is_told_as_it_was(saved):
    assert selection_result(load_predictor(saved)) == {
        "mean": 0.75,
        "ships_default": False,
        "beats_default": True,
        "gain": 0.1,
        "optimism": 0.02,
    }
    assert selection_result(load_predictor(saved / DEFAULT_MODEL))["ships_default"] is True
