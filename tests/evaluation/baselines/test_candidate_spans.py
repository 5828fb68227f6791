"""Which candidate spans a text has, which is the best, and a threshold for them."""

import numpy as np
import pytest

from redsm5_hpo.evaluation.baselines.candidate_spans import (
    best_candidate,
    sentence_candidates,
    span_predictions,
    tokenized,
    window_candidates,
)
from redsm5_hpo.inference.thresholds import Candidate
from redsm5_hpo.training.scoring import Prediction

TEXT = "We ate. I feel so sad! Bye"
WEIGHTS = np.array([0.0, -1.0, 0.5, 1.0, 0.0, 3.0, 0.0])


def texts(candidates, text=TEXT):
    return [text[start:end] for start, end in candidates.spans]


def test_a_window_moves_by_one_word_across_sentences():
    assert texts(window_candidates(tokenized(TEXT), 4)) == [
        "We ate. I feel",
        "ate. I feel so",
        "I feel so sad",
        "feel so sad! Bye",
    ]


def test_a_window_longer_than_the_text_is_the_whole_text():
    assert texts(window_candidates(tokenized(TEXT), 99)) == ["We ate. I feel so sad! Bye"]


def test_the_sentences_are_candidates():
    assert texts(sentence_candidates(tokenized(TEXT))) == ["We ate.", "I feel so sad!", "Bye"]


@pytest.mark.parametrize(
    ("length", "expected"), [(1, "sad"), (3, "feel so sad"), (4, "I feel so sad"), (5, "I feel so sad! Bye")]
)
def test_the_best_window_covers_the_words_with_weights(length, expected):
    found = best_candidate(window_candidates(tokenized(TEXT), length), WEIGHTS, 0.0)
    assert TEXT[slice(*found.span)] == expected


def test_a_score_is_the_sum_of_word_weights_and_bias():
    assert best_candidate(sentence_candidates(tokenized(TEXT)), WEIGHTS, -2.0) == Candidate(
        pytest.approx(4.5 - 2.0), (8, 22)
    )


def test_the_best_of_equal_candidates_is_the_first():
    assert best_candidate(sentence_candidates(tokenized("a. b. c.")), np.array([0.0, 1.0, 1.0]), 0.0).span == (3, 5)


def test_a_sentence_without_words_scores_the_bias():
    assert best_candidate(sentence_candidates(tokenized("... bad")), np.array([-1.0]), 0.5) == Candidate(0.5, (0, 3))


@pytest.mark.parametrize("text", ["", " \n ", "?!"])
def test_a_text_without_words_has_no_window(text):
    assert best_candidate(window_candidates(tokenized(text), 3), np.zeros(0), 1.0) is None


@pytest.mark.parametrize("text", ["", " \n "])
def test_a_text_without_visible_characters_has_no_sentence(text):
    assert best_candidate(sentence_candidates(tokenized(text)), np.zeros(0), 1.0) is None


def scored_candidates(*scores):
    """A span with each score; none for None."""
    return [None if value is None else Candidate(value, (0, 3)) for value in scores]


def test_only_scores_above_the_threshold_are_evidence():
    predictions = [Prediction(None, *each) for each in span_predictions(scored_candidates(0.6, 0.5, 0.4, None), 0.5)]
    assert [prediction.evidence for prediction in predictions] == [(0, 3), None, None, None]
    assert [prediction.status for prediction in predictions] == [1, 0, 0, 0]
