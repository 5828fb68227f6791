"""The pairs of a corpus: annotated ones with their spans, and seeded draws from the rest.

Owns how rows become pairs. Does not align: the caller passes the spans of each present row.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import get_args

from redsm5_hpo.core.seeding import generator
from redsm5_hpo.corpus.records import Found, Pair, Sentence, Span

STRICTNESS: tuple[Found, ...] = get_args(Found)


def annotated_pairs(
    rows: Iterable[Sentence], spans: Mapping[Sentence, Sequence[Span]]
) -> tuple[list[Pair], list[tuple[str, str]], list[tuple[str, str]]]:
    """The annotated pairs; the present ones left out because no row is aligned; those with some rows not aligned."""
    grouped: dict[tuple[str, str], list[Sentence]] = {}
    for row in rows:
        grouped.setdefault((row.post_id, row.label), []).append(row)
    pairs, left_out, partly = [], [], []
    for key, members in grouped.items():
        present = [spans[row] for row in members if row.status == 1]
        aligned = [places for places in present if places]
        if present and not aligned:
            left_out.append(key)
            continue
        if len(aligned) < len(present):
            partly.append(key)
        pairs.append(Pair(*key, status=int(bool(present)), annotated=True, spans=merged(chain.from_iterable(aligned))))
    return pairs, left_out, partly


def absent_pairs(post_id: str, unannotated: Sequence[str], count: int, seed: int) -> list[Pair]:
    """Up to `count` pairs of criteria that nobody annotated in the post; other posts do not change the draw."""
    draws = generator(seed, f"absent_pairs/{post_id}").permutation(len(unannotated))[:count]
    return [Pair(post_id, unannotated[index], status=0, annotated=False, spans=()) for index in sorted(draws)]


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in text order, overlapping ones merged into one with the least strict `found` of them."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, each.end, STRICTNESS.index(each.found))):
        if result and span.start < result[-1].end:
            last = result.pop()
            span = Span(last.start, max(last.end, span.end), max(last.found, span.found, key=STRICTNESS.index))
        result.append(span)
    return tuple(result)
