"""Weights of words as evidence for a criterion: logistic regression of evidence sentences against all others.

Owns the training rows, and the weights and bias of each label. Does not choose penalties or candidate spans.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.corpus.sentences import sentence_spans
from redsm5_hpo.evaluation.baselines.features import TextColumns, additive_word_vectorizer, by_label
from redsm5_hpo.evaluation.baselines.logistic import fit_logistic

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SentenceRows:
    """The N sentences of all training examples, each with its example's label.

    Attributes:
        rows: (N, (1 + L) * (D + 1)), counts of words times IDF, in blocks of features.by_label.
        classes: (N,), 1 where a sentence overlaps a gold span.
        labels: the L labels.
        vocabulary: the column of each of D words.
        idf: (D,).
    """

    rows: csr_array
    classes: list[int]
    labels: list[str]
    vocabulary: dict[str, int]
    idf: Floats


@dataclass(frozen=True)
class WordWeights:
    """Weights and bias of each label, and those that all labels share, which any other label has.

    Attributes:
        of_label: weights (D + 1,) and bias by label; the last weight, 0, is that of words not in the vocabulary.
        shared: the same without a label's own part.
    """

    of_label: dict[str, tuple[Floats, float]]
    shared: tuple[Floats, float]

    def of(self, label: str) -> tuple[Floats, float]:
        """Weights (D + 1,) and bias of a label."""
        return self.of_label.get(label, self.shared)


def sentence_rows(train: Sequence[Example]) -> SentenceRows:
    """The sentences of `train`, in order."""
    sentences = [(example, span) for example in train for span in sentence_spans(example.text)]
    texts = [example.text[slice(*span)] for example, span in sentences]
    columns = TextColumns([additive_word_vectorizer()], texts)
    labels = sorted({example.label for example in train})
    return SentenceRows(
        rows=by_label(columns.rows(texts), [example.label for example, _ in sentences], labels),
        classes=[int(_overlaps(span, example.spans)) for example, span in sentences],
        labels=labels,
        vocabulary={word: int(column) for each in columns.vectorizers for word, column in each.vocabulary_.items()},
        idf=np.concatenate([np.zeros(0), *(each.idf_ for each in columns.vectorizers)]),
    )


def word_weights(sentences: SentenceRows, inverse_penalty: float) -> WordWeights:
    """Fit with balanced classes, since few sentences are evidence; where there is one class alone, weights are 0."""
    model = fit_logistic(sentences.rows, sentences.classes, inverse_penalty, "balanced")
    shared, *own = model.weights.reshape(1 + len(sentences.labels), -1)

    def weights_and_bias(block: Floats) -> tuple[Floats, float]:
        return np.append(block[:-1] * sentences.idf, 0.0), float(block[-1]) + model.intercept

    blocks = zip(sentences.labels, own, strict=True)
    return WordWeights({label: weights_and_bias(shared + each) for label, each in blocks}, weights_and_bias(shared))


def _overlaps(span: tuple[int, int], golds: Sequence[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in golds)
