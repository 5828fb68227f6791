"""TF-IDF features of texts, shared by all labels and once more for each.

Owns the columns of the linear baselines. Does not fit a classifier.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array, diags_array, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from redsm5_hpo.corpus.sentences import WORD


def word_vectorizer() -> TfidfVectorizer:
    """TF-IDF of lower-case words, with logarithmic counts and rows of length 1."""
    return TfidfVectorizer(token_pattern=WORD, sublinear_tf=True)


def additive_word_vectorizer() -> TfidfVectorizer:
    """Counts of lower-case words times IDF, not normalized: a word adds the same whatever the text around it."""
    return TfidfVectorizer(token_pattern=WORD, norm=None)


def character_vectorizer() -> TfidfVectorizer:
    """TF-IDF of character n-grams of three to five within words, with logarithmic counts and rows of length 1."""
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)


class TextColumns:
    """Columns of several vectorizers side by side, without vectorizers that find nothing in the fitted texts."""

    def __init__(self, vectorizers: Sequence[TfidfVectorizer], texts: Sequence[str]) -> None:
        self.vectorizers = [each for each in vectorizers if any(map(each.build_analyzer(), texts))]
        for vectorizer in self.vectorizers:
            vectorizer.fit(texts)
        self.width = sum(len(each.vocabulary_) for each in self.vectorizers)

    def rows(self, texts: Sequence[str]) -> csr_array:
        """(N, width) for N texts; both may be 0."""
        if not texts or not self.vectorizers:
            return csr_array((len(texts), self.width))
        return csr_array(hstack([each.transform(texts) for each in self.vectorizers]))


def by_label(rows: csr_array, labels: Sequence[str], known: Sequence[str]) -> csr_array:
    """(N, D) rows and their N labels -> (N, (1 + L) * (D + 1)): a block shared by all labels, then one for each of L.

    The last column of each block is 1. A row of an unknown label has the shared block alone. After Daumé III (2007),
    "Frustratingly easy domain adaptation", with labels as domains: labels with few rows rely on the shared block.
    """
    block = csr_array(hstack([rows, np.ones((rows.shape[0], 1))]))
    names = np.array(labels, dtype=object)
    own = [diags_array((names == label).astype(float)) @ block for label in known]
    return csr_array(hstack([block, *own]))
