"""Whole posts over all criteria: the examples, and worked scores."""

from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from redsm5_hpo.corpus.records import Corpus, Post, Sentence
from redsm5_hpo.evaluation import intervals
from redsm5_hpo.evaluation.intervals import Resampling, expanded_level, interval_of, resample_counts
from redsm5_hpo.evaluation.post_level import post_level_examples, post_level_result
from redsm5_hpo.training.scoring import Prediction

SEED = 3
CRITERIA = {"MOOD": "sad mood", "SLEEP": "bad sleep", "FATIGUE": "tired"}
POSTS = (
    Post("p1", "I feel sad. I am awake! Fine."),
    Post("p2", "Hello there"),
    Post("p3", "I am tired?\nAnd sad."),
    Post("p4", "All is well."),
)
ROWS = (
    Sentence("p1", "p1_0", "MOOD", "I feel sad.", 1),
    Sentence("p1", "p1_1", "SLEEP", "I am awake!", 1),
    Sentence("p1", "p1_2", "FATIGUE", "Fine.", 0),
    Sentence("p3", "p3_0", "FATIGUE", "I am tired?", 1),
)
CORPUS = Corpus(POSTS, ROWS, (), CRITERIA)


def model_of(*positives):
    """A model that predicts these (post, label, word) as present in texts with the word, and all others as absent."""
    words = {(post_id, label): word for post_id, label, word in positives}

    def predict(examples):
        found = [words.get((each.post_id, each.label), "nowhere") in each.text for each in examples]
        return [Prediction(1.0 if each else -1.0) for each in found]

    return predict


def result_of(architecture, corpus, predict, related=MappingProxyType({})):
    return post_level_result(
        architecture, corpus, predict(post_level_examples(architecture, corpus)), Resampling(SEED, related)
    )


RIGHT = [("p1", "MOOD", "sad"), ("p1", "SLEEP", "awake"), ("p3", "FATIGUE", "tired")]
CASES = {
    "everything right": (RIGHT, {"f1_micro": 1, "f1_macro": 1, "f1_weighted": 1, "exact_match": 1}),
    # NO_SYMPTOMS for all four: right for two; its F1 2 * 2 / (2 * 2 + 2), the other labels 0
    "nothing predicted": (
        [],
        {"f1_micro": 4 / 9, "f1_macro": (2 / 3) / 4, "f1_weighted": 2 / 3 * 2 / 5, "exact_match": 1 / 2},
    ),
    # p1 MOOD right, SLEEP missed; p2 MOOD in place of NO_SYMPTOMS; p3 and p4 right
    "one false negative and one false positive": (
        [RIGHT[0], RIGHT[2], ("p2", "MOOD", "Hello")],
        {
            "f1_micro": 2 * 3 / (2 * 3 + 1 + 2),
            "f1_macro": (2 / 3 + 0 + 1 + 2 / 3) / 4,
            "f1_weighted": (2 / 3 + 0 + 1 + 2 * 2 / 3) / 5,
            "exact_match": 1 / 2,
        },
    ),
}


@pytest.mark.parametrize("architecture", ["criteria", "share", "joint"])
@pytest.mark.parametrize(("positives", "expected"), CASES.values(), ids=CASES)
def test_the_scores_of_a_worked_case(positives, expected, architecture):
    found = result_of(architecture, CORPUS, model_of(*positives))
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert found["posts"] == 4


def test_every_sentence_is_an_example_of_every_criterion():
    found = [each for each in post_level_examples("criteria", CORPUS) if each.post_id == "p1"]
    assert [(each.text, each.label) for each in found] == [
        (text, label) for text in ("I feel sad.", "I am awake!", "Fine.") for label in CRITERIA
    ]
    assert [each.criterion for each in found[:3]] == list(CRITERIA.values())


@pytest.mark.parametrize("architecture", ["share", "joint"])
def test_every_whole_post_is_an_example_of_every_criterion(architecture):
    found = post_level_examples(architecture, CORPUS)
    assert [(each.text, each.label) for each in found] == [(post.text, label) for post in POSTS for label in CRITERIA]


@pytest.mark.parametrize("architecture", ["criteria", "share"])
def test_an_example_does_not_hold_the_truth(architecture):
    assert {(each.status, each.spans) for each in post_level_examples(architecture, CORPUS)} == {(0, ())}


