"""Near-duplicate posts and leaking splits."""

import random
from dataclasses import replace

import pytest

from redsm5_hpo.corpus.leakage import GRAM_WORDS, check_parts, duplicate_groups, near_duplicates
from redsm5_hpo.corpus.records import Pair, Post
from redsm5_hpo.errors import CorpusError
from tests.corpus.builders import corpus

LONG = "one two three four five six seven eight nine ten eleven twelve"


def posts(*texts: str) -> list[Post]:
    return [Post(f"p{index}", text) for index, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("one", "two", "similarity"),
    [
        (LONG, LONG, 1.0),
        (LONG, "  One, TWO: three four\nfive six seven eight nine ten eleven twelve!", 1.0),
        (LONG, LONG + " thirteen", 8 / 9),
        (LONG, "zero " + LONG + " thirteen", 8 / 10),
        (LONG + " " + LONG, LONG, 8 / 12),
        ("so sad", "So sad!", 1.0),
        ("so", "so", 1.0),
        ("🙂", "🙂", 1.0),
        (LONG, "one two three four nine ten eleven twelve", None),
        ("so sad", "so sad today", None),
        ("so sad", "sad so", None),
        ("🙂", "🙁", None),
        ("so sad", "so sad and so very tired of it all", None),
    ],
    ids=[
        "equal",
        "case and punctuation",
        "one more word",
        "one more on both sides",
        "repeated",
        "short",
        "one word",
        "only signs",
        "no common gram",
        "short and longer",
        "short, other order",
        "other signs",
        "short inside long",
    ],
)
def test_similarity_is_that_of_word_five_grams(one: str, two: str, similarity: float | None) -> None:
    expected = [] if similarity is None else [("p0", "p1", pytest.approx(similarity))]
    assert near_duplicates(posts(one, two), 0.5) == expected


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.75, 1.0])
def test_all_pairs_agree_with_a_direct_computation(threshold: float) -> None:
    source = random.Random(5)  # noqa: S311
    texts = [" ".join(source.choices("abc", k=source.randint(1, 14))) for _ in range(120)]

    def grams(text: str) -> set[tuple[str, ...]]:
        words = text.split()
        return {tuple(words[i : i + GRAM_WORDS]) for i in range(max(1, len(words) - GRAM_WORDS + 1))}

    expected = {}
    for i, one in enumerate(texts):
        for j, two in enumerate(texts[:i]):
            similarity = len(grams(one) & grams(two)) / len(grams(one) | grams(two))
            if similarity >= threshold:
                expected[f"p{j}", f"p{i}"] = similarity
    found = near_duplicates(posts(*texts), threshold)
    assert {(one, two): pytest.approx(similarity) for one, two, similarity in found} == expected
    assert expected


@pytest.mark.parametrize("texts", [(), ("alone",)], ids=["none", "one"])
def test_a_corpus_of_fewer_than_two_posts_has_no_duplicates(texts: tuple[str, ...]) -> None:
    assert near_duplicates(posts(*texts), 0.5) == []


def test_groups_chain_near_duplicates_together() -> None:
    chained = posts(LONG, "other words entirely stand here", LONG + " a b c", LONG + " a b c d e f")
    assert duplicate_groups(chained, 0.6) == [["p0", "p2", "p3"], ["p1"]]


def test_a_post_in_two_parts_is_refused() -> None:
    part = corpus({"p1": "Some text of a post"})
    with pytest.raises(CorpusError, match="'p1' is in train and test"):
        check_parts({"train": part, "val": corpus({"p2": "else"}), "test": part}, 0.5)


def test_near_duplicates_in_two_parts_are_refused_with_ids_and_similarity() -> None:
    parts = {"train": corpus({"a": LONG}), "val": corpus({"b": "else"}), "test": corpus({"c": LONG + " end"})}
    with pytest.raises(
        CorpusError, match=r"'a' \(train\) and 'c' \(test\): similarity 0\.889(?s:.*)splits\.csv"
    ) as error:
        check_parts(parts, 0.5)
    assert "eleven" not in str(error.value)


def test_near_duplicates_in_one_part_are_allowed() -> None:
    parts = {"train": corpus({"a": LONG, "c": LONG}), "val": corpus({"b": "else"}), "test": corpus({"d": "more"})}
    assert check_parts(parts, 0.5) == []


def test_a_part_that_lacks_a_label_is_told_with_counts() -> None:
    low = Pair("a", "LOW", 1, True, ())
    parts = {
        "train": corpus({"a": "one text"}, [low, replace(low, label="SLEEP", status=0)]),
        "val": corpus({"b": "two texts"}, [replace(low, post_id="b"), replace(low, post_id="b", label="SLEEP")]),
    }
    assert check_parts(parts, 0.5) == [
        "train has no present pair of SLEEP (train 0, val 1)",
        "val has no absent pair of SLEEP (train 1, val 0)",
    ]
