"""Posts are assigned to train, val and test."""

from dataclasses import replace
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.records import Corpus
from redsm5_hpo.corpus.splits.assignment import save_splits, split, split_counts
from redsm5_hpo.corpus.splits.leakage import Relation, check_splits, related
from tests.corpus.builders import LABELS, SPLIT, corpus, synthetic_corpus

LONG = "one two three four five six seven eight nine ten eleven twelve"


def relations(whole: Corpus) -> list[Relation]:
    return related(whole.posts, SPLIT)


def assigned(whole: Corpus, predefined: dict[str, str] | None = None, **values: int) -> dict[str, Corpus]:
    return split(whole, SPLIT.model_copy(update=values), predefined, relations(whole))


@pytest.fixture(scope="module")
def whole() -> Corpus:
    return synthetic_corpus(600)


@pytest.fixture(scope="module")
def splits(whole: Corpus) -> dict[str, Corpus]:
    return assigned(whole)


def ids(whole: Corpus) -> set[str]:
    return {post.post_id for post in whole.posts}


def test_every_post_is_in_exactly_one_split(whole: Corpus, splits: dict[str, Corpus]) -> None:
    assigned_ids = [post.post_id for each in splits.values() for post in each.posts]
    assert sorted(assigned_ids) == sorted(ids(whole))


def test_every_row_and_pair_is_in_the_split_of_its_post(whole: Corpus, splits: dict[str, Corpus]) -> None:
    assert sum(len(each.pairs) for each in splits.values()) == len(whole.pairs)
    assert sum(len(each.sentences) for each in splits.values()) == len(whole.sentences)
    for each in splits.values():
        assert {row.post_id for row in (*each.pairs, *each.sentences)} <= ids(each)


@pytest.mark.parametrize("kind", ["pairs", "sentences"])
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("status", ["present", "absent"])
def test_each_label_and_status_is_stratified_by_the_shares(
    splits: dict[str, Corpus], kind: str, label: str, status: str
) -> None:
    counts = split_counts(splits, [])
    numbers = [counts[name]["support"][label][kind][status] for name in ("train", "val", "test")]
    for number, share in zip(numbers, (0.6, 0.2, 0.2), strict=True):
        assert abs(number - share * sum(numbers)) <= max(2, 0.03 * sum(numbers))


def test_the_sizes_of_splits_follow_the_shares(splits: dict[str, Corpus]) -> None:
    assert [round(len(each.posts) / 600, 2) for each in splits.values()] == pytest.approx([0.6, 0.2, 0.2], abs=0.03)


def test_the_same_seed_is_the_same_split_and_another_is_not(whole: Corpus, splits: dict[str, Corpus]) -> None:
    assert assigned(whole) == splits
    assert assigned(whole, seed=5) != splits


def test_drawn_pairs_move_no_post(whole: Corpus, splits: dict[str, Corpus]) -> None:
    drawn = [replace(pair, label=next(iter(LABELS)), status=0, spans=(), annotated=False) for pair in whole.pairs[::3]]
    more = assigned(replace(whole, pairs=(*whole.pairs, *drawn)))
    assert {name: ids(each) for name, each in more.items()} == {name: ids(each) for name, each in splits.items()}


def test_near_duplicates_stay_together() -> None:
    texts = {post.post_id: post.text for post in synthetic_corpus(60).posts}
    copies = {f"copy_{post_id}": f"{text} and more" for post_id, text in texts.items()}
    whole = corpus({**texts, **copies})
    splits = assigned(whole)
    check_splits(splits, relations(whole))
    for each in splits.values():
        assert {f"copy_{post_id}" for post_id in ids(each) if post_id in texts} == ids(each) & copies.keys()
    assert split_counts(splits, relations(whole))["leakage"]["groups"] == 60


def test_posts_that_quote_each_other_stay_together() -> None:
    texts = {post.post_id: post.text for post in synthetic_corpus(60).posts}
    quotes = {
        f"quote_{post_id}": f"{text} " + " ".join(f"{post_id}x{n}" for n in range(80))
        for post_id, text in texts.items()
    }
    whole = corpus({**texts, **quotes})
    splits = assigned(whole)
    for each in splits.values():
        assert {f"quote_{post_id}" for post_id in ids(each) if post_id in texts} == ids(each) & quotes.keys()
    assert split_counts(splits, relations(whole))["leakage"]["quoting_pairs"] == 60


def test_the_posts_of_an_author_stay_together_where_ids_name_authors() -> None:
    whole = corpus({f"s_{author}_{post}": f"text {author} {post}" for author in range(40) for post in range(3)})
    params = SPLIT.model_copy(update={"ids_name_authors": True})
    splits = split(whole, params, None, related(whole.posts, params))
    authors = [{post_id.rpartition("_")[0] for post_id in ids(each)} for each in splits.values()]
    assert [len(each) for each in authors] == [24, 8, 8]
    assert len(set().union(*authors)) == 40


def test_predefined_splits_are_used_unchanged() -> None:
    predefined = {"a": "test", "b": "train", "c": "val", "d": "train"}
    splits = assigned(corpus({name: f"text {name}" for name in "abcd"}), predefined)
    assert {name: ids(each) for name, each in splits.items()} == {"train": {"b", "d"}, "val": {"c"}, "test": {"a"}}


def test_predefined_splits_that_separate_near_duplicates_are_refused_by_the_check() -> None:
    whole = corpus({"a": LONG, "b": LONG, "c": "else"})
    splits = assigned(whole, {"a": "train", "b": "test", "c": "val"})
    with pytest.raises(CorpusError, match=r"'a' \(train\) and 'b' \(test\)"):
        check_splits(splits, relations(whole))


def test_predefined_splits_that_do_not_fit_are_refused_with_all_faults() -> None:
    with pytest.raises(CorpusError) as error:
        assigned(corpus({"a": "x", "b": "y"}), {"a": "train", "ghost": "dev"})
    for fault in (
        "post 'b' is in no split",
        "post 'ghost' is unknown",
        "split 'dev' is unknown",
        "split val has no post",
        "split test has no post",
    ):
        assert fault in str(error.value)


def test_too_few_posts_are_refused() -> None:
    with pytest.raises(CorpusError, match=r"3 post\(s\) cannot be assigned to 3 splits"):
        assigned(corpus({"a": LONG, "b": LONG, "c": "else"}))


def test_each_saved_split_is_a_corpus_of_its_own(tmp_path: Path, splits: dict[str, Corpus]) -> None:
    save_splits(splits, tmp_path)
    assert {name: Corpus.load(tmp_path / name) for name in splits} == splits
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test", "train", "val"]


def test_a_failure_leaves_the_old_splits_unchanged(tmp_path: Path, splits: dict[str, Corpus]) -> None:
    old = {name: corpus({name: "x"}) for name in splits}
    save_splits(old, tmp_path)
    with pytest.raises(AttributeError):
        save_splits({**splits, "test": None}, tmp_path)
    assert {name: Corpus.load(tmp_path / name) for name in splits} == old
    assert len(list(tmp_path.iterdir())) == 3
