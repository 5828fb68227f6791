"""Spans that may be evidence: sentences, or windows of a number of words.

Owns the candidates of a text, which of them is the best, and their scores as log odds. Does not know where the words'
weights come from. Does not choose thresholds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.sentences import sentence_spans, word_spans
from redsm5_hpo.inference.thresholds import Candidate

Intervals = NDArray[np.int_]
SpanPrediction = tuple[float, tuple[int, int] | None]  # log odds of evidence, and the span


@dataclass(frozen=True)
class TokenizedText:
    """A text and the half-open character intervals (W, 2) of its W words."""

    text: str
    words: Intervals


@dataclass(frozen=True)
class CandidateSpans:
    """The M candidates of a text.

    Attributes:
        spans: (M, 2), half-open character intervals.
        words: (M, 2), half-open intervals of the indices of the text's words.
    """

    spans: Intervals
    words: Intervals


def tokenized(text: str) -> TokenizedText:
    """The text with its words."""
    return TokenizedText(text, _intervals(word_spans(text)))


def sentence_candidates(text: TokenizedText) -> CandidateSpans:
    """Every sentence with its words, of which there may be none."""
    spans = _intervals(sentence_spans(text.text))
    # White space follows the end of a sentence, so no word crosses it.
    return CandidateSpans(spans, np.searchsorted(text.words[:, 0], spans))


def window_candidates(text: TokenizedText, length: int) -> CandidateSpans:
    """Every window of `length` words; one window of all words if there are fewer; none without words."""
    words = text.words
    first = np.arange(max(len(words) - length + 1, min(len(words), 1)))
    end = np.minimum(first + length, len(words))
    return CandidateSpans(np.stack([words[first, 0], words[end - 1, 1]], axis=1), np.stack([first, end], axis=1))


def best_candidate(candidates: CandidateSpans, weights: NDArray[np.float64], bias: float) -> Candidate | None:
    """The span with the largest sum of weights, the first of equals; its score is that sum plus `bias`.

    Args:
        weights: (words of the text,).
    """
    if not len(candidates.spans):
        return None
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    totals = sums[candidates.words[:, 1]] - sums[candidates.words[:, 0]]
    best = int(totals.argmax())
    start, end = candidates.spans[best]
    return Candidate(float(totals[best]) + bias, (int(start), int(end)))


def span_predictions(candidates: Sequence[Candidate | None], threshold: float) -> list[SpanPrediction]:
    """Scores minus the threshold as log odds, with spans; -1 and no span where there is no candidate."""
    return [(-1.0, None) if each is None else (each.score - threshold, each.span) for each in candidates]


def _intervals(spans: list[tuple[int, int]]) -> Intervals:
    return np.array(spans, dtype=np.int_).reshape(-1, 2)
