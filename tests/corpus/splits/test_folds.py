"""Posts are assigned to folds, each of which is held out once."""

from dataclasses import replace
from pathlib import Path

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.portions import Fold, Portion
from redsm5_hpo.corpus.records import Corpus, Post
from redsm5_hpo.corpus.splits.folds import folds
from tests.corpus.builders import SPLIT
from tests.training.builders import learnable_corpus

SPLITTING = SPLIT.model_copy(update={"quoted_words": 30})  # the invented posts have up to 25 words in a row in common


def different(corpus: Corpus) -> Corpus:
    """The corpus with posts that share no run of words."""
    posts = tuple(replace(post, text=f"{post.text} {_own_words(post)}") for post in corpus.posts)
    return replace(corpus, posts=posts)


def _own_words(post: Post) -> str:
    return " ".join(f"{post.post_id}{word}" for word in range(40))


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    different(learnable_corpus(16)).save(tmp_path / "train")
    different(learnable_corpus(8, 16)).save(tmp_path / "val")
    return [tmp_path / "train", tmp_path / "val"]


def assigned(folders: list[Path], count: int = 4, seed: int = 3) -> tuple[Fold, ...]:
    return folds(folders, count, seed, SPLITTING)


def test_every_post_is_held_out_once(folders: list[Path]) -> None:
    held_out = [post.post_id for fold in assigned(folders) for post in fold.held_out.load().posts]
    assert sorted(held_out) == sorted(post.post_id for folder in folders for post in Corpus.load(folder).posts)


def test_nothing_held_out_is_trained_on(folders: list[Path]) -> None:
    for fold in assigned(folders):
        assert fold.train.post_ids is not None
        assert fold.held_out.post_ids is not None
        assert fold.train.post_ids.isdisjoint(fold.held_out.post_ids)
        assert len(fold.train.post_ids | fold.held_out.post_ids) == 24


def test_folds_have_equal_sizes(folders: list[Path]) -> None:
    assert {len(fold.held_out.load().posts) for fold in assigned(folders)} == {6}


def test_train_and_val_are_mixed(folders: list[Path]) -> None:
    val = {post.post_id for post in Corpus.load(folders[1]).posts}
    assert any(0 < len(val & set(fold.held_out.post_ids or ())) < 6 for fold in assigned(folders))


def test_the_seed_determines_the_folds(folders: list[Path]) -> None:
    assert assigned(folders) == assigned(folders)
    assert assigned(folders) != assigned(folders, seed=4)


def test_near_duplicates_stay_together(tmp_path: Path) -> None:
    corpus = different(learnable_corpus(12))
    twin = replace(corpus.posts[3], text=corpus.posts[7].text)
    replace(corpus, posts=(*corpus.posts[:3], twin, *corpus.posts[4:]), pairs=(), sentences=()).save(tmp_path / "twins")
    found = [fold.held_out.post_ids or frozenset() for fold in assigned([tmp_path / "twins"])]
    assert sum({"p3", "p7"} <= ids for ids in found) == 1


def test_posts_that_quote_each_other_stay_together(tmp_path: Path) -> None:
    corpus = different(learnable_corpus(12))
    quote = " ".join(f"quoted{word}" for word in range(30))
    posts = [
        replace(each, text=f"{each.text} {quote}") if each.post_id in ("p3", "p7") else each for each in corpus.posts
    ]
    replace(corpus, posts=tuple(posts)).save(tmp_path / "quotes")
    found = [fold.held_out.post_ids or frozenset() for fold in assigned([tmp_path / "quotes"])]
    assert sum({"p3", "p7"} <= ids for ids in found) == 1


def test_the_posts_of_an_author_stay_together(tmp_path: Path) -> None:
    posts = tuple(
        Post(f"{each.post_id[0]}{number % 6}_{number}", each.text)
        for number, each in enumerate(different(learnable_corpus(18)).posts)
    )
    Corpus(posts, (), (), learnable_corpus(1).criteria).save(tmp_path / "authors")
    found = folds([tmp_path / "authors"], 3, 3, SPLITTING.model_copy(update={"ids_name_authors": True}))
    authors = [{post_id.split("_")[0] for post_id in fold.held_out.post_ids or ()} for fold in found]
    assert [len(each) for each in authors] == [2, 2, 2]


def test_more_folds_than_posts_are_refused(folders: list[Path]) -> None:
    with pytest.raises(CorpusError, match="cannot be assigned to 25 folds"):
        assigned(folders, count=25)


def test_a_portion_keeps_the_order_of_its_folders(folders: list[Path]) -> None:
    assert [post.post_id for post in Portion((folders[1], folders[0])).load().posts][:9] == [
        *(f"p{number}" for number in range(16, 24)),
        "p0",
    ]


def test_a_portion_of_unknown_posts_is_an_error(folders: list[Path]) -> None:
    with pytest.raises(KeyError, match="p99"):
        Portion((folders[0],), frozenset({"p99"})).load()
