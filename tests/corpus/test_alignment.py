"""Finding sentences in posts."""

import pytest

from redsm5_hpo.corpus.alignment import FUZZY_MIN_CHARACTERS, align


@pytest.mark.parametrize(
    ("sentence", "text", "found", "inside"),
    [
        ("I am sad.", "Well. I am sad. Ok.", "exact", "I am sad."),
        (" I am sad. ", "Well. I am sad. Ok.", "exact", "I am sad."),
        ("So 😀 then", "Oh 🙂🙂! So 😀 then.", "exact", "So 😀 then"),
        ("i AM sad.", "Well. I am sad. Ok.", "normalized", "I am sad."),
        ('it\'s "over"', "I said it’s “over” now", "normalized", "it’s “over”"),
        ("a - b", "see a — b", "normalized", "a — b"),
        ("one two three", "x one\u00a0two \n\t three y", "normalized", "one\u00a0two \n\t three"),
        ("wait... what", "oh wait… what", "normalized", "wait… what"),
        ("not here", "soft: n\u00adot\u200b here", "normalized", "n\u00adot\u200b here"),
        ("my strasse is long", "So My Straße is long!", "normalized", "My Straße is long"),
        ("So my Straße is", "so my STRASSE is it", "normalized", "so my STRASSE is"),
        ("i\u0307stanbul is far", "ßß İstanbul is far.", "normalized", "İstanbul is far"),
        ("the café", "At the cafe\u0301 now", "normalized", "the cafe\u0301"),
        ("I never slept a whole night", "x I never slep a whole nigth, y", "fuzzy", "I never slep a whole nigth,"),
        ("İ ß 😀 I was not able to sleep", "ßß 😀 I was not abel to sleep", "fuzzy", "ßß 😀 I was not abel to sleep"),
        ("No", "Nothing. No.", "exact", "No"),
    ],
    ids=[
        "exact",
        "outer space",
        "emoji",
        "case",
        "curly quotes",
        "dashes",
        "white space",
        "ellipsis",
        "invisible characters",
        "sharp s in the text",
        "sharp s in the sentence",
        "dotted I",
        "combining accent",
        "typing errors",
        "fuzzy after characters of other length",
        "not inside a word",
    ],
)
def test_a_span_slices_the_post_to_the_sentence(sentence: str, text: str, found: str, inside: str) -> None:
    span = align(sentence, text, 85.0)
    assert span is not None
    assert (span.found, text[span.start : span.end]) == (found, inside)


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("I am sad.", "All is well."),
        ("I can sleep", "I can't sleep"),
        ("No", "Nothing"),
        ("strasse", "Straßen"),
        ("Ù", ".ÙI"),
        ("cafe", "café"),
        ("  ", "anything"),
        ("\u200b", "anything"),
        ("a completely different and much longer sentence", "a"),
        ("I spent weeks on the floor unable to move", "I went to the shop and bought some bread there"),
    ],
    ids=[
        "other words",
        "short and nearly equal",
        "part of a word",
        "part of a letter",
        "part of a word that ends in an accent",
        "a letter without its accent",
        "blank",
        "invisible",
        "longer than the text",
        "another sentence",
    ],
)
def test_a_sentence_that_is_not_in_the_post_has_no_span(sentence: str, text: str) -> None:
    assert align(sentence, text, 90.0) is None


@pytest.mark.parametrize(("threshold", "aligned"), [(90.0, True), (97.0, False)], ids=["below", "above"])
def test_the_threshold_decides_about_fuzzy_matches(threshold: float, aligned: bool) -> None:
    span = align("I have no strenght left for this", "Yes. I have no strength left for this", threshold)
    assert (span is not None) == aligned


def test_sentences_under_the_minimum_length_are_never_fuzzy() -> None:
    sentence = "abcdefghi klmnopqrs"
    assert len(sentence) == FUZZY_MIN_CHARACTERS - 1
    assert align(sentence, "abcdefghi klmnopqrx", 10.0) is None


def test_the_first_occurrence_is_taken() -> None:
    span = align("Again.", "Again. And again. Again.", 90.0)
    assert span is not None
    assert span.start == 0


def test_a_sentence_slightly_longer_than_its_post_can_match_all_of_it() -> None:
    text = "a sentence that is cut at the very en"
    span = align(text + "d.", text, 90.0)
    assert span is not None
    assert (span.start, span.end) == (0, len(text))


def test_a_fuzzy_span_without_spaces_is_not_empty() -> None:
    text = "abcdefghijklmnopqrstuvwxyz" * 4
    span = align("klmnopqrstuvwxyzabcdeXghij", text, 80.0)
    assert span is not None
    assert span.start < span.end
