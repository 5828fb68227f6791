"""What a model predicts for whole posts."""

import math

import pytest

from redsm5_hpo.corpus.records import Post
from redsm5_hpo.inference import posts
from redsm5_hpo.inference.posts import PostPrediction, PostShard, post_examples, post_shards, shard_predictions
from redsm5_hpo.training.scoring import Prediction

CRITERIA = {"MOOD": "sad or empty mood", "SLEEP": "trouble with sleep"}
POST = Post("p", "I am sad. I am awake.")  # sentences 0:9 and 10:21


def predicted(architecture, *predictions, posts=(POST,)):
    examples = tuple(each for post in posts for each in post_examples(architecture, post, CRITERIA))
    return shard_predictions(architecture, PostShard(tuple(posts), examples), CRITERIA, predictions)


def test_without_a_span_head_the_evidence_is_the_sentence_with_the_highest_odds():
    odds = {"MOOD": (2.0, -3.0), "SLEEP": (-3.0, 1.0)}  # by sentence
    predictions = [Prediction(odds[label][sentence]) for sentence in (0, 1) for label in CRITERIA]
    assert [(each.criterion, each.decision, each.start, each.end) for each in predicted("criteria", *predictions)] == [
        ("MOOD", 1, 0, 9),
        ("SLEEP", 1, 10, 21),
    ]


def test_the_first_of_equal_sentences_is_the_evidence():
    found = predicted("criteria", *[Prediction(1.0)] * 4)
    assert [(each.start, each.end) for each in found] == [(0, 9), (0, 9)]


def test_an_absent_criterion_has_the_probability_of_its_best_sentence_and_no_evidence():
    found = predicted("criteria", *(Prediction(odds) for odds in (-2.0, -1.0, -5.0, -4.0)))
    assert found[0] == PostPrediction("p", "MOOD", round(1 / (1 + math.exp(2)), 6), 0, None, None)


@pytest.mark.parametrize(
    ("line", "is_asked"),
    [
        ("&#x200B;", False),
        ("&amp;#x200B; &nbsp;", False),
        ("\u200b\ufeff", False),
        ("&gt;", False),
        ("&lt;3", True),
        ("😭 !!", True),
        ("&#x43;ut.", True),
        ("No;", True),
    ],
)
def test_a_sentence_that_shows_nothing_is_not_asked_about(line, is_asked):
    asked = [each.text for each in post_examples("criteria", Post("p", f"I am sad.\n\n{line}\n\nBye."), CRITERIA)]
    assert asked == [each for each in ("I am sad.", line, "Bye.") if each != line or is_asked for _ in CRITERIA]


def test_of_a_post_that_shows_nothing_every_sentence_is_asked_about():
    assert len(post_examples("criteria", Post("p", "&#x200B;\n\n&nbsp;"), CRITERIA)) == 2 * len(CRITERIA)


CASES = {
    "status and span": (Prediction(1.0, 1.0, (5, 8)), (0.731059, 1, 5, 8)),
    "status without span": (Prediction(1.0, -1.0, (5, 8)), (0.731059, 1, None, None)),
    "span without status": (Prediction(-1.0, 1.0, (5, 8)), (0.268941, 0, 5, 8)),
    "a threshold above the probability": (Prediction(1.0, None, None, status_threshold=2.0), (0.731059, 0, None, None)),
    "no status head": (Prediction(None, 1.0, (5, 8)), (0.731059, 1, 5, 8)),
    "no status head, withheld": (Prediction(None, -1.0, (5, 8)), (0.268941, 0, None, None)),
    "extreme odds": (Prediction(-2000.0, -2000.0, (5, 8)), (0.0, 0, None, None)),
}


@pytest.mark.parametrize(("prediction", "expected"), CASES.values(), ids=CASES)
def test_a_pairs_prediction_is_its_posts(prediction, expected):
    found = predicted("share", prediction, prediction)[0]
    assert (found.probability, found.decision, found.start, found.end) == expected


def test_rows_are_in_the_order_of_posts_and_criteria():
    two = (POST, Post("q", "One."))
    found = predicted("criteria", *(Prediction(float(number)) for number in range(6)), posts=two)
    assert [(each.post_id, each.criterion) for each in found] == [(p, label) for p in "pq" for label in CRITERIA]
    assert [each.probability for each in found[2:]] == [round(1 / (1 + math.exp(-n)), 6) for n in (4, 5)]


SHARDS = {
    "whole posts up to the number": ("share", [1, 1, 1, 1, 1], 4, [2, 2, 1]),
    "the post that reaches it is the last": ("criteria", [1, 2, 1, 5], 4, [2, 2]),
    "one post may be more": ("criteria", [9, 1], 4, [1, 1]),
    "no posts": ("share", [], 4, []),
}


@pytest.mark.parametrize(("architecture", "sentences", "size", "expected"), SHARDS.values(), ids=SHARDS)
def test_a_shard_has_the_fewest_posts_with_enough_examples(monkeypatch, architecture, sentences, size, expected):
    monkeypatch.setattr(posts, "SHARD_EXAMPLES", size)
    some = [Post(f"p{number}", "a. " * count) for number, count in enumerate(sentences)]
    shards = list(post_shards(architecture, some, CRITERIA))
    assert [len(shard.posts) for shard in shards] == expected
    assert [post for shard in shards for post in shard.posts] == some
    assert [each for shard in shards for each in shard.examples] == [
        each for post in some for each in post_examples(architecture, post, CRITERIA)
    ]
