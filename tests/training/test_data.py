"""Corpus folders as batches."""

import pytest

from redsm5_hpo.corpus.portions import Portion
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.errors import CorpusError
from redsm5_hpo.training.data import load_portion
from tests.training.builders import CPU, CRITERIA, encoder, learnable_corpus


def loaded(tiny, splits, architecture="share", parts=("train",)):
    return load_portion(Portion(tuple(splits / part for part in parts)), architecture, encoder(tiny["bert"]), CPU)


def test_parts_are_joined_in_their_order(tiny, splits):
    found = [example.post_id for example in loaded(tiny, splits, parts=("val", "train")).examples]
    assert found == [pair.post_id for part in ((8, 16), (16, 0)) for pair in learnable_corpus(*part).pairs]


def test_every_example_has_windows(tiny, splits):
    part = loaded(tiny, splits)
    assert set(part.windows.tokens.example.tolist()) == set(range(len(part.examples)))
    assert len(part.batches) == len(part.windows)


def test_a_part_is_loaded_once_a_process(tiny, splits):
    assert loaded(tiny, splits) is loaded(tiny, splits)


EMPTY = {"criteria": "no annotated sentence to learn criteria from", "joint": "no pair to learn joint from"}


@pytest.mark.parametrize(("architecture", "message"), EMPTY.items(), ids=EMPTY)
def test_parts_without_examples_are_refused(tiny, tmp_path, architecture, message):
    Corpus(learnable_corpus().posts, (), (), CRITERIA).save(tmp_path / "empty")
    with pytest.raises(CorpusError, match=message) as caught:
        loaded(tiny, tmp_path, architecture, ("empty",))
    assert "empty" in caught.value.got
