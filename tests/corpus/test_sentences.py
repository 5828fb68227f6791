"""Where sentences and words begin and end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redsm5_hpo.corpus.sentences import MAX_WORDS, PIECE_WORDS, sentence_spans, word_spans

SENTENCES = {
    "marks end it": ("i am sad. why? no! well…", ["i am sad.", "why?", "no!", "well…"]),
    "several marks are one end": ("what?! no... yes", ["what?!", "no...", "yes"]),
    "quotes and brackets close it": ('he said "stop." (really.) ok', ['he said "stop."', "(really.)", "ok"]),
    "a mark inside a word does not end it": ("at 3.5 hours i.e. none", ["at 3.5 hours i.e.", "none"]),
    "a line's end ends it": ("no mark here\nnor here \r\n\n  last", ["no mark here", "nor here", "last"]),
    "a mark alone is one": ("? yes.", ["?", "yes."]),
    "white space has none": (" \n\t ", []),
    "nothing has none": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), SENTENCES.values(), ids=SENTENCES)
def test_sentence(text, expected):
    assert [text[start:end] for start, end in sentence_spans(text)] == expected


LONG = {MAX_WORDS: [MAX_WORDS], MAX_WORDS + 1: [17, 17, 17], 4 * PIECE_WORDS: [PIECE_WORDS] * 4}


@pytest.mark.parametrize(("words", "pieces"), LONG.items(), ids=[f"{words} words" for words in LONG])
def test_a_sentence_of_too_many_words_is_cut_into_the_fewest_even_pieces(words, pieces):
    text = "so " * (words - 1) + "on."
    assert [len(text[start:end].split()) for start, end in sentence_spans(text)] == pieces


def test_words_include_inner_apostrophes_and_no_other_marks():
    text = "I can't, 'sleep' - it’s 3am"
    assert [text[start:end] for start, end in word_spans(text)] == ["I", "can't", "sleep", "it’s", "3am"]


@given(st.text("aB1. !?…\"')\n\r\t\x0b\u2028’é😀", max_size=40))
def test_sentences_cover_every_visible_character_in_order(text):
    spans = sentence_spans(text)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@given(st.text("aB1. !?…\"')\n\r\t\x0b\u2028’é😀", max_size=40))
def test_no_word_crosses_the_end_of_a_sentence(text):
    sentences = sentence_spans(text)
    assert all(any(a <= start and end <= b for a, b in sentences) for start, end in word_spans(text))
