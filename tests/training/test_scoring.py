"""f1_macro and accuracy of each architecture, on worked examples."""

import math

import pytest

from redsm5_hpo.training.scoring import Prediction, gold_texts, predicted_text, score
from tests.training.builders import example

SAD, SLEEPLESS = "i feel sad. it was a day.", "awake all night. i feel sad."
SAD_SPAN, NIGHT_SPAN, SAD_SPAN_2 = (0, 11), (0, 16), (17, 28)
PAIRS = [
    example(SAD, SAD_SPAN, label="MOOD"),
    example(SLEEPLESS, SAD_SPAN_2, label="MOOD"),
    example("it was a day.", label="MOOD"),
    example(SLEEPLESS, NIGHT_SPAN, label="SLEEP"),
]
PREDICTIONS = [
    Prediction(2.0, 1.0, SAD_SPAN),  # right
    Prediction(-1.0, 1.0, (17, 23)),  # "i feel" of "i feel sad": 4/5; status wrong
    Prediction(-2.0, -1.0, (0, 2)),  # right: no evidence
    Prediction(1.0, -1.0, NIGHT_SPAN),  # no evidence predicted: 0; status right
]
# F1 of absent: 1 of 2 predicted, 1 of 1 true: 2/3; of present: 2 of 2 predicted, 2 of 3 true: 4/5
STATUS_F1 = (2 / 3 + 4 / 5) / 2
EVIDENCE_F1 = ((1 + 4 / 5 + 1) / 3 + 0) / 2
EXACT = ((1 + 0 + 1) / 3 + 0) / 2


def only(*names):
    """The predictions of an architecture with one of the heads."""
    return [Prediction(**{name: getattr(prediction, name) for name in names}) for prediction in PREDICTIONS]


SPANS_ONLY = only("span_log_odds", "span")
STATUS_ONLY = only("status_log_odds")


def test_criteria_is_scored_by_its_status():
    found = score("criteria", PAIRS, STATUS_ONLY)
    assert found.f1_macro == found.status_f1_macro == pytest.approx(STATUS_F1)
    assert (found.evidence_f1, found.evidence_exact_match) == (None, None)


def test_evidence_is_the_mean_of_a_criterion_and_then_of_criteria():
    found = score("evidence", PAIRS, SPANS_ONLY)
    assert found.f1_macro == found.evidence_f1 == pytest.approx(EVIDENCE_F1)
    assert found.evidence_exact_match == pytest.approx(EXACT)
    assert found.status_f1_macro is None


@pytest.mark.parametrize("architecture", ["share", "joint"])
def test_two_heads_are_scored_by_the_mean_of_both(architecture):
    found = score(architecture, PAIRS, PREDICTIONS)
    assert found.f1_macro == pytest.approx((STATUS_F1 + EVIDENCE_F1) / 2)
    assert (found.status_f1_macro, found.evidence_f1) == pytest.approx((STATUS_F1, EVIDENCE_F1))


ACCURACIES = {"criteria": (STATUS_ONLY, 3 / 4), "evidence": (SPANS_ONLY, 3 / 4), "share": (PREDICTIONS, 3 / 4)}


@pytest.mark.parametrize(("architecture", "case"), ACCURACIES.items(), ids=ACCURACIES)
def test_accuracy_is_the_share_of_correct_statuses(architecture, case):
    predictions, expected = case
    assert score(architecture, PAIRS, predictions).accuracy == expected


def test_accuracy_of_evidence_is_that_of_predicting_any():
    predictions = [Prediction(None, odds, (0, 1)) for odds in (1.0, 1.0, 1.0, -1.0)]
    assert score("evidence", PAIRS, predictions).accuracy == 2 / 4


def test_a_rare_criterion_counts_as_much_as_a_common_one():
    predictions = [*SPANS_ONLY[:3], Prediction(None, 1.0, NIGHT_SPAN)]
    gain = score("evidence", PAIRS, predictions).f1_macro - score("evidence", PAIRS, SPANS_ONLY).f1_macro
    assert gain == pytest.approx(1 / 2)


ODDS = {"more likely": (0.1, 1), "as likely": (0.0, 0), "less likely": (-0.1, 0), "impossible": (-math.inf, 0)}


@pytest.mark.parametrize(("odds", "status"), ODDS.values(), ids=ODDS)
def test_present_is_predicted_if_it_is_more_likely_than_absent(odds, status):
    assert Prediction(status_log_odds=odds).status == status
    assert Prediction(span_log_odds=odds, span=(0, 1)).status == status


def test_the_status_head_decides_the_status():
    assert Prediction(-1.0, 5.0, (0, 1)).status == 0


def test_an_empty_prediction_is_absent_without_evidence():
    assert (Prediction().status, Prediction().evidence) == (0, None)


EVIDENCES = {"likely": (1.0, "i feel sad."), "as likely as none": (0.0, ""), "unlikely": (-1.0, ""), "none": (None, "")}


@pytest.mark.parametrize(("odds", "text"), EVIDENCES.values(), ids=EVIDENCES)
def test_evidence_is_predicted_if_it_is_more_likely_than_none(odds, text):
    assert predicted_text(PAIRS[0], Prediction(None, odds, SAD_SPAN)) == text


def test_gold_texts_are_those_of_the_spans():
    assert gold_texts(example(SLEEPLESS, NIGHT_SPAN, SAD_SPAN_2)) == ["awake all night.", "i feel sad."]
    assert gold_texts(PAIRS[2]) == []


def test_there_must_be_one_prediction_for_each_example():
    with pytest.raises(ValueError):
        score("share", PAIRS, PREDICTIONS[:3])
