"""Annotated sentences that stand in another post than that of their row."""

import pytest

from redsm5_hpo.corpus.preparation import preparation_warnings, prepare
from tests.corpus.builders import DATA, raw_corpus

POSTS = {"p": "I have not slept for weeks. I am low.", "q": "Nothing tastes of anything. I&#39;m low, and so tired."}


@pytest.mark.parametrize(
    ("post_id", "sentence", "status", "count"),
    [
        ("p", "I have not slept for weeks.", 1, 0),
        ("q", "I have not slept for weeks.", 1, 1),
        ("q", "i have *not* slept for weeks", 0, 1),
        ("p", "I'm low, and so tired.", 0, 1),
        ("q", "I\u2019m low, and so tired.", 0, 0),
        ("q", "I am low.", 1, 0),
        ("q", "It is in none of the posts.", 1, 0),
    ],
    ids=["its own", "present", "absent", "in normal form", "its own in normal form", "too short", "in none"],
)
def test_sentences_of_another_post_are_counted(post_id: str, sentence: str, status: int, count: int) -> None:
    raw = raw_corpus(POSTS, [(post_id, "LOW", sentence, status)])
    _, _, counts = prepare(raw, DATA)
    assert counts["misplaced_sentences"] == count
    assert [line for line in preparation_warnings(raw, counts) if "check post_id" in line] == [
        "1 annotated sentence(s) are in another post than their row says: check post_id"
    ] * count
