"""Sentences and words of a text, as character intervals.

Owns where a sentence ends and what a word is for the baselines. Knows no abbreviations and no language.
"""

import re

WORD = r"\w+(?:['’]\w+)*"
_WORD = re.compile(WORD)
# Lazily to the first end: a mark, closing quotes or brackets, then white space; or the end of the line.
_SENTENCE = re.compile(r"""\S.*?(?:(?<=[.!?…])["'”’)\]]*(?=\s|$)|(?=[^\S\n]*$))""", re.MULTILINE)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open intervals of the sentences in text order; none in a text without visible characters.

    A sentence ends at a line's end, and at one of .!?… with closing quotes or brackets if white space follows.
    White space around a sentence is not part of it.
    """
    return [match.span() for match in _SENTENCE.finditer(text)]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Half-open intervals of the words in text order: letters, digits and underscores with inner apostrophes."""
    return [match.span() for match in _WORD.finditer(text)]
