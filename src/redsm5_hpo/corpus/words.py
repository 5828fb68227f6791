"""The words of texts as numbers, so that runs of words are compared by numpy.

Owns what a word is where texts are compared: folded to one case, without punctuation. Equal words have equal numbers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Integers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class NumberedWords:
    """All words of N texts in a row.

    Attributes:
        codes: (W,), from 1 on; the same word is the same number, exactly.
        owners: (W,), the index of each word's text.
        lengths: (N,), words of each text.
    """

    codes: Integers
    owners: Integers
    lengths: Integers


def numbered(texts: Sequence[str]) -> NumberedWords:
    """The words of all texts."""
    posts = [words(text) for text in texts]
    lengths = np.array([len(each) for each in posts], dtype=np.int64)
    vocabulary: dict[str, int] = {}
    codes = (vocabulary.setdefault(word, len(vocabulary) + 1) for each in posts for word in each)
    return NumberedWords(
        np.fromiter(codes, dtype=np.int64, count=int(lengths.sum())), np.repeat(np.arange(len(posts)), lengths), lengths
    )


def words(text: str) -> list[str]:
    """The words of one text; at least one unless it is blank."""
    folded = text.casefold()
    # A post of nothing but signs still equals another one of the same signs.
    return re.findall(r"\w+", folded) or ["".join(folded.split())]
