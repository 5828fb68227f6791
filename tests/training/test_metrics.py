"""Metrics against scikit-learn and against SQuAD 2.0's definition, which is implemented here."""

import random
import warnings

import pytest
from sklearn.metrics import f1_score

from redsm5_hpo.training.metrics import exact_match, squad_tokens, status_f1_macro, token_f1

WORDS = ["sad", "Sad!", "the", "a", "an", "so", "tired,", "...", "not", "theatre"]


@pytest.mark.parametrize("seed", range(10))
def test_status_f1_equals_scikit_learns(seed):
    draw = random.Random(seed)  # noqa: S311 (no secret)
    truth, predicted = ([draw.randint(0, 1) for _ in range(17)] for _ in range(2))
    assert status_f1_macro(truth, predicted) == pytest.approx(f1_score(truth, predicted, average="macro"))


STATUS = {
    "all right": ([0, 1, 1], [0, 1, 1], 1.0),
    "all wrong": ([0, 1], [1, 0], 0.0),
    "always absent": ([0, 0, 1], [0, 0, 0], 0.4),
    "one class alone, predicted": ([1, 1], [1, 1], 0.5),
}


@pytest.mark.parametrize(("truth", "predicted", "expected"), STATUS.values(), ids=STATUS)
def test_status_f1_of_a_worked_case(truth, predicted, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert status_f1_macro(truth, predicted) == pytest.approx(expected)


NORMAL = {
    "case": ("I Am SAD", ["i", "am", "sad"]),
    "articles": ("The day, a week and an hour", ["day", "week", "and", "hour"]),
    "no article inside a word": ("theatre another bat", ["theatre", "another", "bat"]),
    "punctuation joins": ("can't - well-being!", ["cant", "wellbeing"]),
    "punctuation uncovers an article": ("'the' end", ["end"]),
    "white space": (" sad \n\t day ", ["sad", "day"]),
    "typographic marks stay": ("I’m “sad”", ["i’m", "“sad”"]),
    "nothing left": ("A, the ... an!", []),
}


@pytest.mark.parametrize(("text", "expected"), NORMAL.values(), ids=NORMAL)
def test_squads_normal_form(text, expected):
    assert squad_tokens(text) == expected


# prediction, golds, token F1, exact match
CASES = {
    "equal": ("i feel sad", ["i feel sad"], 1.0, 1.0),
    "equal but for case, articles and punctuation": ("The day was SAD.", ["day was sad"], 1.0, 1.0),
    "half of the gold": ("i feel", ["i feel so sad"], 2 / 3, 0.0),
    "more than the gold": ("i feel so sad", ["sad"], 0.4, 0.0),
    "no overlap": ("good day", ["sad night"], 0.0, 0.0),
    "a repeated word counts once for each match": ("sad sad sad", ["sad sad night"], 2 / 3, 0.0),
    "order does not count for F1": ("sad feel i", ["i feel sad"], 1.0, 0.0),
    "best of several golds": ("i am tired", ["i feel sad", "i am so tired", "no"], 6 / 7, 0.0),
    "exact with one of several golds": ("no", ["i feel sad", "No!"], 1.0, 1.0),
    "nothing, and one of two golds has no tokens": ("", ["i feel sad", ":("], 0.0, 0.0),
    "nothing, and no gold has tokens": ("", [":(", "?"], 1.0, 1.0),
    "no evidence, none predicted": ("", [], 1.0, 1.0),
    "no evidence, some predicted": ("sad", [], 0.0, 0.0),
    "evidence, none predicted": ("", ["sad"], 0.0, 0.0),
    "a prediction of articles and marks is empty": ("the ...", [], 1.0, 1.0),
    "a gold of articles and marks is empty": ("sad", ["a!"], 0.0, 0.0),
    "both empty in normal form": ("an", ["the"], 1.0, 1.0),
}


@pytest.mark.parametrize(("prediction", "golds", "f1", "_"), CASES.values(), ids=CASES)
def test_token_f1_of_a_worked_case(prediction, golds, f1, _):
    assert token_f1(prediction, golds) == pytest.approx(f1)


@pytest.mark.parametrize(("prediction", "golds", "_", "exact"), CASES.values(), ids=CASES)
def test_exact_match_of_a_worked_case(prediction, golds, _, exact):
    assert exact_match(prediction, golds) == exact


def normal_form(text):
    """Lower case, without punctuation, without articles, single spaces, in the order of the definition."""
    kept = "".join(character for character in text.lower() if character not in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
    return [word for word in kept.split() if word not in ("a", "an", "the")]


def reference_f1(prediction, gold):
    """Harmonic mean of precision and recall over shared words; if either side has no words, 1 if both have none."""
    predicted, true = normal_form(prediction), normal_form(gold)
    if not predicted or not true:
        return 1.0 if predicted == true else 0.0
    rest, shared = list(true), 0
    for word in predicted:
        if word in rest:
            rest.remove(word)
            shared += 1
    if shared == 0:
        return 0.0
    precision, recall = shared / len(predicted), shared / len(true)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("seed", range(20))
def test_token_f1_and_exact_match_equal_the_reference(seed):
    draw = random.Random(seed)  # noqa: S311 (no secret)
    for _ in range(20):
        prediction, *golds = (" ".join(draw.choices(WORDS, k=draw.randint(0, 5))) for _ in range(draw.randint(1, 4)))
        sought = [gold for gold in golds if normal_form(gold)] or [""]
        expected = max(reference_f1(prediction, gold) for gold in sought)
        assert token_f1(prediction, golds) == pytest.approx(expected)
        matches = any(normal_form(prediction) == normal_form(gold) for gold in sought)
        assert exact_match(prediction, golds) == float(matches)
