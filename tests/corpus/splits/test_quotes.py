"""Runs of words that several posts share."""

import random
from itertools import pairwise

import pytest

from redsm5_hpo.corpus.splits.quotes import contained_pairs, quoting_pairs
from redsm5_hpo.corpus.splits.words import numbered


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


CASES = {
    "the same run": ("a b c d e", "x a b c d y", 4, [(0, 1)]),
    "one word short": ("a b c d e", "x a b c y", 4, []),
    "case and punctuation": ("A, b -- c. D", "x; a b c d", 4, [(0, 1)]),
    "words apart": ("a b c d", "a b x c d", 4, []),
    "at the very end": ("x a b c d", "a b c d", 4, [(0, 1)]),
    "across the border of two posts": ("x a b", "c d y", 4, []),
    "twice in one post": ("a b c d a b c d", "x", 4, []),
    "too short to hold one": ("a b", "a b", 4, []),
    "an empty post": ("", "a b c d", 4, []),
}


@pytest.mark.parametrize(("one", "two", "length", "pairs"), CASES.values(), ids=CASES)
def test_a_quote_is_a_run_of_a_number_of_words(one: str, two: str, length: int, pairs: list[tuple[int, int]]) -> None:
    assert quoting_pairs(numbered([one, two]), length) == pairs


@pytest.mark.parametrize("length", [2, 3, 5, 7, 8, 20])
def test_all_pairs_are_those_of_the_first_text_of_each_run(length: int) -> None:
    source = random.Random(length)  # noqa: S311
    texts = [" ".join(source.choices("ab", k=source.randint(0, 40))) for _ in range(60)]
    texts += [f"{texts[number]} c {texts[number + 1]}" for number in range(0, 60, 7)]
    expected = set()
    for run in set().union(*(runs(text, length) for text in texts)):
        owners = [number for number, text in enumerate(texts) if run in runs(text, length)]
        expected |= {(owners[0], other) for other in owners[1:]}
    assert expected
    assert quoting_pairs(numbered(texts), length) == sorted(expected)


@pytest.mark.parametrize(
    ("one", "two", "pairs"),
    [
        ("a b c d e", "x. A, b c d e! y", [(0, 1, 5)]),
        ("x a b c d e", "a b c d e", [(0, 1, 5)]),
        ("a b c d", "x a b c d y", [(0, 1, 4)]),
        ("a b c", "x a b c d y", []),
        ("a b c d e", "x a b c d y", []),
        ("a b c d e f g h", "x a b c d e f g h y", []),
        ("a b c d e", "a b c d e", [(0, 1, 5)]),
        ("a b c d a b c d", "x", []),
    ],
    ids=[
        "whole in a longer one",
        "at its end",
        "half of the length",
        "less than half",
        "all but a word",
        "of the length",
        "equal",
        "a run of its own",
    ],
)
def test_a_short_text_in_another_one_is_a_pair(one: str, two: str, pairs: list[tuple[int, int, int]]) -> None:
    assert contained_pairs(numbered([one, two]), 8) == pairs


def test_all_pairs_of_contained_texts_are_those_of_the_first_text_of_each() -> None:
    source = random.Random(3)  # noqa: S311
    texts = [" ".join(source.choices("ab", k=source.randint(0, 30))) for _ in range(150)]
    expected = set()
    for size in (3, 4, 5):
        for run in {tuple(text.split()) for text in texts if len(text.split()) == size}:
            owners = [number for number, text in enumerate(texts) if run in runs(text, size)]
            expected |= {(owners[0], other, size) for other in owners[1:]}
    assert expected
    assert set(contained_pairs(numbered(texts), 6)) == expected


def test_a_phrase_in_all_posts_pairs_each_post_once() -> None:
    texts = [f"w{number} a b c d e v{number}" for number in range(500)]
    assert quoting_pairs(numbered(texts), 5) == [(0, number) for number in range(1, 500)]


def test_no_texts_have_no_quotes() -> None:
    assert quoting_pairs(numbered([]), 20) == []


def test_equal_words_have_equal_numbers() -> None:
    found = numbered(["To be, or not", "to BE"])
    assert found.lengths.tolist() == [4, 2]
    assert found.codes[:2].tolist() == found.codes[4:].tolist()
    assert all(one != two for one, two in pairwise(found.codes[:4].tolist()))
