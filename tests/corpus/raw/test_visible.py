"""Which characters can be seen."""

import pytest

from redsm5_hpo.corpus.raw.visible import has_text, stripped

INVISIBLE = {
    "nothing": "",
    "blanks": " \t\r\n\u00a0\u2003\u3000",
    "zero-width": "\u200b\u200c\u200d\u2060\ufeff\u00ad",
    "direction marks": "\u200e\u200f\u202a\u202c\u2066\u2069",
    "variation selectors": "\ufe0e\ufe0f\U000e0100",
    "tags": "\U000e0001\U000e0041",
    "fillers": "\u3164\uffa0\u115f\u1160\u034f\u2800",
    "control characters": "\x07\x1b\x7f",
    "an accent without a letter": "\u0301",
    "replacement characters": "\ufffd",
    "private use": "\ue000",
}
VISIBLE = {
    "a letter": "a",
    "a digit": "7",
    "a sign": "…",
    "an emoji": "🙂",
    "Chinese": "我",
    "Arabic": "أ",
    "a sum": "+",
}


@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE)
def test_characters_that_show_nothing_are_no_text(text: str) -> None:
    assert not has_text(text)
    assert stripped(text) == ""


@pytest.mark.parametrize("text", VISIBLE.values(), ids=VISIBLE)
def test_one_character_that_can_be_seen_is_text(text: str) -> None:
    assert has_text(f"\u200b{text}\ufe0f")
    assert stripped(f"\u200b {text} x{text}\u200d\n") == f"{text} x{text}"
