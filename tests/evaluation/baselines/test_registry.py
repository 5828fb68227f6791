"""Which baselines an architecture has, and what holds for all of them."""

from dataclasses import replace
from functools import cache

import pytest

from redsm5_hpo.corpus.examples import examples
from redsm5_hpo.evaluation.baselines import baseline_predictions
from redsm5_hpo.evaluation.baselines.status_logistic import tfidf_logistic
from redsm5_hpo.training.majority_baseline import majority_predictions
from redsm5_hpo.training.scoring import score
from tests.training.builders import ARCHITECTURES, example, learnable_corpus

WITHOUT_READING = ["majority", "all_present", "all_absent", "guess"]
EVIDENCE = ["whole_post", "tfidf_sentence", "logistic_sentence", "logistic_window"]
BASELINES = {
    "criteria": [*WITHOUT_READING, "tfidf_logistic"],
    "evidence": [*WITHOUT_READING, *EVIDENCE],
    "share": [*WITHOUT_READING, "tfidf_logistic", *EVIDENCE],
    "joint": [*WITHOUT_READING, "tfidf_logistic", *EVIDENCE],
}
SPANS = ["evidence", "share", "joint"]
BOTH = ["share", "joint"]


def splits(architecture):
    """The examples of train, val and test, all learnable alike."""
    return [examples(learnable_corpus(16, first), architecture) for first in (0, 16, 32)]


@cache
def baselines_of(architecture):
    """The predictions of all baselines for test, made once."""
    return baseline_predictions(architecture, *splits(architecture))


def relabeled(split):
    """The same texts with every status flipped; pairs that become present have their first characters as span."""
    return [replace(each, status=1 - each.status, spans=_flipped(each)) for each in split]


def _flipped(each):
    return () if each.status or each.sentence_id else ((0, 4),)


def scores(architecture):
    """The primary metric of every baseline."""
    scored = splits(architecture)[2]
    return {name: score(architecture, scored, each).f1_macro for name, each in baselines_of(architecture).items()}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_architecture_has_its_baselines(architecture):
    assert list(baselines_of(architecture)) == BASELINES[architecture]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_baseline_predicts_every_example_and_is_scored_as_a_model_is(architecture):
    assert all(0 <= value <= 1 for value in scores(architecture).values())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_learnable_corpus_is_learned(architecture):
    best = "tfidf_logistic" if architecture == "criteria" else "logistic_sentence"
    assert scores(architecture)[best] > 0.95


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_other_labels_of_test_change_no_prediction(architecture):
    train, val, scored = splits(architecture)
    assert baseline_predictions(architecture, train, val, relabeled(scored)) == baselines_of(architecture)


@pytest.mark.parametrize("architecture", SPANS)
def test_other_labels_of_val_change_predictions(architecture):
    train, val, scored = splits(architecture)
    assert baseline_predictions(architecture, train, relabeled(val), scored) != baselines_of(architecture)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_prediction_does_not_depend_on_the_other_examples(architecture):
    train, val, scored = splits(architecture)
    alone = baseline_predictions(architecture, train, val, scored[:3])
    assert alone == {name: predictions[:3] for name, predictions in baselines_of(architecture).items()}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_splits_give_the_same_predictions(architecture):
    assert baseline_predictions(architecture, *splits(architecture)) == baselines_of(architecture)


@pytest.mark.parametrize("architecture", SPANS)
def test_spans_are_inside_their_text(architecture):
    train, val, scored = splits(architecture)
    scored += [example(""), example(" "), example("?!"), example("gloom 😀. İstanbul’da\r\n\u2028x")]
    for predictions in baseline_predictions(architecture, train, val, scored).values():
        spans = [
            (each.text, prediction.span)
            for each, prediction in zip(scored, predictions, strict=True)
            if prediction.span
        ]
        assert all(0 <= start <= end <= len(text) for text, (start, end) in spans)


def test_the_majority_is_that_of_train():
    train, _, scored = splits("share")
    assert baselines_of("share")["majority"] == majority_predictions(train, scored)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_constants_are_constant(architecture):
    predictions, scored = baselines_of(architecture), splits(architecture)[2]
    assert {(prediction.status, prediction.evidence) for prediction in predictions["all_absent"]} == {(0, None)}
    assert [(prediction.status, prediction.evidence) for prediction in predictions["all_present"]] == [
        (1, (0, len(each.text))) for each in scored
    ]


@pytest.mark.parametrize("architecture", BOTH)
def test_the_evidence_baselines_have_the_status_of_the_logistic_regression(architecture):
    predictions = baselines_of(architecture)
    status = [prediction.status_log_odds for prediction in predictions["tfidf_logistic"]]
    assert all([prediction.status_log_odds for prediction in predictions[name]] == status for name in EVIDENCE)


@pytest.mark.parametrize("architecture", BOTH)
def test_the_evidence_is_that_of_the_evidence_architecture(architecture):
    both, alone = baselines_of(architecture), baselines_of("evidence")
    for name in EVIDENCE:
        assert [prediction.evidence for prediction in both[name]] == [prediction.evidence for prediction in alone[name]]


def test_the_whole_post_is_evidence_if_the_logistic_regression_predicts_present():
    predictions, scored = baselines_of("share"), splits("share")[2]
    statuses = [prediction.status for prediction in predictions["tfidf_logistic"]]
    expected = [(0, len(each.text)) if status else None for each, status in zip(scored, statuses, strict=True)]
    assert [prediction.evidence for prediction in predictions["whole_post"]] == expected


def test_the_logistic_regression_alone_predicts_no_evidence():
    predictions = baselines_of("share")["tfidf_logistic"]
    assert {prediction.evidence for prediction in predictions} == {None}


@pytest.mark.parametrize(("architecture", "characters"), [("criteria", True), ("share", False), ("joint", False)])
def test_characters_are_used_for_sentences_alone(architecture, characters):
    predictions = baselines_of(architecture)["tfidf_logistic"]
    expected = tfidf_logistic(*splits(architecture), characters=characters)
    assert [prediction.status_log_odds for prediction in predictions] == expected


def test_the_evidence_architecture_has_no_status():
    predictions = baselines_of("evidence")
    assert {prediction.status_log_odds for name in EVIDENCE for prediction in predictions[name]} == {None}


PRESENT, ABSENT = example("i feel so sad.", (0, 14)), example("we ate.")
DEGENERATE = {
    "one class present": ([PRESENT] * 3, [PRESENT, ABSENT]),
    "one class absent": ([ABSENT] * 3, [PRESENT, ABSENT]),
    "a label that is not in train": ([PRESENT, ABSENT], [replace(PRESENT, label="SLEEP")]),
    "no words": ([example("?!", (0, 2)), example("")], [PRESENT, ABSENT]),
    "two examples": ([PRESENT, ABSENT], [PRESENT, ABSENT]),
    "one example": ([PRESENT], [ABSENT]),
    "empty texts": ([example("", status=1), example("")], [example("")]),
    "no val": ([PRESENT, ABSENT], []),
}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(("train", "val"), DEGENERATE.values(), ids=DEGENERATE)
def test_every_baseline_predicts_with(train, val, architecture):
    scored = [PRESENT, ABSENT, example(""), replace(PRESENT, label="SLEEP")]
    predictions = baseline_predictions(architecture, train, val, scored)
    assert {name: len(each) for name, each in predictions.items()} == dict.fromkeys(BASELINES[architecture], 4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_no_examples_have_no_predictions(architecture):
    train, val, _ = splits(architecture)
    assert baseline_predictions(architecture, train, val, []) == {name: [] for name in BASELINES[architecture]}
