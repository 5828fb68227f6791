"""The unsupervised evidence baseline: the sentence most similar to the criterion's definition.

Owns the similarity of a sentence and a definition. Words and their IDF come from train and val, the threshold
from val.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.sentences import sentence_spans
from redsm5_hpo.evaluation.baselines.candidate_spans import SpanPrediction, span_predictions
from redsm5_hpo.evaluation.baselines.features import TextColumns, word_vectorizer
from redsm5_hpo.inference.thresholds import Candidate, best_evidence_threshold


def tfidf_sentence(train: Sequence[Example], val: Sequence[Example], scored: Sequence[Example]) -> list[SpanPrediction]:
    """The most similar sentence of each example of `scored`, the first of equals, if it is above the threshold."""
    threshold = best_evidence_threshold(val, _most_similar(val, _columns(train))).value
    return span_predictions(_most_similar(scored, _columns([*train, *val])), threshold)


def _columns(fitted: Sequence[Example]) -> TextColumns:
    posts = sorted({example.text for example in fitted})
    sentences = [text[start:end] for text in posts for start, end in sentence_spans(text)]
    return TextColumns([word_vectorizer()], sentences + sorted({example.criterion for example in fitted}))


def _most_similar(examples: Sequence[Example], columns: TextColumns) -> list[Candidate | None]:
    spans = [sentence_spans(example.text) for example in examples]
    sentences = [example.text[start:end] for example, each in zip(examples, spans, strict=True) for start, end in each]
    owners = np.repeat(np.arange(len(examples)), np.array([len(each) for each in spans], dtype=np.int_))
    definitions = columns.rows([example.criterion for example in examples])
    # Rows have length 1 or 0, so that their products are cosines.
    cosines = np.asarray(columns.rows(sentences).multiply(definitions[owners]).sum(axis=1))
    return [_first_best(each, cosines[owners == owner]) for owner, each in enumerate(spans)]


def _first_best(spans: Sequence[tuple[int, int]], cosines: NDArray[np.float64]) -> Candidate | None:
    if not spans:
        return None
    best = int(cosines.argmax())
    return Candidate(float(cosines[best]), spans[best])
