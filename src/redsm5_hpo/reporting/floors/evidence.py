"""The evidence floors that learn: the sentence, or the window of words, that weighs most.

Owns the grid over penalties and windows. Does not fit weights and does not cut texts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.reporting.floors.runs import Runs, WordedText, heaviest, sentence_runs, window_runs, worded
from redsm5_hpo.reporting.floors.thresholds import SpanAnswer, span_answers
from redsm5_hpo.reporting.floors.weights import WordWeights, sentence_rows, word_weights
from redsm5_hpo.training.thresholds import Candidate, Threshold, best_evidence_threshold

# Where val cannot tell two apart, the first counts. Small, since a row is a sentence's whole counts times IDF.
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3)
WINDOWS = (5, 8, 12, 16, 20, 24)  # words

Cut = Callable[[WordedText], Runs]


@dataclass(frozen=True)
class _Reading:
    """An example's label and text, and the column of each of its W words, (W,); -1 for a word unseen."""

    label: str
    text: WordedText
    columns: NDArray[np.int_]


def logistic_evidence(
    train: Sequence[Example], val: Sequence[Example], scored: Sequence[Example]
) -> dict[str, list[SpanAnswer]]:
    """Answers of `logistic_sentence` and of `logistic_window`, each tuned for evidence F1 on `val`."""
    sentences = sentence_rows(train)
    fits = [word_weights(sentences, strength) for strength in STRENGTHS]
    cuts: dict[str, list[Cut]] = {
        "logistic_sentence": [sentence_runs],
        "logistic_window": [partial(window_runs, length=length) for length in WINDOWS],
    }
    read_val, read_scored = ([_read(example, sentences.vocabulary) for example in part] for part in (val, scored))
    answers = {}
    for name, choices in cuts.items():
        threshold, cut, fit = max(_tried(val, read_val, choices, fits), key=lambda each: each[0].f1)
        answers[name] = span_answers(_candidates(read_scored, _cut(read_scored, cut), fit), threshold)
    return answers


def _tried(
    val: Sequence[Example], readings: Sequence[_Reading], cuts: Sequence[Cut], fits: Sequence[WordWeights]
) -> Iterator[tuple[Threshold, Cut, WordWeights]]:
    for cut in cuts:
        runs = _cut(readings, cut)
        for fit in fits:
            yield best_evidence_threshold(val, _candidates(readings, runs, fit)), cut, fit


def _read(example: Example, vocabulary: dict[str, int]) -> _Reading:
    text = worded(example.text)
    words = [example.text[start:end].lower() for start, end in text.words]
    return _Reading(example.label, text, np.array([vocabulary.get(word, -1) for word in words], dtype=np.int_))


def _cut(readings: Sequence[_Reading], cut: Cut) -> list[Runs]:
    return [cut(reading.text) for reading in readings]


def _candidates(readings: Sequence[_Reading], runs: Sequence[Runs], fit: WordWeights) -> list[Candidate | None]:
    found = []
    for reading, each in zip(readings, runs, strict=True):
        weights, bias = fit.of(reading.label)
        found.append(heaviest(each, weights[reading.columns], bias))
    return found
