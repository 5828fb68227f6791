"""Sentences that several rows annotate for one criterion."""

import pytest

from redsm5_hpo.corpus.preparation import preparation_warnings, prepare
from tests.corpus.builders import DATA, raw_corpus


@pytest.mark.parametrize(
    ("text", "statuses", "total", "contradicting"),
    [
        ("I am low.", (1, 0), 1, 1),
        ("I am low.", (1, 1), 1, 0),
        ("I am low. I am low.", (1, 0), 0, 0),
        ("I am low. I am low.", (0, 1, 0), 1, 1),
    ],
    ids=["contradicting", "agreeing", "as often as in the post", "more often"],
)
def test_sentences_with_more_rows_than_places_are_counted(
    text: str, statuses: tuple[int, ...], total: int, contradicting: int
) -> None:
    raw = raw_corpus({"p": text}, [("p", "LOW", "I am low.", status) for status in statuses])
    _, _, counts = prepare(raw, DATA)
    assert counts["repeated_sentences"] == {"total": total, "contradicting": contradicting}
    warnings = [f"{contradicting} of them are present and absent" in line for line in preparation_warnings(raw, counts)]
    assert warnings == [True] * total
