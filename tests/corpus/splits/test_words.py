"""The words of texts that are compared."""

import unicodedata

import numpy as np
import pytest

from redsm5_hpo.corpus.records import Post
from redsm5_hpo.corpus.splits.leakage import related
from redsm5_hpo.corpus.splits.words import words
from tests.corpus.builders import SPLIT
from tests.corpus.noise import NOISES

TEXT = "I don't sleep, and she said: \"it's all in your head\". Café or not, I can't get up & nobody's asking why."


@pytest.mark.parametrize("name", NOISES)
def test_a_text_has_the_same_words_whatever_site_or_export_it_passed_through(name: str) -> None:
    for seed in range(20):
        assert words(NOISES[name](TEXT, np.random.default_rng(seed))) == words(TEXT)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_word_with_accents_is_one_word_in_any_form_of_unicode(form: str) -> None:
    assert words(unicodedata.normalize(form, "Découragé, İstanbul")) == ["decourage", "istanbul"]


def test_the_same_post_from_an_export_with_entities_is_related() -> None:
    escaped = TEXT.replace("&", "&amp;").replace("'", "&#39;").replace('"', "&quot;")
    assert [each.similarity for each in related([Post("a", TEXT), Post("b", escaped)], SPLIT)] == [1.0]


def test_an_edited_post_in_chinese_is_related() -> None:
    post = "我已经三个星期没有睡好觉了。每天早上醒来都觉得很累，什么都不想做。我觉得自己一无是处，对不起家人。"
    edited = post.replace("三个", "四个").replace("很累", "非常累")
    assert words("ABC睡、かな。") == ["abc", "睡", "か", "な"]
    assert len(related([Post("a", post), Post("b", edited)], SPLIT)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("🙂 !!", ["🙂!!"]),
        ("***", ["***"]),
        ("I don’t, she doesn't, they dont", ["i", "dont", "she", "doesnt", "they", "dont"]),
        ("[](https://a.example/1)", ["[](https://a.example/1)"]),
        ("snake_case _so_ 2*3", ["snake_case", "so", "2", "3"]),
    ],
    ids=["signs", "marks alone", "apostrophes", "a link without words", "marks around a word and inside"],
)
def test_words_of_unusual_texts(text: str, expected: list[str]) -> None:
    assert words(text) == expected
