"""Folders of a corpus as batches."""

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.training.data.dataset import load_portion
from tests.training.builders import CPU, CRITERIA, encoder, learnable_corpus


def loaded(tiny, folder, architecture="share", names=("train",), post_ids=None, **options):
    portion = Portion(tuple(folder / name for name in names), post_ids)
    return load_portion(portion, architecture, encoder(tiny["bert"]), CPU, **options)


def test_folders_are_joined_in_their_order(tiny, splits):
    found = [example.post_id for example in loaded(tiny, splits, names=("val", "train")).examples]
    assert found == [pair.post_id for split in ((8, 16), (16, 0)) for pair in learnable_corpus(*split).pairs]


def test_every_example_has_windows(tiny, splits):
    train = loaded(tiny, splits)
    assert set(train.windows.tokens.example.tolist()) == set(range(len(train.examples)))
    assert len(train.batches) == len(train.windows)


def test_a_portion_is_loaded_once_in_a_process(tiny, splits):
    assert loaded(tiny, splits) is loaded(tiny, splits)


def test_annotated_sentences_follow_the_pairs_as_texts_of_their_own(tiny, splits):
    train = loaded(tiny, splits, post_ids=frozenset({"p1", "p3"}), sentences_too=True)
    corpus = learnable_corpus(16)
    rows = [row for row in corpus.sentences if row.post_id in {"p1", "p3"}]
    assert [each.post_id for each in train.examples] == ["p1", "p1", "p3", "p3"] * 2
    assert [each.text for each in train.examples[4:]] == [row.text for row in rows]
    assert [each.spans for each in train.examples[4:]] == [((0, len(row.text)),) if row.status else () for row in rows]
    assert set(train.windows.tokens.example.tolist()) == set(range(8))


def test_criteria_trains_on_sentences_alone(tiny, splits):
    assert loaded(tiny, splits, "criteria", sentences_too=True).examples == loaded(tiny, splits, "criteria").examples


def test_pairs_with_and_without_sentences_share_their_tokens(tiny, splits):
    with_sentences = loaded(tiny, splits, sentences_too=True)
    assert with_sentences.folders[0] is loaded(tiny, splits).folders[0]


EMPTY = {"criteria": "no sentence to train criteria on", "joint": "no pair to train joint on"}


@pytest.mark.parametrize(("architecture", "message"), EMPTY.items(), ids=EMPTY)
def test_a_portion_without_examples_is_an_error(tiny, tmp_path, architecture, message):
    Corpus(learnable_corpus().posts, (), (), CRITERIA).save(tmp_path / "empty")
    with pytest.raises(CorpusError, match=message) as caught:
        loaded(tiny, tmp_path, architecture, ("empty",))
    assert "empty" in caught.value.got
