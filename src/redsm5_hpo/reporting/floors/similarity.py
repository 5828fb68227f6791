"""The evidence floor without labels: the sentence that shares most words with the criterion's definition.

Owns how similar a sentence and a definition are. Train gives the words and their IDF, val the threshold.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.reporting.floors.features import TextColumns, word_vectorizer
from redsm5_hpo.reporting.floors.segments import sentence_spans
from redsm5_hpo.reporting.floors.thresholds import SpanAnswer, span_answers
from redsm5_hpo.training.thresholds import Candidate, best_evidence_threshold


def tfidf_sentence(train: Sequence[Example], val: Sequence[Example], scored: Sequence[Example]) -> list[SpanAnswer]:
    """The most similar sentence of each example of `scored`, the first of equals; given from a threshold on."""
    posts = sorted({example.text for example in train})
    sentences = [text[start:end] for text in posts for start, end in sentence_spans(text)]
    columns = TextColumns([word_vectorizer()], sentences + sorted({example.criterion for example in train}))
    threshold = best_evidence_threshold(val, _most_similar(val, columns))
    return span_answers(_most_similar(scored, columns), threshold)


def _most_similar(part: Sequence[Example], columns: TextColumns) -> list[Candidate | None]:
    spans = [sentence_spans(example.text) for example in part]
    cut = [example.text[start:end] for example, each in zip(part, spans, strict=True) for start, end in each]
    owners = np.repeat(np.arange(len(part)), np.array([len(each) for each in spans], dtype=np.int_))
    definitions = columns.rows([example.criterion for example in part])
    # Rows have length 1 or 0, so that their products are cosines.
    cosines = np.asarray(columns.rows(cut).multiply(definitions[owners]).sum(axis=1))
    return [_first_best(each, cosines[owners == owner]) for owner, each in enumerate(spans)]


def _first_best(spans: Sequence[tuple[int, int]], cosines: NDArray[np.float64]) -> Candidate | None:
    if not spans:
        return None
    best = int(cosines.argmax())
    return Candidate(float(cosines[best]), spans[best])
