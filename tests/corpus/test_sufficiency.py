"""What a corpus and its splits must hold for an architecture."""

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.records import Corpus, Pair, Sentence, Span
from redsm5_hpo.corpus.sufficiency import check_corpus, check_trainable_splits
from tests.corpus.builders import corpus


def holding(name: str, sentences: tuple[int, ...], pairs: tuple[int, ...]) -> Corpus:
    """A post with sentences and pairs of these statuses."""
    return corpus(
        {name: "I am low."},
        [Pair(name, "LOW", status, True, (Span(0, 2, "exact"),) if status else ()) for status in pairs],
        [Sentence(name, f"{index}", "LOW", "I am low.", status) for index, status in enumerate(sentences)],
    )


HOPELESS = {
    "nothing": ((), ()),
    "absent": ((0, 0), (0, 0)),
    "present, and not in their posts": ((1, 1), ()),
    "absent pairs drawn": ((), (0, 0)),
}


@pytest.mark.parametrize(("sentences", "pairs"), HOPELESS.values(), ids=HOPELESS)
def test_a_corpus_that_no_architecture_can_learn_from_is_refused(
    sentences: tuple[int, ...], pairs: tuple[int, ...]
) -> None:
    with pytest.raises(CorpusError, match="no architecture can be trained on this corpus") as error:
        check_corpus(holding("p", sentences, pairs))
    assert all((error.value.got, error.value.allowed, error.value.remedy))


@pytest.mark.parametrize(
    ("sentences", "pairs"), [((0, 1), ()), ((), (1,)), ((1,), (1,))], ids=["sentences", "pairs", "one class"]
)
def test_a_corpus_that_some_architecture_can_learn_from_is_accepted(
    sentences: tuple[int, ...], pairs: tuple[int, ...]
) -> None:
    check_corpus(holding("p", sentences, pairs))


@pytest.mark.parametrize("empty", ["train", "val", "test"])
def test_a_split_without_examples_is_refused_by_name(empty: str) -> None:
    splits = {name: holding(name, (0, 1), (0, 1)) for name in ("train", "val", "test")}
    with pytest.raises(CorpusError, match=f"criteria: {empty} has no sentence\n(.|\n)*joint: {empty} has no pair\n"):
        check_trainable_splits({**splits, empty: holding(empty, (), ())})


def test_what_one_architecture_lacks_is_a_warning() -> None:
    splits = {"train": holding("a", (1, 1), (1,)), "val": holding("b", (1,), (1,)), "test": holding("c", (0,), (0,))}
    assert check_trainable_splits(splits) == [
        "criteria cannot be trained and scored: train has no absent sentence",
    ]
    assert check_trainable_splits({**splits, "train": holding("a", (0, 1), (1,))}) == []
