"""Finding an annotated sentence in its post.

Owns three attempts, the strictest first: the same characters, the same after normalization, nearly the same. Every
span is in characters of the original text. Of a sentence that occurs several times, the first occurrence counts.
"""

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from redsm5_hpo.corpus.records import Span

# In a shorter sentence the usual thresholds allow two letters to differ: "I can sleep" would match "I can't sleep".
FUZZY_MIN_CHARACTERS = 20

_PLAIN = {
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0e\ufe0f", ""),
}


def align(sentence: str, text: str, threshold: float) -> Span | None:
    """The span of `sentence` in `text`; None when no passage is similar to at least `threshold` percent."""
    needle = sentence.strip()
    if not needle:
        return None
    if (start := _find(needle, text)) >= 0:
        return Span(start, start + len(needle), "exact")
    plain_needle, (plain_text, origins) = _normalized(needle)[0].strip(), _normalized(text)
    if not plain_needle:
        return None
    if (start := _find(plain_needle, plain_text)) >= 0:
        return Span(*_original(start, start + len(plain_needle), origins), "normalized")
    if len(plain_needle) < FUZZY_MIN_CHARACTERS:
        return None
    if (found := _fuzzy(plain_needle, plain_text, threshold)) is None:
        return None
    return Span(*_at_words(*_original(*found, origins), text), "fuzzy")


def _find(needle: str, text: str) -> int:
    """Start of the first occurrence that does not begin or end inside a word; -1 if there is none."""
    start = text.find(needle)
    while start >= 0:
        end = start + len(needle)
        cut_before = start > 0 and _in_word(text[start - 1]) and _in_word(needle[0])
        cut_after = end < len(text) and _in_word(text[end]) and _in_word(needle[-1])
        if not cut_before and not cut_after:
            return start
        start = text.find(needle, start + 1)
    return -1


def _in_word(character: str) -> bool:
    # A combining accent may follow its letter, and after normalization always does.
    return character.isalnum() or unicodedata.combining(character) > 0


@lru_cache(maxsize=8)
def _normalized(text: str) -> tuple[str, tuple[int, ...]]:
    """The normalized text, and for each of its characters the index of the original one."""
    plain: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        # Decomposition and case folding can turn one character into several (ß, İ): each keeps its origin.
        for folded in _PLAIN.get(character, unicodedata.normalize("NFKD", character).casefold()):
            blank = folded.isspace()
            if not (blank and plain and plain[-1] == " "):
                plain.append(" " if blank else folded)
                origins.append(index)
    return "".join(plain), tuple(origins)


def _original(start: int, end: int, origins: tuple[int, ...]) -> tuple[int, int]:
    return origins[start], origins[end - 1] + 1


def _fuzzy(needle: str, text: str, threshold: float) -> tuple[int, int] | None:
    if len(needle) > len(text):
        # partial_ratio_alignment would search for the text in the needle and rate a fragment as a perfect match.
        return (0, len(text)) if fuzz.ratio(needle, text, score_cutoff=threshold) else None
    found = fuzz.partial_ratio_alignment(needle, text, score_cutoff=threshold)
    if found is None:
        return None
    # The window is as long as the needle; its ends may be neighboring text that matches nothing, and are cut off.
    window = text[found.dest_start : found.dest_end]
    blocks = [block for block in Indel.opcodes(needle, window).as_matching_blocks() if block.size]
    return (found.dest_start + blocks[0].b, found.dest_start + blocks[-1].b + blocks[-1].size) if blocks else None


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
