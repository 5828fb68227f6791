"""How annotation rows become pairs."""

import pytest

from redsm5_hpo.corpus.pairs import absent_pairs, annotated_pairs, merged
from redsm5_hpo.corpus.records import Pair, Sentence, Span

LABELS = ["A", "B", "C", "D"]


def row(index: int, status: int) -> Sentence:
    return Sentence("p", f"p_{index}", "A", "text", status)


def test_a_pair_is_present_when_any_of_its_rows_is() -> None:
    rows = [row(0, 0), row(1, 1)]
    pairs, _, _ = annotated_pairs(rows, {rows[1]: [Span(3, 5, "exact")]})
    assert pairs == [Pair("p", "A", 1, True, (Span(3, 5, "exact"),))]


def test_a_pair_of_absent_rows_is_absent_without_spans() -> None:
    assert annotated_pairs([row(0, 0), row(1, 0)], {})[0] == [Pair("p", "A", 0, True, ())]


def test_a_present_pair_without_a_span_is_left_out_and_reported() -> None:
    rows = [row(0, 1), row(1, 0)]
    assert annotated_pairs(rows, {rows[0]: []}) == ([], [("p", "A")], [])


def test_a_present_pair_keeps_its_aligned_spans_and_is_reported() -> None:
    rows = [row(0, 1), row(1, 1)]
    pairs, left_out, partly = annotated_pairs(rows, {rows[0]: [], rows[1]: [Span(0, 2, "fuzzy")]})
    assert pairs[0].spans == (Span(0, 2, "fuzzy"),)
    assert (left_out, partly) == ([], [("p", "A")])


def test_a_row_with_several_places_gives_a_span_for_each() -> None:
    spans = (Span(0, 2, "exact"), Span(4, 6, "exact"))
    pairs, _, partly = annotated_pairs([row(0, 1)], {row(0, 1): spans})
    assert (pairs[0].spans, partly) == (spans, [])


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(5, 9, "exact"), (0, 3, "exact")], [(0, 3, "exact"), (5, 9, "exact")]),
        ([(0, 3, "exact"), (0, 3, "exact")], [(0, 3, "exact")]),
        ([(0, 5, "exact"), (3, 9, "fuzzy")], [(0, 9, "fuzzy")]),
        ([(0, 9, "normalized"), (3, 5, "exact")], [(0, 9, "normalized")]),
        ([(0, 3, "exact"), (3, 5, "exact")], [(0, 3, "exact"), (3, 5, "exact")]),
        ([], []),
    ],
    ids=["text order", "equal", "overlapping", "nested", "touching stay two", "none"],
)
def test_spans_are_distinct_and_in_text_order(spans: list, expected: list) -> None:
    assert merged(Span(*span) for span in spans) == tuple(Span(*span) for span in expected)


def test_the_same_seed_draws_the_same_criteria() -> None:
    assert absent_pairs("p", LABELS, 2, seed=1) == absent_pairs("p", LABELS, 2, seed=1)


def test_another_seed_or_post_draws_other_criteria() -> None:
    def draws(seed: int, prefix: str) -> list[str]:
        return [absent_pairs(f"{prefix}{i}", LABELS, 1, seed)[0].label for i in range(20)]

    assert draws(1, "p") != draws(2, "p")
    assert draws(1, "p") != draws(1, "q")


@pytest.mark.parametrize(("count", "drawn"), [(0, 0), (1, 1), (4, 4), (9, 4)], ids=["none", "one", "all", "more"])
def test_draws_are_distinct_and_no_more_than_there_are(count: int, drawn: int) -> None:
    labels = [pair.label for pair in absent_pairs("p", LABELS, count, seed=1)]
    assert len(labels) == len(set(labels)) == drawn


def test_draws_are_absent_and_not_annotated() -> None:
    assert absent_pairs("p", ["A"], 1, seed=1) == [Pair("p", "A", 0, False, ())]
