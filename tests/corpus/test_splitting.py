"""Dealing the posts of a corpus to train, val and test."""

from pathlib import Path

import pytest

from redsm5_hpo.corpus.leakage import Relation, check_parts, related
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.corpus.splitting import save_parts, split, split_counts
from redsm5_hpo.errors import CorpusError
from tests.corpus.builders import LABELS, SPLIT, corpus, synthetic_corpus

LONG = "one two three four five six seven eight nine ten eleven twelve"


def relations(whole: Corpus) -> list[Relation]:
    return related(whole.posts, SPLIT.near_duplicate_threshold, SPLIT.quoted_words)


def dealt(whole: Corpus, predefined: dict[str, str] | None = None, **values: int) -> dict[str, Corpus]:
    return split(whole, SPLIT.model_copy(update=values), predefined, relations(whole))


@pytest.fixture(scope="module")
def whole() -> Corpus:
    return synthetic_corpus(600)


@pytest.fixture(scope="module")
def parts(whole: Corpus) -> dict[str, Corpus]:
    return dealt(whole)


def ids(part: Corpus) -> set[str]:
    return {post.post_id for post in part.posts}


def test_every_post_is_in_exactly_one_part(whole: Corpus, parts: dict[str, Corpus]) -> None:
    placed = [post.post_id for part in parts.values() for post in part.posts]
    assert sorted(placed) == sorted(ids(whole))


def test_every_row_and_pair_goes_with_its_post(whole: Corpus, parts: dict[str, Corpus]) -> None:
    assert sum(len(part.pairs) for part in parts.values()) == len(whole.pairs)
    assert sum(len(part.sentences) for part in parts.values()) == len(whole.sentences)
    for part in parts.values():
        assert {row.post_id for row in (*part.pairs, *part.sentences)} <= ids(part)


@pytest.mark.parametrize("kind", ["pairs", "sentences"])
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("status", ["present", "absent"])
def test_each_label_and_status_is_dealt_as_the_shares_say(
    parts: dict[str, Corpus], kind: str, label: str, status: str
) -> None:
    counts = split_counts(parts, [])
    numbers = [counts[name]["support"][label][kind][status] for name in ("train", "val", "test")]
    for number, share in zip(numbers, (0.6, 0.2, 0.2), strict=True):
        assert abs(number - share * sum(numbers)) <= max(2, 0.03 * sum(numbers))


def test_part_sizes_follow_the_shares(parts: dict[str, Corpus]) -> None:
    assert [round(len(part.posts) / 600, 2) for part in parts.values()] == pytest.approx([0.6, 0.2, 0.2], abs=0.03)


def test_the_same_seed_is_the_same_split_and_another_is_not(whole: Corpus, parts: dict[str, Corpus]) -> None:
    assert dealt(whole) == parts
    assert dealt(whole, seed=5) != parts


def test_near_duplicates_stay_together() -> None:
    texts = {post.post_id: post.text for post in synthetic_corpus(60).posts}
    copies = {f"copy_{post_id}": f"{text} and more" for post_id, text in texts.items()}
    whole = corpus({**texts, **copies})
    parts = dealt(whole)
    check_parts(parts, relations(whole))
    for part in parts.values():
        assert {f"copy_{post_id}" for post_id in ids(part) if post_id in texts} == ids(part) & copies.keys()
    assert split_counts(parts, relations(whole))["leakage"]["groups"] == 60


def test_posts_that_quote_each_other_stay_together() -> None:
    texts = {post.post_id: post.text for post in synthetic_corpus(60).posts}
    quotes = {
        f"quote_{post_id}": f"{text} " + " ".join(f"{post_id}x{n}" for n in range(80))
        for post_id, text in texts.items()
    }
    whole = corpus({**texts, **quotes})
    parts = dealt(whole)
    for part in parts.values():
        assert {f"quote_{post_id}" for post_id in ids(part) if post_id in texts} == ids(part) & quotes.keys()
    assert split_counts(parts, relations(whole))["leakage"]["quoting_pairs"] == 60


def test_a_predefined_split_is_used_exactly() -> None:
    predefined = {"a": "test", "b": "train", "c": "val", "d": "train"}
    parts = dealt(corpus({name: f"text {name}" for name in "abcd"}), predefined)
    assert {name: ids(part) for name, part in parts.items()} == {"train": {"b", "d"}, "val": {"c"}, "test": {"a"}}


def test_a_predefined_split_that_separates_near_duplicates_is_refused_by_the_check() -> None:
    whole = corpus({"a": LONG, "b": LONG, "c": "else"})
    parts = dealt(whole, {"a": "train", "b": "test", "c": "val"})
    with pytest.raises(CorpusError, match=r"'a' \(train\) and 'b' \(test\)"):
        check_parts(parts, relations(whole))


def test_a_predefined_split_that_does_not_fit_is_refused_with_all_its_faults() -> None:
    with pytest.raises(CorpusError) as error:
        dealt(corpus({"a": "x", "b": "y"}), {"a": "train", "ghost": "dev"})
    for fault in (
        "post 'b' is in no part",
        "post 'ghost' is unknown",
        "part 'dev' is unknown",
        "part val has no post",
        "part test has no post",
    ):
        assert fault in str(error.value)


def test_too_few_posts_are_refused() -> None:
    with pytest.raises(CorpusError, match=r"3 post\(s\) cannot be dealt to 3 parts"):
        dealt(corpus({"a": LONG, "b": LONG, "c": "else"}))


def test_each_saved_part_is_a_corpus_of_its_own(tmp_path: Path, parts: dict[str, Corpus]) -> None:
    save_parts(parts, tmp_path)
    assert {name: Corpus.load(tmp_path / name) for name in parts} == parts
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test", "train", "val"]


def test_a_failure_leaves_the_old_parts_as_they_were(tmp_path: Path, parts: dict[str, Corpus]) -> None:
    old = {name: corpus({name: "x"}) for name in parts}
    save_parts(old, tmp_path)
    with pytest.raises(AttributeError):
        save_parts({**parts, "test": None}, tmp_path)
    assert {name: Corpus.load(tmp_path / name) for name in parts} == old
    assert len(list(tmp_path.iterdir())) == 3
