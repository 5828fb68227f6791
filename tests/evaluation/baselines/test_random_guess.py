"""Random guesses at the rates of train."""

from dataclasses import replace

import pytest

from redsm5_hpo.evaluation.baselines.random_guess import guess_predictions
from redsm5_hpo.training.majority_baseline import majority_predictions
from redsm5_hpo.training.scoring import score
from tests.training.builders import example

PRESENT, ABSENT = example("i feel so sad.", (0, 14)), example("we ate.")
TRAIN = [PRESENT] * 3 + [ABSENT] * 7 + [replace(PRESENT, label="SLEEP")] * 8 + [replace(ABSENT, label="SLEEP")] * 2


def scored_examples(label, count=4000):
    """Examples of a label, each with a post of its own, three of ten present."""
    return [replace(PRESENT if n % 10 < 3 else ABSENT, label=label, post_id=f"p{n}") for n in range(count)]


RATES = {"rare": ("MOOD", 0.3), "common": ("SLEEP", 0.8), "not in train": ("FATIGUE", 0.55)}


@pytest.mark.parametrize(("label", "rate"), RATES.values(), ids=RATES)
def test_a_label_is_guessed_at_its_rate_in_train(label, rate):
    predicted = [prediction.status for prediction in guess_predictions(TRAIN, scored_examples(label))]
    assert sum(predicted) / len(predicted) == pytest.approx(rate, abs=0.03)


def test_guesses_have_a_higher_macro_f1_than_the_majority():
    scored = scored_examples("MOOD")
    guess, majority = (
        score("criteria", scored, predictions(TRAIN[:10], scored)).f1_macro
        for predictions in (guess_predictions, majority_predictions)
    )
    # expected at a rate of 0.3: (0.7 + 0.3) / 2, and 1.4 / 1.7 / 2 of the majority
    assert guess == pytest.approx(0.5, abs=0.03)
    assert majority == pytest.approx(0.412, abs=0.001)


def test_evidence_is_the_whole_text_if_the_guess_is_present():
    scored = scored_examples("MOOD", 50)
    for each, prediction in zip(scored, guess_predictions(TRAIN, scored), strict=True):
        assert prediction.evidence == ((0, len(each.text)) if prediction.status else None)


def test_a_guess_does_not_depend_on_the_other_examples():
    scored = scored_examples("MOOD", 50)
    assert guess_predictions(TRAIN, scored[::-1]) == guess_predictions(TRAIN, scored)[::-1]
