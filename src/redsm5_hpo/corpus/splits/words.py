"""The words of texts as numbers, so that numpy can compare runs of words.

Owns the definition of a word in comparisons of texts: as the text reads, whatever site or export it passed through,
without punctuation and accents. Equal words have equal numbers.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from redsm5_hpo.corpus.normal_form import normal_form

# Chinese and Japanese have no blanks between words, and a clause is too long for one: each character counts.
_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_WORD = re.compile(rf"(?=\w)[{_ALONE}]|[^\W{_ALONE}]+")
Integers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class NumberedWords:
    """The words of N texts, concatenated.

    Attributes:
        codes: (W,), from 1; equal words have equal codes, others do not.
        owners: (W,), index of the text of each word.
        lengths: (N,), number of words of each text.
    """

    codes: Integers
    owners: Integers
    lengths: Integers


def numbered(texts: Sequence[str]) -> NumberedWords:
    """The words of all texts as numbers."""
    posts = [words(text) for text in texts]
    lengths = np.array([len(each) for each in posts], dtype=np.int64)
    vocabulary: dict[str, int] = {}
    codes = (vocabulary.setdefault(word, len(vocabulary) + 1) for each in posts for word in each)
    return NumberedWords(
        np.fromiter(codes, dtype=np.int64, count=int(lengths.sum())), np.repeat(np.arange(len(posts)), lengths), lengths
    )


def words(text: str) -> list[str]:
    """The words of one text; at least one unless it is blank."""
    # Without accents, since the normal form has them as characters of their own, at which a word would end.
    plain = "".join(each for each in normal_form(text).plain if not unicodedata.combining(each))
    # "don't" is one word, as for sentences.py, and the "dont" of a text whose punctuation somebody has removed.
    found = _WORD.findall(plain.replace("'", ""))
    # A post of signs only still equals another one of the same signs, a link without words one of the same link.
    return found or ["".join((plain.strip() or text).split())]
