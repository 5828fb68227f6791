"""Runs of words that may be evidence: sentences, or windows of so many words.

Owns which runs a text has and which of them is the heaviest. Does not know where the words' weights come from.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.reporting.floors.segments import sentence_spans, word_spans
from redsm5_hpo.training.thresholds import Candidate

Intervals = NDArray[np.int_]


@dataclass(frozen=True)
class WordedText:
    """A text and the half-open character intervals (W, 2) of its W words."""

    text: str
    words: Intervals


@dataclass(frozen=True)
class Runs:
    """The M runs of a text.

    Attributes:
        spans: (M, 2), half-open character intervals.
        words: (M, 2), half-open intervals of the text's words.
    """

    spans: Intervals
    words: Intervals


def worded(text: str) -> WordedText:
    """The text with its words."""
    return WordedText(text, _intervals(word_spans(text)))


def sentence_runs(text: WordedText) -> Runs:
    """Every sentence with the words in it, be there none."""
    spans = _intervals(sentence_spans(text.text))
    # A sentence's end is followed by white space, so that no word crosses it.
    return Runs(spans, np.searchsorted(text.words[:, 0], spans))


def window_runs(text: WordedText, length: int) -> Runs:
    """Every window of `length` words; all words as one window where there are fewer; none without words."""
    words = text.words
    first = np.arange(max(len(words) - length + 1, min(len(words), 1)))
    end = np.minimum(first + length, len(words))
    return Runs(np.stack([words[first, 0], words[end - 1, 1]], axis=1), np.stack([first, end], axis=1))


def heaviest(runs: Runs, weights: NDArray[np.float64], bias: float) -> Candidate | None:
    """The run whose words weigh most together, the first of equals; its score is that plus `bias`.

    Args:
        weights: (words of the text,).
    """
    if not len(runs.spans):
        return None
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    totals = sums[runs.words[:, 1]] - sums[runs.words[:, 0]]
    best = int(totals.argmax())
    start, end = runs.spans[best]
    return Candidate(float(totals[best]) + bias, (int(start), int(end)))


def _intervals(spans: list[tuple[int, int]]) -> Intervals:
    return np.array(spans, dtype=np.int_).reshape(-1, 2)
