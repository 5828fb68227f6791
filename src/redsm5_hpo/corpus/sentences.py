"""Sentences and words of a text, as character intervals.

Owns where a sentence ends and what a word is, for models and baselines alike. Knows no abbreviations and no language.
"""

import re
from itertools import pairwise

WORD = r"\w+(?:['’]\w+)*"
_WORD = re.compile(WORD)
# Lazily to the first end: a mark, closing quotes or brackets, then white space; or the end of the line.
_SENTENCE = re.compile(r"""\S.*?(?:(?<=[.!?…])["'”’)\]]*(?=\s|$)|(?=[^\S\n]*$))""", re.MULTILINE)
_VISIBLE = re.compile(r"\S+")
MAX_WORDS = 50  # between white space; a longer sentence is cut, since text without punctuation has no other end
PIECE_WORDS = 25


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open intervals of the sentences in text order; none in a text without visible characters.

    A sentence ends at a line's end, and at one of .!?… with closing quotes or brackets if white space follows.
    White space around a sentence is not part of it. A sentence of more than MAX_WORDS words is cut into the fewest
    pieces of at most PIECE_WORDS, whose lengths differ by one word at most.
    """
    return [piece for match in _SENTENCE.finditer(text) for piece in _pieces(text, *match.span())]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Half-open intervals of the words in text order: letters, digits and underscores with inner apostrophes."""
    return [match.span() for match in _WORD.finditer(text)]


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    words = [match.span() for match in _VISIBLE.finditer(text, start, end)]
    if len(words) <= MAX_WORDS:
        return [(start, end)]
    count = -(-len(words) // PIECE_WORDS)
    bounds = [len(words) * piece // count for piece in range(count + 1)]
    return [(words[first][0], words[last - 1][1]) for first, last in pairwise(bounds)]
