"""Test metrics of each criterion, on worked examples."""

import pytest

from redsm5_hpo.evaluation.per_criterion import by_criterion, flat
from redsm5_hpo.training.scoring import Prediction
from tests.training.builders import example

TEXT = "i feel sad. awake all night."
MOOD, NIGHT = (0, 11), (12, 28)
EXAMPLES = [
    example(TEXT, NIGHT, label="SLEEP"),
    example(TEXT, MOOD),
    example(TEXT, MOOD),
    example(TEXT),
    example(TEXT),
]
PREDICTIONS = [
    Prediction(-1.0, -1.0, NIGHT),  # missed
    Prediction(1.0, 1.0, MOOD),  # found
    Prediction(-1.0, 1.0, (0, 6)),  # status missed; token F1 of the evidence 4/5
    Prediction(1.0, 1.0, (0, 1)),  # wrongly present
    Prediction(-1.0, -1.0, None),  # rightly absent
]


def results(architecture="share", low_support=2):
    return by_criterion(architecture, EXAMPLES, PREDICTIONS, low_support)


def test_labels_are_in_alphabetical_order():
    assert list(results()) == ["MOOD", "SLEEP"]


def test_a_criterion_is_measured_on_its_own_examples():
    mood = results()["MOOD"]
    assert (mood.support, mood.examples) == (2, 4)
    assert (mood.precision, mood.recall, mood.f1) == (0.5, 0.5, 0.5)
    assert mood.evidence_f1 == pytest.approx((1 + 4 / 5 + 0 + 1) / 4)


def test_what_is_undefined_is_0():
    sleep = results()["SLEEP"]
    assert (sleep.precision, sleep.recall, sleep.f1, sleep.evidence_f1) == (0.0, 0.0, 0.0, 0.0)


MARKED = {"none": (1, []), "the rarer one": (2, ["SLEEP"]), "both": (3, ["MOOD", "SLEEP"])}


@pytest.mark.parametrize(("low_support", "marked"), MARKED.values(), ids=MARKED)
def test_criteria_with_low_support_are_marked(low_support, marked):
    assert [label for label, result in results(low_support=low_support).items() if result.low_support] == marked


def test_without_spans_there_is_no_evidence_f1():
    result = results("criteria")["MOOD"]
    assert result.evidence_f1 is None
    assert set(flat(result)) == {"support", "examples", "precision", "recall", "f1", "low_support"}


def test_with_spans_every_metric_is_listed():
    assert flat(results()["MOOD"]) == vars(results()["MOOD"])
