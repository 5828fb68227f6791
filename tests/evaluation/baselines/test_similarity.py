"""The unsupervised evidence baseline."""

from redsm5_hpo.evaluation.baselines.similarity import tfidf_sentence
from redsm5_hpo.training.scoring import Prediction
from tests.training.builders import example

TEXT = "We ate. My mood is sad. I sleep badly. Bye."  # definitions: "sad or empty mood", "trouble with sleep"
MOOD, SLEEP = (8, 23), (24, 38)
TRAIN = [example(TEXT, MOOD), example(TEXT, SLEEP, label="SLEEP"), example("We ate. We slept.")]


def evidence(val, scored, train=TRAIN):
    return [Prediction(None, *each).evidence for each in tfidf_sentence(train, val, scored)]


def test_the_sentence_with_the_definitions_words_is_evidence():
    assert evidence(TRAIN, [example(TEXT), example(TEXT, label="SLEEP")]) == [MOOD, SLEEP]


def test_a_text_with_none_of_the_definitions_words_has_no_evidence():
    assert evidence(TRAIN, [example("We ate. We slept.")]) == [None]


def test_val_decides_the_threshold():
    absent = [example(TEXT), example(TEXT, label="SLEEP")]
    assert evidence(absent, [example(TEXT)]) == [None]


def test_rarer_words_count_more():
    train = [example("sad day. sad night. sad life. my mood."), *TRAIN]
    text = "I am sad. Some mood."
    assert evidence([example(text, (10, 20))], [example(text)], train) == [(10, 20)]


def test_an_empty_text_has_no_evidence():
    assert evidence(TRAIN, [example(""), example(" \n")]) == [None, None]


def test_without_words_in_train_those_of_the_definitions_are_used():
    train = [example(""), example("?!", label="SLEEP")]
    assert evidence(TRAIN, [example(TEXT)], train) == [MOOD]


def test_a_label_that_is_not_in_train_is_compared_by_the_words_of_train():
    assert evidence(TRAIN, [example(TEXT, label="SLEEP")], [example(TEXT, MOOD)]) == [SLEEP]
