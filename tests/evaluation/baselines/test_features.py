"""The columns of the linear baselines."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from redsm5_hpo.evaluation.baselines.features import (
    TextColumns,
    additive_word_vectorizer,
    by_label,
    character_vectorizer,
    word_vectorizer,
)


def test_each_label_has_its_block_after_the_shared_one():
    rows = by_label(csr_array(np.array([[2.0, 3.0], [4.0, 5.0]])), ["B", "A"], ["A", "B"])
    assert rows.toarray().tolist() == [[2, 3, 1, 0, 0, 0, 2, 3, 1], [4, 5, 1, 4, 5, 1, 0, 0, 0]]


def test_an_unknown_label_has_the_shared_block_alone():
    rows = by_label(csr_array(np.array([[2.0]])), ["C"], ["A", "B"])
    assert rows.toarray().tolist() == [[2, 1, 0, 0, 0, 0]]


def test_columns_of_vectorizers_are_side_by_side():
    columns = TextColumns([word_vectorizer(), character_vectorizer()], ["sad"])
    assert columns.width == 1 + len([" sa", "sad", "ad ", " sad", "sad ", " sad "])
    assert columns.rows(["sad", "sad"]).shape == (2, 7)


@pytest.mark.parametrize("fitted", [[], [""], ["?!", " "]], ids=["no text", "an empty text", "no words"])
def test_texts_without_words_give_no_columns(fitted):
    assert TextColumns([word_vectorizer()], fitted).rows(["sad", ""]).shape == (2, 0)


def test_no_rows_are_no_error():
    assert TextColumns([word_vectorizer()], ["so sad"]).rows([]).shape == (0, 2)


def test_a_word_adds_the_same_whatever_the_text_around_it():
    columns = TextColumns([additive_word_vectorizer()], ["sad day", "day"])
    sad, day, both = columns.rows(["sad", "day", "Day sad day"]).toarray()
    assert both == pytest.approx(sad + 2 * day)


def test_counts_are_logarithmic():
    columns = TextColumns([word_vectorizer()], ["sad day"])
    day, sad = columns.rows(["sad sad day"]).toarray()[0]
    assert sad / day == pytest.approx(1 + np.log(2))
