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
        ("so *very* tired", "I am so *very* tired.", "exact", "so *very* tired"),
        ("salt &amp; pepper", "No salt &amp; pepper.", "exact", "salt &amp; pepper"),
        ("2*3*4 nights", "About 2*3*4 nights.", "exact", "2*3*4 nights"),
        ("I am so tired all day.", "I am *so* tired all day.", "normalized", "I am *so* tired all day."),
        ("I can't sleep.", "x I can&#39;t sleep. y", "normalized", "I can&#39;t sleep."),
        ("I can't sleep.", "x I can&amp;#x27;t sleep. y", "normalized", "I can&amp;#x27;t sleep."),
        (
            "I can't sleep.",
            "Oh, I [can't](https://a.b/c_(d)) sleep.",
            "normalized",
            "I [can't](https://a.b/c_(d)) sleep.",
        ),
        ("tired all day", "> so tired\n> all day", "normalized", "tired\n> all day"),
        ("[NAME] isn’t sad*", "See, [NAME] isn't sad* now", "normalized", "[NAME] isn't sad*"),
        ("One. Two.", "**One.** Two.", "normalized", "One.** Two."),
        ("the snake_case word", "My snake: the snake\\_case word", "normalized", "the snake\\_case word"),
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
        "stars in both",
        "an entity in both",
        "a product in both",
        "emphasis",
        "a short sentence with an entity",
        "an entity escaped twice",
        "a link",
        "quote marks",
        "marks at both ends of the sentence",
        "emphasis that begins before the sentence",
        "a backslash",
    ],
)
def test_a_span_slices_the_post_to_the_sentence(sentence: str, text: str, found: str, inside: str) -> None:
    (span,) = align(sentence, text, 85.0)
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
        ("234", "see 2*3*4"),
        ("snakecasewords", "some snake_case_words"),
        ("a b is it", "a & b is it"),
        ("it is ¬es", "it is &notes;"),
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
        "a product",
        "underscores inside a word",
        "an ampersand",
        "no entity",
        "another sentence",
    ],
)
def test_a_sentence_that_is_not_in_the_post_has_no_span(sentence: str, text: str) -> None:
    assert align(sentence, text, 90.0) == ()


@pytest.mark.parametrize(("threshold", "aligned"), [(90.0, True), (97.0, False)], ids=["below", "above"])
def test_the_threshold_decides_about_fuzzy_matches(threshold: float, aligned: bool) -> None:
    spans = align("I have no strenght left for this", "Yes. I have no strength left for this", threshold)
    assert bool(spans) == aligned


def test_sentences_under_the_minimum_length_are_never_fuzzy() -> None:
    sentence = "abcdefghi klmnopqrs"
    assert len(sentence) == FUZZY_MIN_CHARACTERS - 1
    assert align(sentence, "abcdefghi klmnopqrx", 10.0) == ()


@pytest.mark.parametrize(
    ("wanted", "starts"),
    [(1, [0, 18]), (2, [0, 18]), (3, [0, 11, 18])],
    ids=["one", "as many as are exact", "more than are exact"],
)
def test_places_are_in_text_order_and_exact_if_these_suffice(wanted: int, starts: list[int]) -> None:
    assert [span.start for span in align("Again.", "Again. And again. Again.", 90.0, wanted)] == starts


def test_a_sentence_slightly_longer_than_its_post_can_match_all_of_it() -> None:
    text = "a sentence that is cut at the very en"
    (span,) = align(text + "d.", text, 90.0)
    assert (span.start, span.end) == (0, len(text))


def test_a_fuzzy_span_without_spaces_is_not_empty() -> None:
    text = "abcdefghijklmnopqrstuvwxyz" * 4
    (span,) = align("klmnopqrstuvwxyzabcdeXghij", text, 80.0)
    assert span.start < span.end


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("I was so tired of it all day.", "I was so truly tired of it all day."),
        ("I was so tired of it all day.", "I was so so so tired of it all day."),
        ("I was so very tired of it all day.", "I was so tired of it all day."),
        ("Every day I was so tired of it.", "Every day, um, I was so tired of it."),
        ("I was so tierd of it all dya.", "I was so tired of it all day."),
    ],
    ids=["a word more", "words more", "a word less", "a sign and a word more", "typing errors at the end"],
)
def test_a_fuzzy_span_covers_the_whole_sentence(sentence: str, passage: str) -> None:
    text = f"No. {passage} Next."
    (span,) = align(sentence, text, 75.0)
    assert (span.found, text[span.start : span.end]) == ("fuzzy", passage)
