"""The majority baseline."""

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.records import Corpus, Pair, Post, Sentence, Span
from redsm5_hpo.training.majority_baseline import majority_baseline, majority_predictions
from tests.training.builders import CRITERIA, example

TEXT = "sad day"


def corpus(*statuses):
    """A post, a pair and a sentence for each status."""
    posts = tuple(Post(f"p{number}", TEXT) for number in range(len(statuses)))
    pairs = tuple(
        Pair(post.post_id, "MOOD", status, True, (Span(0, 3, "exact"),) if status else ())
        for post, status in zip(posts, statuses, strict=True)
    )
    sentences = tuple(
        Sentence(post.post_id, f"{post.post_id}_0", "MOOD", TEXT, status)
        for post, status in zip(posts, statuses, strict=True)
    )
    return Corpus(posts, sentences, pairs, CRITERIA)


MAJORITIES = {"present": ((1, 1, 0), 1), "absent": ((0, 0, 1), 0), "a tie": ((0, 1), 0)}


@pytest.mark.parametrize(("statuses", "expected"), MAJORITIES.values(), ids=MAJORITIES)
def test_the_majority_of_train_is_predicted_whatever_is_scored(statuses, expected):
    train = [example(TEXT, status=status) for status in statuses]
    scored = [example(TEXT, status=1 - expected)] * 5
    assert [prediction.status for prediction in majority_predictions(train, scored)] == [expected] * 5


def test_with_present_the_whole_text_is_the_evidence():
    (prediction,) = majority_predictions([example(TEXT, status=1)], [example("so sad a day")])
    assert prediction.evidence == (0, len("so sad a day"))


def test_with_absent_there_is_no_evidence():
    (prediction,) = majority_predictions([example(TEXT, status=0)], [example(TEXT)])
    assert prediction.evidence is None


# Scored: one present of four. Predicting absent: F1 of absent 6/7, of present 0. Predicting present: 0 and 2/5;
# evidence "sad day" for "sad": 2/3 for the present pair, 0 for the others.
BASELINES = {
    "criteria, absent": ("criteria", (0, 0, 1), 3 / 7),
    "criteria, present": ("criteria", (1, 1, 0), 1 / 5),
    "evidence, absent": ("evidence", (0, 0, 1), 3 / 4),
    "evidence, present": ("evidence", (1, 1, 0), 1 / 6),
    "share, absent": ("share", (0, 0, 1), (3 / 7 + 3 / 4) / 2),
    "joint, present": ("joint", (1, 1, 0), (1 / 5 + 1 / 6) / 2),
}


@pytest.mark.parametrize(("architecture", "train", "expected"), BASELINES.values(), ids=BASELINES)
def test_the_baseline_is_the_score_of_the_majority(architecture, train, expected):
    assert majority_baseline(architecture, corpus(*train), corpus(0, 1, 0, 0)) == pytest.approx(expected)


UNUSABLE = {
    "no post to train on": ("criteria", (), (0, 1), "criteria cannot be trained: train has no sentence"),
    "no post to score": ("evidence", (0, 1), (), "evidence cannot be trained: val has no pair"),
    "only present sentences": ("criteria", (1, 1), (0, 1), "train has no absent sentence"),
    "only absent sentences": ("criteria", (0, 0), (0, 1), "train has no present sentence"),
    "only absent pairs": ("joint", (0, 0), (0, 1), "train has no present pair"),
    "val of train's class": ("criteria", (1, 1, 0), (1,), "nothing can be measured on val"),
    "absent val of spans": ("share", (0, 0, 1), (0, 0), "nothing can be measured on val"),
}


@pytest.mark.parametrize(("architecture", "train", "val", "message"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_no_model_can_learn_or_beat_is_an_error_of_four_parts(architecture, train, val, message):
    with pytest.raises(CorpusError, match=message) as error:
        majority_baseline(architecture, corpus(*train), corpus(*val))
    assert error.value.got
    assert error.value.allowed
    assert error.value.remedy


USABLE = {
    "val of the other class": ("criteria", (0, 0, 1), (1,), 0.0),
    "present pairs alone": ("evidence", (1, 1), (1, 1), 2 / 3),
    "present pairs with a status": ("share", (1, 1), (1, 1), (1 / 2 + 2 / 3) / 2),
}


@pytest.mark.parametrize(("architecture", "train", "val", "expected"), USABLE.values(), ids=USABLE)
def test_one_class_that_a_model_can_be_better_on_is_used(architecture, train, val, expected):
    assert majority_baseline(architecture, corpus(*train), corpus(*val)) == pytest.approx(expected)
