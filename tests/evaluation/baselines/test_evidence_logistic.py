"""The supervised evidence baselines."""

from dataclasses import replace

import pytest

from redsm5_hpo.evaluation.baselines.candidate_spans import (
    best_candidate,
    sentence_candidates,
    span_predictions,
    tokenized,
)
from redsm5_hpo.evaluation.baselines.evidence_logistic import INVERSE_PENALTIES, logistic_evidence
from redsm5_hpo.evaluation.baselines.logistic import fit_logistic
from redsm5_hpo.evaluation.baselines.word_weights import sentence_rows, word_weights
from redsm5_hpo.inference.smoothed_thresholds import evidence_threshold
from redsm5_hpo.training.scoring import Prediction
from tests.training.builders import example

EVIDENCE = {"MOOD": "Now gloom fills the whole of me.", "SLEEP": "Night finds me awake until the morning."}
FILLER = "We ate at work. My mother cooked the food."
NAMES = ("logistic_sentence", "logistic_window")


def post(label, *present):
    """An example of `label`: the evidence of the criteria that are present, among filler."""
    text = " ".join(["We met.", *(EVIDENCE[each] for each in present), FILLER])
    start = text.find(EVIDENCE[label])
    return example(text, *([(start, start + len(EVIDENCE[label]))] if start >= 0 else []), label=label)


TRAIN = [post(label, *present) for label in EVIDENCE for present in ((), ("MOOD",), ("SLEEP",), ("MOOD", "SLEEP"))] * 3
BOTH = [post("MOOD", "MOOD", "SLEEP"), post("SLEEP", "MOOD", "SLEEP")]


def evidence(name, scored, train=TRAIN, val=TRAIN):
    return [Prediction(None, *each).evidence for each in logistic_evidence(train, val, scored)[name]]


def test_the_sentence_of_the_examples_criterion_is_found():
    assert evidence("logistic_sentence", BOTH) == [each.spans[0] for each in BOTH]


def test_the_window_covers_the_criterions_words():
    found = [each.text[slice(*span)] for each, span in zip(BOTH, evidence("logistic_window", BOTH), strict=True)]
    assert "gloom fills the whole" in found[0]
    assert "finds me awake until" in found[1]


@pytest.mark.parametrize("name", NAMES)
def test_without_evidence_none_is_predicted(name):
    assert evidence(name, [post("MOOD"), post("MOOD", "SLEEP"), post("SLEEP", "MOOD")]) == [None] * 3


@pytest.mark.parametrize("name", NAMES)
def test_val_decides_whether_evidence_is_predicted(name):
    absent = [example(each.text, label=each.label) for each in BOTH]
    assert evidence(name, BOTH, val=absent) == [None, None]


def test_the_threshold_is_fitted_to_val_as_a_models_is():
    val = [replace(each, post_id=f"p{number}") for number, each in enumerate([*TRAIN[:6], *TRAIN[14:19]])]
    expected = [
        span_predictions(
            sentences(BOTH, [*TRAIN, *val], penalty), evidence_threshold(val, sentences(val, TRAIN, penalty))
        )
        for penalty in INVERSE_PENALTIES
    ]
    assert logistic_evidence(TRAIN, val, BOTH)["logistic_sentence"] in expected


def sentences(scored, fitted, penalty):
    """The best sentences of a fit with this penalty, with their scores."""
    rows, found = sentence_rows(fitted), []
    for each in scored:
        text, (weights, bias) = tokenized(each.text), word_weights(rows, penalty).of(each.label)
        columns = [rows.vocabulary.get(each.text[start:end].lower(), -1) for start, end in text.words]
        found.append(best_candidate(sentence_candidates(text), weights[columns], bias))
    return found


@pytest.mark.parametrize("length", [5, 8])
def test_val_decides_the_windows_length(length):
    words = ["Now", "gloom", "fills", "the", "whole", "of", "me", "then", "more"][:length]
    text = f"We met. {' '.join(words)} we ate."
    train = [example(text, (8, 8 + len(" ".join(words)))), example("We met. we ate.")] * 4
    (found,) = evidence("logistic_window", train[:1], train, train)
    assert len(text[slice(*found)].split()) == length


@pytest.mark.parametrize("name", NAMES)
def test_words_of_val_are_learned_too(name):
    scored = [post("SLEEP", "MOOD", "SLEEP")]
    mood = [each for each in TRAIN if each.label == "MOOD"]
    known = evidence(name, scored, train=mood, val=TRAIN)[0]
    assert "awake" in scored[0].text[slice(*known)]


def test_a_sentence_is_a_row_of_class_1_if_it_overlaps_a_gold_span():
    text = "One. Two. Three."
    rows = sentence_rows([example(text, (2, 6), label="SLEEP"), example(text)])
    assert rows.classes == [1, 1, 0, 0, 0, 0]
    assert rows.labels == ["MOOD", "SLEEP"]
    assert rows.rows.shape == (6, 3 * (3 + 1))


def test_word_weights_and_bias_sum_to_the_log_odds_of_the_fit():
    rows = sentence_rows(TRAIN)
    number = rows.classes.index(1)
    fitted = fit_logistic(rows.rows, rows.classes, 0.1, "balanced").log_odds(rows.rows)[number]
    weights, bias = word_weights(rows, 0.1).of("MOOD")
    words = EVIDENCE["MOOD"].lower().strip(".").split()
    assert sum(weights[rows.vocabulary[word]] for word in words) + bias == pytest.approx(fitted)


def test_a_word_that_is_not_in_the_vocabulary_has_weight_0():
    weights, _ = word_weights(sentence_rows(TRAIN), 0.1).of("MOOD")
    assert weights[-1] == 0


@pytest.mark.parametrize("name", NAMES)
def test_capitals_change_nothing(name):
    shouted = [replace(each, text=each.text.upper()) for each in BOTH]
    assert evidence(name, shouted) == evidence(name, BOTH)


def test_a_label_that_is_not_in_train_has_the_shared_weights():
    train = [each for each in TRAIN if each.label == "MOOD"]
    scored = [example(BOTH[0].text, label="SLEEP")]
    assert evidence("logistic_sentence", scored, train, train) == [BOTH[0].spans[0]]


def test_without_gold_spans_in_train_all_weights_are_0():
    weights, bias = word_weights(sentence_rows([post("MOOD"), post("SLEEP")]), 0.1).of("MOOD")
    assert not weights.any()
    assert bias == -1


@pytest.mark.parametrize("name", NAMES)
def test_a_text_without_words_has_no_evidence(name):
    assert evidence(name, [example(""), example(" ")]) == [None, None]


@pytest.mark.parametrize("name", NAMES)
def test_no_words_in_train_are_no_error(name):
    assert len(evidence(name, BOTH, [example(""), example("?!")], BOTH)) == 2
