"""What is told of a refitted model beside its scores."""

from statistics import fmean, stdev

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.reporting.fitted import even_odds_score, seed_scores, selection_result
from redsm5_hpo.training.decision import Cut, Decision
from redsm5_hpo.training.scoring import Answer, score
from redsm5_hpo.training.winner import Winner
from tests.training.builders import CONFIGURATION, example, learnable_corpus

ASKED = examples(learnable_corpus(8, 24), "criteria")


def winner(**fields):
    values = {"best_epoch": 1, "epochs": 3, "value": 0.75, "trial": 3, "stage": "s2", **fields}
    return Winner(configuration=CONFIGURATION, **values)


def answers(*log_odds):
    return [Answer(value) for value in log_odds]


def test_each_seeds_score_is_that_of_its_answers_alone():
    by_seed = {1: answers(*[1.0] * 8, *[-1.0] * 8), 2: answers(*[1.0, -1.0] * 8)}
    found = seed_scores("criteria", ASKED, by_seed)
    alone = [score("criteria", ASKED, each).f1_macro for each in by_seed.values()]
    assert [found["1"], found["2"]] == alone
    assert (found["mean"], found["std"]) == (fmean(alone), stdev(alone))


def test_one_seed_has_no_spread():
    assert set(seed_scores("criteria", ASKED, {3: answers(*[1.0] * 16)})) == {"3", "mean"}


def test_even_odds_leave_the_thresholds_aside():
    asked = [example("sad day", (0, 3)), example("sad day")]
    answers = [Answer(0.5, 0.5, (0, 3)), Answer(-0.5, -0.5, (0, 3))]
    moved = Decision(Cut(1.0, 0.9), Cut(1.0, 0.9)).applied(answers)
    assert score("share", asked, moved).f1_macro < even_odds_score("share", asked, moved) == 1.0


def test_the_selection_is_told_as_it_was():
    told = {"beats_default": True, "gain": 0.1, "optimism": 0.02}
    assert selection_result(winner(selection=told)) == {"mean": 0.75, "ships_default": False, **told}
    assert selection_result(winner(stage="default", trial=None))["ships_default"] is True
