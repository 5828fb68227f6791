"""Which runs of words a text has, and which weighs most."""

import numpy as np
import pytest

from redsm5_hpo.reporting.floors.runs import heaviest, sentence_runs, window_runs, worded
from redsm5_hpo.training.thresholds import Candidate

TEXT = "We ate. I feel so sad! Bye"
WEIGHTS = np.array([0.0, -1.0, 0.5, 1.0, 0.0, 3.0, 0.0])


def texts(runs, text=TEXT):
    return [text[start:end] for start, end in runs.spans]


def test_a_window_moves_word_by_word_over_the_ends_of_sentences():
    assert texts(window_runs(worded(TEXT), 4)) == [
        "We ate. I feel",
        "ate. I feel so",
        "I feel so sad",
        "feel so sad! Bye",
    ]


def test_a_window_longer_than_the_text_is_all_its_words():
    assert texts(window_runs(worded(TEXT), 99)) == ["We ate. I feel so sad! Bye"]


def test_the_sentences_are_runs():
    assert texts(sentence_runs(worded(TEXT))) == ["We ate.", "I feel so sad!", "Bye"]


@pytest.mark.parametrize(
    ("length", "expected"), [(1, "sad"), (3, "feel so sad"), (4, "I feel so sad"), (5, "I feel so sad! Bye")]
)
def test_the_heaviest_window_covers_the_weighted_words(length, expected):
    found = heaviest(window_runs(worded(TEXT), length), WEIGHTS, 0.0)
    assert TEXT[slice(*found.span)] == expected


def test_the_score_of_a_run_is_its_words_weights_and_the_bias():
    assert heaviest(sentence_runs(worded(TEXT)), WEIGHTS, -2.0) == Candidate(pytest.approx(4.5 - 2.0), (8, 22))


def test_of_equal_runs_the_first_is_taken():
    assert heaviest(sentence_runs(worded("a. b. c.")), np.array([0.0, 1.0, 1.0]), 0.0).span == (3, 5)


def test_a_sentence_without_words_weighs_nothing():
    assert heaviest(sentence_runs(worded("... bad")), np.array([-1.0]), 0.5) == Candidate(0.5, (0, 3))


@pytest.mark.parametrize("text", ["", " \n ", "?!"])
def test_a_text_without_words_has_no_window(text):
    assert heaviest(window_runs(worded(text), 3), np.zeros(0), 1.0) is None


@pytest.mark.parametrize("text", ["", " \n "])
def test_a_text_without_visible_characters_has_no_sentence(text):
    assert heaviest(sentence_runs(worded(text)), np.zeros(0), 1.0) is None
