"""The pairs of a corpus: annotated ones with their spans, and seeded draws from the rest.

Owns how rows become pairs. Does not align: it is given the span of each row.
"""

from collections.abc import Iterable, Mapping, Sequence

from redsm5_hpo.corpus.records import Pair, Sentence, Span
from redsm5_hpo.seeding import generator

STRICTNESS = ("exact", "normalised", "fuzzy")


def annotated_pairs(
    rows: Iterable[Sentence], spans: Mapping[Sentence, Span | None]
) -> tuple[list[Pair], list[tuple[str, str]], list[tuple[str, str]]]:
    """The annotated pairs; the present ones left out because no row aligns; those kept although some rows do not."""
    grouped: dict[tuple[str, str], list[Sentence]] = {}
    for row in rows:
        grouped.setdefault((row.post_id, row.label), []).append(row)
    pairs, left_out, partly = [], [], []
    for key, members in grouped.items():
        present = [spans[row] for row in members if row.status == 1]
        aligned = [span for span in present if span is not None]
        if present and not aligned:
            left_out.append(key)
            continue
        if len(aligned) < len(present):
            partly.append(key)
        pairs.append(Pair(*key, status=int(bool(present)), annotated=True, spans=merged(aligned)))
    return pairs, left_out, partly


def absent_pairs(post_id: str, unannotated: Sequence[str], count: int, seed: int) -> list[Pair]:
    """Up to `count` pairs of criteria nobody annotated in the post, whatever other posts there are."""
    draws = generator(seed, f"absent_pairs/{post_id}").permutation(len(unannotated))[:count]
    return [Pair(post_id, unannotated[index], status=0, annotated=False, spans=()) for index in sorted(draws)]


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in text order, overlapping ones made one that counts as found the less strict way."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, each.end, STRICTNESS.index(each.found))):
        if result and span.start < result[-1].end:
            last = result.pop()
            span = Span(last.start, max(last.end, span.end), max(last.found, span.found, key=STRICTNESS.index))
        result.append(span)
    return tuple(result)
