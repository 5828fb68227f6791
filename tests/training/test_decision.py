"""How a model's answers are read."""

import numpy as np
import pytest

from redsm5_hpo.seeding import generator
from redsm5_hpo.training.decision import Cut, Decision, best_temperature, fit_decision
from redsm5_hpo.training.scoring import Answer, score
from tests.training.builders import example

TEXT = "sad day"


def overconfident(size=2000, factor=3.0):
    """Truths, and log odds that are `factor` times what they should be."""
    rng = generator(7, "odds")
    honest = rng.normal(0, 1.5, size)
    truth = (rng.random(size) < 1 / (1 + np.exp(-honest))).astype(int)
    return truth.tolist(), honest * factor


def test_the_temperature_of_overconfident_odds_is_their_excess():
    truth, odds = overconfident(factor=3.0)
    assert best_temperature(truth, odds) == pytest.approx(3.0, rel=0.1)


def test_honest_odds_stay_as_they_are():
    truth, odds = overconfident(factor=1.0)
    assert best_temperature(truth, odds) == pytest.approx(1.0, rel=0.1)


def test_one_class_tells_no_temperature():
    assert best_temperature([1, 1], np.array([0.5, 1.0])) == 1.0


def test_a_temperature_alone_changes_no_answer():
    answers = [Answer(value, value, (0, 3)) for value in (-2.0, -0.1, 0.1, 2.0)]
    read = Decision(Cut(4.0), Cut(0.5)).applied(answers)
    assert [(each.status, each.evidence) for each in read] == [(each.status, each.evidence) for each in answers]
    assert [each.status_log_odds for each in read] == [-0.5, -0.025, 0.025, 0.5]


def test_a_threshold_moves_what_counts_as_present():
    decision = Decision(Cut(2.0, threshold=0.75), Cut(1.0, threshold=-1.5))
    read = decision.applied([Answer(value, value, (0, 3)) for value in (-2.0, -1.0, 1.0, 2.0)])
    assert [each.status for each in read] == [0, 0, 0, 1]
    assert [each.evidence for each in read] == [None, (0, 3), (0, 3), (0, 3)]


@pytest.mark.parametrize("architecture", ["criteria", "evidence", "share", "joint"])
def test_the_fitted_decision_scores_best_on_what_it_was_fitted_on(architecture):
    rng = generator(3, architecture)
    asked = [example(TEXT, *[(0, 3)] * int(rng.integers(2)), post_id=f"p{number}") for number in range(60)]
    odds = [float(rng.normal(1.5 if each.status else 0.5)) for each in asked]
    answers = [Answer(value, value, (0, 3)) for value in odds]
    decision = fit_decision(architecture, asked, answers)
    fitted, even = (score(architecture, asked, said).f1_macro for said in (decision.applied(answers), answers))
    assert fitted > even


def test_what_is_not_learned_has_no_decision():
    asked = [example(TEXT, (0, 3)), example(TEXT)]
    answers = [Answer(3.0, 3.0, (0, 3)), Answer(1.0, 1.0, (0, 3))]
    assert fit_decision("criteria", asked, answers).spans == Cut()
    assert fit_decision("evidence", asked, answers).status == Cut()


def test_infinite_odds_are_taken():
    asked = [example(TEXT, (0, 3)), example(TEXT), example(TEXT)]
    answers = [Answer(None, 2.0, (0, 3)), Answer(None, -1.0, (0, 3)), Answer(None, -np.inf, None)]
    decision = fit_decision("evidence", asked, answers)
    assert [each.status for each in decision.applied(answers)] == [1, 0, 0]
