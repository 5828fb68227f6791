"""Guessing with the rates of train."""

from dataclasses import replace

import pytest

from redsm5_hpo.reporting.floors.guess import guess_answers
from redsm5_hpo.training.floors import majority_answers
from redsm5_hpo.training.scoring import score
from tests.training.builders import example

PRESENT, ABSENT = example("i feel so sad.", (0, 14)), example("we ate.")
TRAIN = [PRESENT] * 3 + [ABSENT] * 7 + [replace(PRESENT, label="SLEEP")] * 8 + [replace(ABSENT, label="SLEEP")] * 2


def asked(label, count=4000):
    """As many examples, each of a post of its own, three of ten present."""
    return [replace(PRESENT if n % 10 < 3 else ABSENT, label=label, post_id=f"p{n}") for n in range(count)]


RATES = {"rare": ("MOOD", 0.3), "common": ("SLEEP", 0.8), "unseen": ("FATIGUE", 0.55)}


@pytest.mark.parametrize(("label", "rate"), RATES.values(), ids=RATES)
def test_a_label_is_guessed_as_often_as_it_is_present_in_train(label, rate):
    said = [answer.status for answer in guess_answers(TRAIN, asked(label))]
    assert sum(said) / len(said) == pytest.approx(rate, abs=0.03)


def test_guessing_scores_more_macro_f1_than_the_majority():
    scored = asked("MOOD")
    guess, majority = (
        score("criteria", scored, answers(TRAIN[:10], scored)).f1_macro for answers in (guess_answers, majority_answers)
    )
    # at a rate of 0.3: (0.7 + 0.3) / 2 expected, against 1.4 / 1.7 / 2
    assert guess == pytest.approx(0.5, abs=0.03)
    assert majority == pytest.approx(0.412, abs=0.001)


def test_evidence_is_the_whole_text_where_present_is_guessed():
    scored = asked("MOOD", 50)
    for each, answer in zip(scored, guess_answers(TRAIN, scored), strict=True):
        assert answer.evidence == ((0, len(each.text)) if answer.status else None)


def test_an_example_is_guessed_alike_whatever_else_is_scored():
    scored = asked("MOOD", 50)
    assert guess_answers(TRAIN, scored[::-1]) == guess_answers(TRAIN, scored)[::-1]
