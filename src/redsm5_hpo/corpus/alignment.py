"""Finding an annotated sentence in its post.

Owns three attempts, the strictest first: the same characters, the same normal form, nearly the same. Every span is in
characters of the original text. Does not know what the normal form leaves out (normal_form.py), nor which row takes
which place (row_spans.py).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from redsm5_hpo.corpus.normal_form import NormalForm, normal_form
from redsm5_hpo.corpus.records import Span

# In a shorter sentence the usual thresholds allow two letters to differ: "I can sleep" would match "I can't sleep".
FUZZY_MIN_CHARACTERS = 20
# How far the ends of a nearly equal passage are sought beyond the most similar window of the sentence's length.
MAX_EXTENSION = 200


def align(sentence: str, text: str, threshold: float, wanted: float = 1) -> tuple[Span, ...]:
    """The places of `sentence` in `text`, in text order; none if no passage is similar to `threshold` percent.

    Exact ones alone if there are as many as are wanted, else the normalized ones too; a fuzzy one only if there is no
    other. There can be more or fewer than are wanted.
    """
    needle = sentence.strip()
    if not needle:
        return ()
    exact = [Span(start, start + len(needle), "exact") for start in _occurrences(needle, text)]
    if len(exact) >= wanted:
        return tuple(exact)
    sought, form = normal_form(needle), normal_form(text)
    if not (plain := sought.plain.strip()):
        return tuple(exact)
    normalized = [
        Span(*_with_outer_marks(*form.original(start, start + len(plain)), needle, sought, text), "normalized")
        for start in _occurrences(plain, form.plain)
    ]
    if places := _together(exact, normalized):
        return places
    if len(plain) < FUZZY_MIN_CHARACTERS or (found := _fuzzy(plain, form.plain, threshold)) is None:
        return ()
    return (Span(*form.original(*_at_words(*found, form.plain)), "fuzzy"),)


def _occurrences(needle: str, text: str) -> Iterator[int]:
    """Starts of the occurrences that do not begin or end inside a word, without overlap."""
    start = text.find(needle)
    while start >= 0:
        end = start + len(needle)
        cut_before = start > 0 and _in_word(text[start - 1]) and _in_word(needle[0])
        cut_after = end < len(text) and _in_word(text[end]) and _in_word(needle[-1])
        whole = not cut_before and not cut_after
        if whole:
            yield start
        start = text.find(needle, end if whole else start + 1)


def _in_word(character: str) -> bool:
    # A combining accent may follow its letter, and after normalization always does.
    return character.isalnum() or unicodedata.combining(character) > 0


def _with_outer_marks(start: int, end: int, needle: str, sought: NormalForm, text: str) -> tuple[int, int]:
    """The interval with the outer marks of the sentence, which its normal form lacks, where the text has them."""
    seen = [index for index, character in enumerate(sought.plain) if character != " "]
    head, tail = needle[: sought.starts[seen[0]]], needle[sought.ends[seen[-1]] :]
    first = start - len(head) if text.endswith(head, 0, start) else start
    return first, end + len(tail) if text.startswith(tail, end) else end


def _together(exact: Sequence[Span], normalized: Sequence[Span]) -> tuple[Span, ...]:
    """All places in text order; of overlapping ones the exact one, or else the first."""
    places: list[Span] = []
    for span in sorted((*exact, *normalized), key=lambda each: (each.start, each.found != "exact")):
        if not places or span.start >= places[-1].end:
            places.append(span)
        elif span.found == "exact":
            places[-1] = span
    return tuple(places)


def _fuzzy(needle: str, text: str, threshold: float) -> tuple[int, int] | None:
    if len(needle) > len(text):
        # partial_ratio_alignment would search for the text in the needle and rate a fragment as a perfect match.
        return (0, len(text)) if fuzz.ratio(needle, text, score_cutoff=threshold) else None
    found = fuzz.partial_ratio_alignment(needle, text, score_cutoff=threshold)
    if found is None:
        return None
    # The window is as long as the needle. Where the text has more characters it ends too soon, where it has fewer it
    # holds neighboring text.
    reach = min(len(needle) // 2, MAX_EXTENSION)
    start, end = found.dest_start, found.dest_end
    ends = range(min(len(text), end + reach), max(start, end - reach), -1)
    end = min(ends, key=lambda edge: _distance(needle, text[start:edge]))
    starts = range(max(0, start - reach), min(end, start + reach))
    return min(starts, key=lambda edge: _distance(needle, text[edge:end])), end


def _distance(needle: str, passage: str) -> int:
    """Characters to insert and delete, of which those of the needle count twice: a span covers its sentence."""
    common: int = LCSseq.similarity(needle, passage)
    return 2 * (len(needle) - common) + len(passage) - common


def _at_words(start: int, end: int, text: str) -> tuple[int, int]:
    """The interval with each end moved to the nearer edge of the word that it cuts, unless nothing would remain."""
    first, last = start, end
    for word in re.finditer(r"\S+", text):
        if word.start() < start < word.end():
            first = min(word.span(), key=lambda edge: abs(edge - start))
        if word.start() < end < word.end():
            last = min(word.span(), key=lambda edge: abs(edge - end))
    inside = text[first:last].strip()
    if not inside:
        return start, end
    first = text.index(inside, first)
    return first, first + len(inside)
