"""What a word weighs as evidence for a criterion: logistic regression of sentences in evidence against all others.

Owns the training rows, and the weights and bias of each label. Does not choose penalties or runs of words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from redsm5_hpo.corpus.examples import Example
from redsm5_hpo.reporting.floors.features import TextColumns, additive_word_vectorizer, by_label
from redsm5_hpo.reporting.floors.logistic import fit_logistic
from redsm5_hpo.reporting.floors.segments import sentence_spans

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SentenceRows:
    """The N sentences of all examples of a part, each with its example's label.

    Attributes:
        rows: (N, (1 + L) * (D + 1)), words' counts times IDF, by label.
        classes: (N,), 1 where a sentence shares a character with a gold span.
        labels: the L labels.
        vocabulary: column of each of D words.
        idf: (D,).
    """

    rows: csr_array
    classes: list[int]
    labels: list[str]
    vocabulary: dict[str, int]
    idf: Floats


@dataclass(frozen=True)
class WordWeights:
    """Weights and bias of each label; those that all labels share serve any other label.

    Attributes:
        of_label: (D + 1,) and a number; the weight at the end, 0, is that of a word unseen.
    """

    of_label: dict[str, tuple[Floats, float]]
    shared: tuple[Floats, float]

    def of(self, label: str) -> tuple[Floats, float]:
        """(D + 1,) weights and the bias of a label."""
        return self.of_label.get(label, self.shared)


def sentence_rows(train: Sequence[Example]) -> SentenceRows:
    """Rows of every sentence of `train`, in order."""
    cut = [(example, span) for example in train for span in sentence_spans(example.text)]
    texts = [example.text[slice(*span)] for example, span in cut]
    columns = TextColumns([additive_word_vectorizer()], texts)
    labels = sorted({example.label for example in train})
    return SentenceRows(
        rows=by_label(columns.rows(texts), [example.label for example, _ in cut], labels),
        classes=[int(_overlaps(span, example.spans)) for example, span in cut],
        labels=labels,
        vocabulary={word: int(column) for each in columns.vectorizers for word, column in each.vocabulary_.items()},
        idf=np.concatenate([np.zeros(0), *(each.idf_ for each in columns.vectorizers)]),
    )


def word_weights(sentences: SentenceRows, strength: float) -> WordWeights:
    """Fit with a penalty of 1 / `strength`; where only one class is there, no word weighs anything.

    Classes are balanced, since most sentences are no evidence for anything.
    """
    model = fit_logistic(sentences.rows, sentences.classes, strength, "balanced")
    shared, *own = model.weights.reshape(1 + len(sentences.labels), -1)

    def split(block: Floats) -> tuple[Floats, float]:
        return np.append(block[:-1] * sentences.idf, 0.0), float(block[-1]) + model.intercept

    blocks = zip(sentences.labels, own, strict=True)
    return WordWeights({label: split(shared + block) for label, block in blocks}, split(shared))


def _overlaps(span: tuple[int, int], golds: Sequence[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in golds)
