"""Near-duplicate posts."""

import random

import pytest

from redsm5_hpo.corpus.records import Post
from redsm5_hpo.corpus.splits.near_duplicates import GRAM_WORDS, near_duplicates
from redsm5_hpo.corpus.splits.words import numbered

LONG = "one two three four five six seven eight nine ten eleven twelve"


def found_in(*texts: str, threshold: float = 0.5) -> list[tuple[str, str, float]]:
    posts = [Post(f"p{index}", text) for index, text in enumerate(texts)]
    return near_duplicates(posts, numbered(texts), threshold)


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
def test_similarity_is_of_word_five_grams(one: str, two: str, similarity: float | None) -> None:
    expected = [] if similarity is None else [("p0", "p1", pytest.approx(similarity))]
    assert found_in(one, two) == expected


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
    found = found_in(*texts, threshold=threshold)
    assert {(one, two): pytest.approx(similarity) for one, two, similarity in found} == expected
    assert expected


@pytest.mark.parametrize("texts", [(), ("alone",)], ids=["none", "one"])
def test_a_corpus_of_fewer_than_two_posts_has_no_duplicates(texts: tuple[str, ...]) -> None:
    assert found_in(*texts) == []
