"""The records of a corpus and their folder."""

from pathlib import Path

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.records import Corpus, Pair, Sentence, Span
from tests.corpus.builders import corpus

FILES = ("posts.jsonl", "sentences.jsonl", "pairs.jsonl", "criteria.json")


@pytest.fixture
def small() -> Corpus:
    return corpus(
        {"NA": "Line one.\r\n‘Two’ \u2028 🙂", "007": "x y"},
        [Pair("NA", "TIRED", 1, True, (Span(0, 4, "exact"), Span(5, 8, "fuzzy"))), Pair("007", "LOW", 0, False, ())],
        [Sentence("NA", "NA_0", "TIRED", "Line", 1), Sentence("007", "007_0", "LOW", "x", 0)],
    )


def test_a_saved_corpus_loads_as_it_was(tmp_path: Path, small: Corpus) -> None:
    small.save(tmp_path / "c")
    assert Corpus.load(tmp_path / "c") == small


def test_the_order_of_labels_survives_saving(tmp_path: Path, small: Corpus) -> None:
    small.save(tmp_path)
    assert list(Corpus.load(tmp_path).criteria) == list(small.criteria)


def test_the_same_corpus_is_the_same_bytes(tmp_path: Path, small: Corpus) -> None:
    small.save(tmp_path / "a")
    Corpus.load(tmp_path / "a").save(tmp_path / "b")
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named_with_the_remedy(tmp_path: Path, small: Corpus, name: str) -> None:
    small.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(CorpusError, match=rf"{name} does not exist(?s:.*)dvc repro split"):
        Corpus.load(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_character_is_found_though_the_file_can_be_read(tmp_path: Path, small: Corpus, name: str) -> None:
    small.save(tmp_path)
    changed = (tmp_path / name).read_bytes().replace(b"007", b"006").replace(b"TIRED", b"TIREE").replace(b"y", b"x")
    assert changed != (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(changed)
    with pytest.raises(CorpusError, match=f"{name} is damaged"):
        Corpus.load(tmp_path)


@pytest.mark.parametrize(
    "damage",
    ['{"post_id": "p"', '{"post_id": "p"}', "[]", '{"post_id": 1, "label": []}'],
    ids=["cut off", "field missing", "no mapping", "wrong types"],
)
def test_a_damaged_file_is_named_without_its_text(tmp_path: Path, small: Corpus, damage: str) -> None:
    small.save(tmp_path)
    (tmp_path / "pairs.jsonl").write_text(damage + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"pairs\.jsonl is damaged") as error:
        Corpus.load(tmp_path)
    assert damage not in str(error.value)


@pytest.mark.parametrize(
    "pair",
    [
        Pair("nobody", "LOW", 0, True, ()),
        Pair("007", "UNKNOWN", 0, True, ()),
        Pair("007", "LOW", 2, True, ()),
        Pair("007", "LOW", 1, True, (Span(0, 99, "exact"),)),
        Pair("007", "LOW", 1, True, (Span(2, 2, "exact"),)),
    ],
    ids=["unknown post", "unknown label", "status 2", "span beyond the post", "empty span"],
)
def test_a_folder_that_contradicts_itself_is_refused(tmp_path: Path, pair: Pair) -> None:
    corpus({"007": "x y"}, [pair]).save(tmp_path)
    with pytest.raises(CorpusError, match="contradicts itself"):
        Corpus.load(tmp_path)


def test_a_subset_has_all_data_of_its_posts_and_nothing_else(small: Corpus) -> None:
    subset = small.subset({"007"})
    assert [post.post_id for post in subset.posts] == ["007"]
    assert subset.sentences == small.sentences[1:]
    assert subset.pairs == small.pairs[1:]
    assert subset.criteria == small.criteria


def test_a_subset_of_unknown_posts_is_an_error(small: Corpus) -> None:
    with pytest.raises(KeyError, match="nobody"):
        small.subset(["nobody"])
