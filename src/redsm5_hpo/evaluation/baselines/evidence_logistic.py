"""The supervised evidence baselines: the sentence, or the window of words, with the largest sum of word weights.

Owns the grid over penalties and windows. Does not fit weights or enumerate spans.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.evaluation.baselines.candidate_spans import (
    CandidateSpans,
    SpanPrediction,
    TokenizedText,
    best_candidate,
    sentence_candidates,
    span_predictions,
    tokenized,
    window_candidates,
)
from redsm5_hpo.evaluation.baselines.word_weights import WordWeights, sentence_rows, word_weights
from redsm5_hpo.inference.smoothed_thresholds import evidence_threshold
from redsm5_hpo.inference.thresholds import Candidate, best_evidence_threshold

# Of settings that are equal on val the first counts. Small, since rows of counts times IDF are not normalized.
INVERSE_PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3)
WINDOWS = (5, 8, 12, 16, 20, 24)  # words

SpanFinder = Callable[[TokenizedText], CandidateSpans]


@dataclass(frozen=True)
class _IndexedText:
    """An example's label and text, and the column of each of its W words, (W,); -1 for a word not in the vocabulary."""

    label: str
    text: TokenizedText
    columns: NDArray[np.int_]


class _Setting(NamedTuple):
    """A finder and a penalty, the spans of val, and their evidence F1 at the best threshold."""

    f1: float
    of_val: list[Candidate | None]
    finder: SpanFinder
    penalty: float


def logistic_evidence(
    train: Sequence[Example], val: Sequence[Example], scored: Sequence[Example]
) -> dict[str, list[SpanPrediction]]:
    """Predictions of `logistic_sentence` and `logistic_window`.

    Penalty and window are those with the best evidence F1 on `val` after a fit to `train`, at any threshold. The
    threshold is fitted to that fit's scores of `val` as a model's is: on 40 splits of the demo corpus the best one on
    `val` has .011 less on test (standard error .003) with sentences, and .012 (.006) with windows. The predictions are
    those of a fit to both.
    """
    of_train, of_both = sentence_rows(train), sentence_rows([*train, *val])
    models = {inverse_penalty: word_weights(of_train, inverse_penalty) for inverse_penalty in INVERSE_PENALTIES}
    finders: dict[str, list[SpanFinder]] = {
        "logistic_sentence": [sentence_candidates],
        "logistic_window": [partial(window_candidates, length=length) for length in WINDOWS],
    }
    val_texts, texts = _indexed(val, of_train.vocabulary), _indexed(scored, of_both.vocabulary)
    predictions = {}
    for name, choices in finders.items():
        best = max(_settings(val, val_texts, choices, models), key=lambda each: each.f1)
        candidates = _best(texts, [best.finder(each.text) for each in texts], word_weights(of_both, best.penalty))
        predictions[name] = span_predictions(candidates, evidence_threshold(val, best.of_val))
    return predictions


def _settings(
    val: Sequence[Example],
    texts: Sequence[_IndexedText],
    finders: Sequence[SpanFinder],
    models: Mapping[float, WordWeights],
) -> Iterator[_Setting]:
    """Every pair of a finder and a penalty with its best evidence F1 on `val`."""
    for finder in finders:
        spans = [finder(each.text) for each in texts]
        for penalty, model in models.items():
            of_val = _best(texts, spans, model)
            yield _Setting(best_evidence_threshold(val, of_val).f1, of_val, finder, penalty)


def _indexed(examples: Sequence[Example], vocabulary: Mapping[str, int]) -> list[_IndexedText]:
    indexed = []
    for example in examples:
        text = tokenized(example.text)
        words = [example.text[start:end].lower() for start, end in text.words]
        columns = np.array([vocabulary.get(word, -1) for word in words], dtype=np.int_)
        indexed.append(_IndexedText(example.label, text, columns))
    return indexed


def _best(
    texts: Sequence[_IndexedText], candidates: Sequence[CandidateSpans], model: WordWeights
) -> list[Candidate | None]:
    best = []
    for each, spans in zip(texts, candidates, strict=True):
        weights, bias = model.of(each.label)
        best.append(best_candidate(spans, weights[each.columns], bias))
    return best
