"""Posts that a caller in Python gives."""

import warnings

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.records import Post
from redsm5_hpo.inference.given_posts import given_posts
from redsm5_hpo.inference.post_files import check_posts, read_posts


def test_posts_keep_their_order_and_text():
    with warnings.catch_warnings(action="error"):
        assert given_posts({"b": " sad\r\n", "a": "fine"}) == [Post("b", " sad\r\n"), Post("a", "fine")]


FAULTS = {
    "None": (None, "NoneType instead of str"),
    "NaN": (float("nan"), "float instead of str"),
    "bytes": (b"sad", "bytes instead of str"),
    "empty": ("", "no visible text"),
    "invisible": ("\u200b ", "no visible text"),
    "NUL": ("sad\0", "a NUL or half a character"),
    "half a character": ("sad \ud83d", "a NUL or half a character"),
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_post_without_text_is_named_with_its_fault(text, fault):
    with pytest.raises(CorpusError, match=f"1 of 2 posts have no text\n  got: post_id q: {fault}\n"):
        given_posts({"p": "i am sad.", "q": text})


def test_many_posts_without_text_are_counted_and_few_named():
    with pytest.raises(CorpusError, match="99 of 99 posts") as caught:
        given_posts(dict.fromkeys(range(99)))
    assert caught.value.got.count("post_id") == 5


def test_what_is_left_out_is_that_of_a_file_and_a_warning_counts_it(tmp_path):
    texts = {"a": "[removed]", "b": "sad", "c": "[ Removed by Reddit ]", "d": "[deleted by user]"}
    path = tmp_path / "posts.csv"
    path.write_text("\n".join(["post_id,text", *map(",".join, texts.items())]))
    with pytest.warns(UserWarning) as caught:
        found = given_posts(texts)
    assert found == list(read_posts(path))
    assert check_posts(path).placeholders == {"deleted": 1, "removed": 2}
    assert [str(warning.message).partition(" ")[0] for warning in caught] == ["1", "2"]
