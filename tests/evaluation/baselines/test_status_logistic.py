"""The baseline of status."""

from dataclasses import replace

import pytest

from redsm5_hpo.evaluation.baselines.status_logistic import tfidf_logistic
from tests.training.builders import CRITERIA, example

SAD, AWAKE, FINE = "so sad and empty", "awake all night", "a fine day out"
TRAIN = [
    example(text, label=label, status=status)
    for label, present, absent in (("MOOD", SAD, AWAKE), ("SLEEP", AWAKE, SAD))
    for text, status in ((present, 1), (absent, 0), (FINE, 0))
] * 3


def statuses(train, val, scored, characters=False):
    return [int(odds > 0) for odds in tfidf_logistic(train, val, scored, characters=characters)]


@pytest.mark.parametrize("characters", [False, True], ids=["words", "words and characters"])
def test_the_same_words_are_for_one_label_and_against_another(characters):
    scored = [example(text, label=label) for label in ("MOOD", "SLEEP") for text in (SAD, AWAKE, FINE)]
    assert statuses(TRAIN, TRAIN, scored, characters) == [1, 0, 0, 0, 1, 0]


def test_characters_recognize_a_word_by_its_n_grams():
    (known,) = tfidf_logistic(TRAIN, TRAIN, [example("sadness emptiness")], characters=True)
    (unknown,) = tfidf_logistic(TRAIN, TRAIN, [example("zzz zzz")], characters=True)
    assert known > unknown


def test_a_label_that_is_not_in_train_has_the_shared_weights():
    train = [example(text, label=label, status=status) for label in CRITERIA for text, status in ((SAD, 1), (FINE, 0))]
    scored = [replace(example(text), label="C") for text in (SAD, FINE)]
    assert statuses(train, train, scored) == [1, 0]


def test_val_decides_between_settings():
    # A rare class: with a strong penalty and no class weights nothing is predicted as present.
    train = [example(SAD, status=1)] + [example(f"{SAD} {FINE}", status=0)] * 6 + [example(FINE, status=0)] * 6
    scored = [example(SAD), example("sad and empty day"), example("so empty out")]
    few, many = ([example(each.text, status=status) for each in scored] for status in (0, 1))
    assert sum(statuses(train, few, scored)) < sum(statuses(train, many, scored))


@pytest.mark.parametrize("status", [0, 1], ids=["absent", "present"])
def test_val_decides_the_threshold(status):
    """Words of both classes, more of present: at the default threshold any fit predicts present."""
    mixed = f"{SAD} {SAD} fine"
    train = [example(text, status=int(text == SAD)) for text in (SAD, FINE)] * 500
    val = [example(text, status=of) for text, of in ((SAD, 1), (FINE, 0), (mixed, status))]
    assert statuses(train, val, [example(mixed), example(SAD), example(FINE)]) == [status, 1, 0]


@pytest.mark.parametrize("status", [0, 1], ids=["absent", "present"])
def test_with_one_class_in_train_everything_has_it(status):
    train = [example(SAD, status=status), example(FINE, status=status)]
    assert statuses(train, train, [example(SAD), example(FINE)]) == [status, status]


def test_without_words_the_label_decides():
    train = [example("", label=label, status=int(label == "MOOD")) for label in ("MOOD", "SLEEP")] * 4
    assert statuses(train, train, [example("", label="MOOD"), example("sad", label="SLEEP")]) == [1, 0]


def test_words_of_val_are_learned_too():
    train = [example(f"so {'sad' if status else 'fine'}", status=status) for status in (1, 0)] * 3
    val = [example("gloom", status=1), example("joy", status=0)] * 3
    assert statuses(train, val, [example("gloom"), example("joy")]) == [1, 0]
    assert statuses(train, [], [example("gloom"), example("joy")]) != [1, 0]


def test_without_val_the_first_setting_is_taken():
    assert statuses(TRAIN, [], [example(SAD), example(FINE)]) == [1, 0]
