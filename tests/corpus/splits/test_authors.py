"""Posts of one author."""

import pytest

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.records import Post
from redsm5_hpo.corpus.splits.authors import pairs_of_authors


def posts(*ids: str) -> list[Post]:
    return [Post(each, "text") for each in ids]


def test_the_first_post_of_an_author_is_paired_with_each_other_one() -> None:
    found = pairs_of_authors(posts("s_12_7", "s_1_9", "s_12_107", "s_1270_9", "s_12_8"))
    assert found == [("s_12_7", "s_12_107"), ("s_12_7", "s_12_8")]


@pytest.mark.parametrize("post_id", ["17", "post-17", "_17"])
def test_an_id_without_an_author_is_an_error_with_a_remedy(post_id: str) -> None:
    with pytest.raises(CorpusError, match=rf"1 of 2 posts(?s:.*)'{post_id}'(?s:.*)ids_name_authors: false"):
        pairs_of_authors(posts("s_1_9", post_id))
