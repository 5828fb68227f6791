"""Which place in its post each annotation row takes.

Owns the order of sentences that read the same: the k-th of them takes the k-th place, of whole sentences where there
are enough. Does not search (alignment.py).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from math import inf

from redsm5_hpo.corpus.alignment import align
from redsm5_hpo.corpus.id_order import id_key
from redsm5_hpo.corpus.records import Sentence, Span
from redsm5_hpo.corpus.sentences import sentence_spans, word_spans


def row_spans(rows: Iterable[Sentence], texts: Mapping[str, str], threshold: float) -> dict[Sentence, tuple[Span, ...]]:
    """The spans of each present row; none if its sentence is not in its post.

    Rows with a sentence_id of their own have one span. Where there are fewer places than ids, the last place repeats.
    An id that stands for several sentences of a post distinguishes nothing: its rows have all places.
    """
    equal: dict[tuple[str, str], list[Sentence]] = {}
    read_as: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        equal.setdefault((row.post_id, row.text.strip()), []).append(row)
        read_as.setdefault((row.post_id, row.sentence_id), set()).add(row.text.strip())
    spans = {}
    for (post_id, text), members in equal.items():
        ids = _in_order(dict.fromkeys(row.sentence_id for row in members))
        present = [row for row in members if row.status == 1]
        distinct = all(len(read_as[post_id, each]) == 1 for each in ids)
        places = align(text, texts[post_id], threshold, wanted=len(ids) if distinct else inf) if present else ()
        if len(places) > 1:
            places = _whole_sentences(places, texts[post_id], len(ids) if distinct else 1)
        taken = {each: places[: index + 1][-1:] if distinct else places for index, each in enumerate(ids)}
        spans.update({row: taken[row.sentence_id] for row in present})
    return spans


def _whole_sentences(places: tuple[Span, ...], text: str, wanted: int) -> tuple[Span, ...]:
    """The places that are whole sentences if there are enough, else all: "I hate it" is also the beginning of "I hate
    it when they shout", which nobody annotated."""
    sentences = sentence_spans(text)
    starts = [start for start, _ in sentences]

    def is_whole(place: Span) -> bool:
        first = starts[bisect_right(starts, place.start) - 1]
        last = sentences[bisect_left(starts, place.end) - 1][1]
        return not word_spans(text[first : place.start]) and not word_spans(text[place.end : last])

    whole = tuple(filter(is_whole, places))
    return whole if len(whole) >= wanted else places


def _in_order(ids: Iterable[str]) -> Sequence[str]:
    """By number if they differ in their numbers alone (post_2, post_10), since rows may be sorted by label; else as
    they stand in the file."""
    ids = list(ids)
    if len({re.sub(r"[0-9]+", "0", each) for each in ids}) > 1:
        return ids
    return sorted(ids, key=id_key)
