"""Posts that only say that their text is gone."""

import pytest

from redsm5_hpo.corpus.raw.placeholders import placeholder

NOTES = {
    "[removed]": "removed",
    "[deleted]": "deleted",
    "[DELETED]": "deleted",
    " [removed]\n": "removed",
    "\u200b[ removed ]\ufeff": "removed",
    "[ Removed by Reddit ]": "removed",
    "[removed by moderator]": "removed",
    "[deleted by user]": "deleted",
}
TEXTS = ("removed", "I was [removed]", "[removed] again", "[deleted] [deleted]", "[removedness]", "[]", "")


@pytest.mark.parametrize(("text", "reason"), NOTES.items(), ids=NOTES)
def test_a_note_is_known_in_any_case_and_with_blanks(text: str, reason: str) -> None:
    assert placeholder(text) == reason


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_holds_more_or_less_than_a_note_is_none(text: str) -> None:
    assert placeholder(text) is None