def test_a_post_without_a_sentence_has_no_examples_and_no_symptoms():
    blank = Corpus((Post("p", " "),), (), (), CRITERIA)
    found = result_of("criteria", blank, model_of())
    assert (found["exact_match"], found["f1_micro"], found["examples"]) == (1, 1, 0)


def many(posts):
    """A corpus in which every other post is sad and every third rested, and a model that is right on most of them."""
    mood, sleep = ("well", "sad"), ("rested", "awake", "awake")
    texts = tuple(Post(f"p{n:02}", f"I am {mood[n % 2]} {sleep[n % 3]}.") for n in range(posts))
    rows = [Sentence(p.post_id, f"{p.post_id}_0", "MOOD", p.text, int("sad" in p.text)) for p in texts]
    rows += [Sentence(p.post_id, f"{p.post_id}_1", "SLEEP", p.text, int("rested" in p.text)) for p in texts]
    right = [(p.post_id, "MOOD", "sad") for p in texts[5:]] + [(p.post_id, "SLEEP", "rested") for p in texts[:-3]]
    return Corpus(texts, tuple(rows), (), CRITERIA), model_of(*right)


def macro_of_labels_that_are_there(truth, predicted):
    labels = np.flatnonzero(truth.any(axis=0))
    return f1_score(truth, predicted, labels=labels, average="macro", zero_division=0)


def test_a_label_that_no_post_has_does_not_count_for_the_macro_f1():
    posts = tuple(post for post in POSTS if post.post_id in ("p1", "p2"))
    rows = tuple(row for row in CORPUS.sentences if row.post_id in ("p1", "p2"))
    corpus = Corpus(posts, rows, (), CRITERIA)
    assert result_of("share", corpus, model_of(*RIGHT))["f1_macro"] == 1
    assert result_of("share", corpus, model_of(*RIGHT, ("p2", "FATIGUE", "Hello")))["f1_macro"] < 1


def test_how_many_criteria_a_post_has_and_is_predicted_to_have_leaves_out_no_symptoms():
    positives = [*RIGHT, ("p2", "MOOD", "Hello"), ("p2", "SLEEP", "there")]
    found = result_of("criteria", CORPUS, model_of(*positives))["criteria_per_post"]
    assert found == {"true": 3 / 4, "predicted": 5 / 4}


def test_related_posts_are_resampled_together():
    corpus, predict = many(20)
    twice = Corpus(
        (*corpus.posts, *(replace(post, post_id=f"{post.post_id}b") for post in corpus.posts)),
        (*corpus.sentences, *(replace(row, post_id=f"{row.post_id}b") for row in corpus.sentences)),
        (),
        CRITERIA,
    )
    related = {name: post.post_id for post in corpus.posts for name in (post.post_id, f"{post.post_id}b")}

    def both(examples):
        return predict([replace(each, post_id=each.post_id.removesuffix("b")) for each in examples])

    once = result_of("share", corpus, predict)["intervals"]
    found = result_of("share", twice, both, related)["intervals"]
    assert {name: pytest.approx(ends) for name, ends in once.items()} == found


def test_an_interval_is_that_of_the_scores_on_resampled_posts(monkeypatch):
    resamples, (corpus, predict) = 60, many(20)
    monkeypatch.setattr(intervals, "RESAMPLES", resamples)
    found = result_of("share", corpus, predict)
    assert found["labels"] == 3
    statuses = [[row.status for row in corpus.sentences if row.label == label] or [0] * 20 for label in CRITERIA]
    truth = np.array(statuses).T
    predicted = truth.copy()
    predicted[:5, 0] = predicted[-3:, 1] = 0
    with_none = [np.column_stack([each, ~each.any(axis=1)]).astype(int) for each in (truth, predicted)]
    drawn = [np.repeat(range(20), row.astype(int)) for row in resample_counts(20, SEED, resamples)]
    means = {f"f1_{name}": partial(f1_score, average=name, zero_division=0) for name in ("micro", "weighted")}
    for name, scored in {**means, "f1_macro": macro_of_labels_that_are_there, "exact_match": accuracy_score}.items():
        values = np.array([scored(*(each[posts] for each in with_none)) for posts in drawn])
        expected = interval_of(values, expanded_level(20, 0.95))
        assert found["intervals"][name] == pytest.approx({"low": expected.low, "high": expected.high})


@pytest.mark.parametrize(("posts", "has"), [(4, False), (5, True)], ids=["four", "five"])
def test_too_few_posts_have_no_interval(posts, has):
    corpus, predict = many(posts)
    assert bool(result_of("share", corpus, predict)["intervals"]) is has
