"""Related posts and splits that leak."""

from dataclasses import replace

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.records import Corpus, Pair, Post
from redsm5_hpo.corpus.splits.leakage import check_splits, leakage_counts, related, related_groups
from redsm5_hpo.params import SplitParams
from tests.corpus.builders import SPLIT, corpus

LONG = "one two three four five six seven eight nine ten eleven twelve"
QUOTE = " ".join(f"q{number}" for number in range(20))


def filler(name: str) -> str:
    """Sixty words that no other post has."""
    return " ".join(f"{name}{number}" for number in range(60))


def quoting(name: str, quote: str = QUOTE) -> str:
    return f"{filler(name)} {quote} {filler(name.upper())}"


def params(**changed: object) -> SplitParams:
    return SPLIT.model_copy(update=changed)


def check(splits: dict[str, Corpus], **changed: object) -> list[str]:
    """The check of splits with the relations of the whole corpus."""
    posts = {post.post_id: post for each in splits.values() for post in each.posts}
    return check_splits(splits, related(list(posts.values()), params(**changed)))


def posts(*texts: str) -> list[Post]:
    return [Post(f"p{index}", text) for index, text in enumerate(texts)]


def test_groups_join_chains_of_near_duplicates() -> None:
    chained = posts(LONG, "other words entirely stand here", LONG + " a b c", LONG + " a b c d e f")
    assert related_groups(chained, params(near_duplicate_threshold=0.6, quoted_words=None)) == [
        ["p0", "p2", "p3"],
        ["p1"],
    ]


def test_a_post_in_two_splits_is_refused() -> None:
    same = corpus({"p1": "Some text of a post"})
    with pytest.raises(CorpusError, match="'p1' is in train and test"):
        check({"train": same, "val": corpus({"p2": "else"}), "test": same})


def test_near_duplicates_in_two_splits_are_refused_with_ids_and_similarity() -> None:
    splits = {"train": corpus({"a": LONG}), "val": corpus({"b": "else"}), "test": corpus({"c": LONG + " end"})}
    with pytest.raises(
        CorpusError, match=r"'a' \(train\) and 'c' \(test\): similarity 0\.889(?s:.*)splits\.csv"
    ) as error:
        check(splits)
    assert "eleven" not in str(error.value)


def test_near_duplicates_in_one_split_are_allowed() -> None:
    splits = {"train": corpus({"a": LONG, "c": LONG}), "val": corpus({"b": "else"}), "test": corpus({"d": "more"})}
    assert check(splits) == []


def test_a_split_that_lacks_a_label_is_reported_with_counts() -> None:
    low = Pair("a", "LOW", 1, True, ())
    splits = {
        "train": corpus({"a": "one text"}, [low, replace(low, label="SLEEP", status=0)]),
        "val": corpus({"b": "two texts"}, [replace(low, post_id="b"), replace(low, post_id="b", label="SLEEP")]),
    }
    assert check(splits) == [
        "no post has a present pair of TIRED: leave it out of criteria.yaml, or annotate some",
        "train has no present pair of SLEEP (train 0, val 1)",
        "val has no absent pair of SLEEP (train 1, val 0)",
    ]


def test_a_quote_in_two_splits_is_refused_though_the_posts_differ() -> None:
    splits = {"train": corpus({"a": quoting("a")}), "val": corpus({"b": "else"}), "test": corpus({"c": quoting("c")})}
    with pytest.raises(CorpusError, match=r"'a' \(train\) and 'c' \(test\): 20 words in a row or more") as error:
        check(splits)
    assert "q19" not in str(error.value)


def test_a_short_post_and_its_longer_edit_are_related() -> None:
    post = " ".join(f"w{number}" for number in range(12))
    found = related(posts(post, f"{post} {filler('edit')}"), SPLIT)
    assert [(each.posts, each.reason) for each in found] == [(("p0", "p1"), "12 words in a row or more")]


@pytest.mark.parametrize("quoted_words", [21, None], ids=["shorter than quoted_words", "quotes are allowed"])
def test_a_quote_that_does_not_count_can_be_in_two_splits(quoted_words: int | None) -> None:
    splits = {"train": corpus({"a": quoting("a")}), "val": corpus({"b": "else"}), "test": corpus({"c": quoting("c")})}
    assert check(splits, quoted_words=quoted_words) == []


def test_an_author_in_two_splits_is_refused_where_ids_name_authors() -> None:
    splits = {"train": corpus({"s_1_7": "one"}), "val": corpus({"s_2_7": "else"}), "test": corpus({"s_1_12": "two"})}
    assert check(splits) == []
    with pytest.raises(
        CorpusError, match=r"'s_1_7' \(train\) and 's_1_12' \(test\): the same author(?s:.*)ids_name_authors: false"
    ):
        check(splits, ids_name_authors=True)


def test_groups_join_quotes_and_near_duplicates() -> None:
    texts = posts(quoting("a"), "alone", quoting("c"), quoting("c") + " end")
    assert related_groups(texts, SPLIT) == [["p0", "p2", "p3"], ["p1"]]
    assert related_groups(texts, params(quoted_words=None)) == [["p0"], ["p1"], ["p2", "p3"]]


def test_related_posts_are_counted_by_kind_and_listed_by_id() -> None:
    texts = posts(quoting("a"), "alone", quoting("c"), quoting("c") + " end")
    texts = [Post(f"x_{each.post_id}", each.text) for each in texts] + [Post("y_0", "other")]
    counts = leakage_counts(texts, related(texts, params(ids_name_authors=True)))
    assert {name: value for name, value in counts.items() if name != "first_pairs"} == {
        "near_duplicate_pairs": 1,
        "quoting_pairs": 2,
        "same_author_pairs": 1,
        "groups": 1,
        "largest_group": 4,
    }
    assert counts["first_pairs"][1] == {"posts": ["'x_p0'", "'x_p2'"], "related": "20 words in a row or more"}
    assert counts["first_pairs"][3] == {"posts": ["'x_p0'", "'x_p1'"], "related": "the same author"}


def test_a_phrase_that_relates_a_large_share_of_posts_is_reported() -> None:
    splits = {"train": corpus({f"p{n}": quoting(f"x{n}y") for n in range(12)}), "test": corpus({"b": "else"})}
    assert check(splits) == [
        "12 of 13 posts are one group of related posts and stay in one split: "
        "raise split.quoted_words if the reason is a phrase that many posts share"
    ]


def test_a_first_part_of_an_id_that_a_large_share_of_posts_has_is_reported() -> None:
    splits = {"train": corpus({f"r_{n}": f"text {n}" for n in range(12)}), "test": corpus({"s_1": "else"})}
    assert check(splits) == []
    assert [line.endswith("authors may be shared") for line in check(splits, ids_name_authors=True)] == [True]
