"""What answers without reading would score."""

import pytest

from redsm5_hpo.corpus.records import Corpus, Pair, Post, Sentence, Span
from redsm5_hpo.training.floors import majority_answers, majority_floor
from tests.training.builders import CRITERIA, example

TEXT = "sad day"


def corpus(*statuses):
    """One post, pair and sentence a status."""
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


@pytest.mark.parametrize(("statuses", "said"), MAJORITIES.values(), ids=MAJORITIES)
def test_the_majority_of_train_decides_whatever_the_part_holds(statuses, said):
    train = [example(TEXT, status=status) for status in statuses]
    part = [example(TEXT, status=1 - said)] * 5
    assert [answer.status for answer in majority_answers(train, part)] == [said] * 5


def test_where_present_the_whole_text_is_the_evidence():
    (answer,) = majority_answers([example(TEXT, status=1)], [example("so sad a day")])
    assert answer.evidence == (0, len("so sad a day"))


def test_where_absent_there_is_no_evidence():
    (answer,) = majority_answers([example(TEXT, status=0)], [example(TEXT)])
    assert answer.evidence is None


# part: one present of four. Saying absent: F1 of absent 6/7, of present 0. Saying present: 0 and 2/5; evidence
# "sad day" for "sad": 2/3 where present, 0 elsewhere.
FLOORS = {
    "criteria, absent": ("criteria", (0, 0, 1), 3 / 7),
    "criteria, present": ("criteria", (1, 1, 0), 1 / 5),
    "evidence, absent": ("evidence", (0, 0, 1), 3 / 4),
    "evidence, present": ("evidence", (1, 1, 0), 1 / 6),
    "share, absent": ("share", (0, 0, 1), (3 / 7 + 3 / 4) / 2),
    "joint, present": ("joint", (1, 1, 0), (1 / 5 + 1 / 6) / 2),
}


@pytest.mark.parametrize(("architecture", "train", "expected"), FLOORS.values(), ids=FLOORS)
def test_the_floor_is_the_majoritys_score_on_the_part(architecture, train, expected):
    assert majority_floor(architecture, corpus(*train), corpus(0, 1, 0, 0)) == pytest.approx(expected)
