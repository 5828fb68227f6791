"""Which place each annotation row takes."""

import pytest

from redsm5_hpo.corpus import row_spans as module
from redsm5_hpo.corpus.records import Sentence
from redsm5_hpo.corpus.row_spans import row_spans

AGAIN = "Again."
TEXT = "Again. I left. Again. He left. Again."  # three places, at 0, 15 and 31
FIRST, SECOND, THIRD = [0], [15], [31]


def starts(text: str, *rows: tuple[str, str, str, int]) -> list[list[int]]:
    """Where the spans of rows of (sentence_id, label, sentence, status) begin, for each present row."""
    sentences = [Sentence("p", sentence_id, label, read, status) for sentence_id, label, read, status in rows]
    spans = row_spans(sentences, {"p": text}, 90.0)
    return [[span.start for span in spans[row]] for row in sentences if row.status == 1]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("a", "LOW", AGAIN, 1)], [FIRST]),
        ([("a", "LOW", AGAIN, 1), ("b", "LOW", AGAIN, 1)], [FIRST, SECOND]),
        ([("a", "LOW", AGAIN, 1), ("b", "TIRED", f" {AGAIN} ", 1)], [FIRST, SECOND]),
        ([("a", "LOW", AGAIN, 1), ("a", "TIRED", AGAIN, 1), ("b", "LOW", AGAIN, 1)], [FIRST, FIRST, SECOND]),
        ([("a", "LOW", AGAIN, 0), ("b", "LOW", AGAIN, 1)], [SECOND]),
        ([("p_10", "LOW", AGAIN, 1), ("p_2", "TIRED", AGAIN, 1)], [SECOND, FIRST]),
        ([("x10", "LOW", AGAIN, 1), ("y2", "TIRED", AGAIN, 1)], [FIRST, SECOND]),
        ([(each, "LOW", AGAIN, 1) for each in "abcde"], [FIRST, SECOND, THIRD, THIRD, THIRD]),
        ([("p", "LOW", AGAIN, 1), ("p", "TIRED", "I left.", 1)], [FIRST + SECOND + THIRD, [7]]),
        ([("p", "LOW", "gone away", 1)], [[]]),
    ],
    ids=[
        "one row",
        "the k-th id takes the k-th place",
        "of any label, with any outer blanks",
        "one id is one place for all labels",
        "an absent row has its place",
        "numbered ids by number",
        "other ids as in the file",
        "the last place repeats",
        "an id of several sentences has all places",
        "not in the post",
    ],
)
def test_equal_rows_take_the_places_in_turn(rows: list, expected: list) -> None:
    assert starts(TEXT, *rows) == expected


def test_a_place_that_reads_the_same_counts_when_there_are_too_few_exact_ones() -> None:
    text = "It was *so* bad. It was so bad."
    assert starts(text, ("a", "LOW", "It was so bad.", 1)) == [[17]]
    assert starts(text, ("a", "LOW", "It was so bad.", 1), ("b", "LOW", "It was so bad.", 1)) == [[0], [17]]


@pytest.mark.parametrize(
    ("text", "ids", "expected"),
    [
        ("i hate it so much\ni hate it", "a", [18]),
        ("She thinks I hate it. I hate it! I hate it, really.", "a", [22]),
        ("I hate it so. I hate it! I hate it too. I hate it.", "ab", [14, 40]),
        ("I hate it so. I hate it.", "ab", [0, 14]),
        ("I hate it so. I hate it too.", "a", [0]),
    ],
    ids=["a line", "a sentence", "of several ids", "too few whole ones", "no whole one"],
)
def test_whole_sentences_are_taken_before_the_same_words_inside_of_others(text: str, ids: str, expected: list) -> None:
    found = starts(text.lower(), *[(each, "LOW", "i hate it", 1) for each in ids])
    assert found == [[start] for start in expected]


def test_rows_of_an_id_of_several_sentences_have_all_places_that_are_whole_sentences() -> None:
    rows = [("p", "LOW", AGAIN[:-1], 1), ("p", "TIRED", "I left.", 1)]
    assert starts(f"Again he left. {TEXT}", *rows) == [[15, 30, 46], [22]]


def test_equal_sentences_of_different_posts_do_not_share_places() -> None:
    rows = [Sentence(post_id, "a", "LOW", AGAIN, 1) for post_id in ("p", "q")]
    spans = row_spans(rows, {"p": TEXT, "q": TEXT}, 90.0)
    assert [spans[row][0].start for row in rows] == [0, 0]


def test_equal_rows_are_sought_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[str] = []
    monkeypatch.setattr(module, "align", lambda sentence, *_, **__: sought.append(sentence) or ())
    starts(TEXT, *[(str(index), "LOW", AGAIN, 1) for index in range(100)])
    assert sought == [AGAIN]
