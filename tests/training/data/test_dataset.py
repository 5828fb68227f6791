"""Folders of a corpus as batches."""

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.training.data.dataset import load_portion
from tests.training.builders import CPU, CRITERIA, encoder, learnable_corpus


def loaded(tiny, folder, architecture="share", names=("train",)):
    return load_portion(Portion(tuple(folder / name for name in names)), architecture, encoder(tiny["bert"]), CPU)


def test_folders_are_joined_in_their_order(tiny, splits):
    found = [example.post_id for example in loaded(tiny, splits, names=("val", "train")).examples]
    assert found == [pair.post_id for split in ((8, 16), (16, 0)) for pair in learnable_corpus(*split).pairs]


def test_every_example_has_windows(tiny, splits):
    train = loaded(tiny, splits)
    assert set(train.windows.tokens.example.tolist()) == set(range(len(train.examples)))
    assert len(train.batches) == len(train.windows)


def test_a_portion_is_loaded_once_in_a_process(tiny, splits):
    assert loaded(tiny, splits) is loaded(tiny, splits)


EMPTY = {"criteria": "no sentence to train criteria on", "joint": "no pair to train joint on"}


@pytest.mark.parametrize(("architecture", "message"), EMPTY.items(), ids=EMPTY)
def test_a_portion_without_examples_is_an_error(tiny, tmp_path, architecture, message):
    Corpus(learnable_corpus().posts, (), (), CRITERIA).save(tmp_path / "empty")
    with pytest.raises(CorpusError, match=message) as caught:
        loaded(tiny, tmp_path, architecture, ("empty",))
    assert "empty" in caught.value.got
