"""Posts of one author.

Owns who wrote a post, which its id says where ids are AUTHOR_POST, as ReDSM5's are: s_1270_9 is of s_1270. Does not
decide whether a corpus has such ids: split.ids_name_authors does.
"""

from collections.abc import Sequence

from redsm5_hpo.core.errors import CorpusError
from redsm5_hpo.corpus.raw.problems import shown
from redsm5_hpo.corpus.records import Post


def pairs_of_authors(posts: Sequence[Post]) -> list[tuple[str, str]]:
    """The first post of each author with each other one, by id, in the order of posts.

    Raises:
        CorpusError: an id names no author.
    """
    authors = {post.post_id: post.post_id.rpartition("_")[0] for post in posts}
    if nameless := [post_id for post_id, author in authors.items() if not author]:
        raise CorpusError(
            f"{len(nameless)} of {len(posts)} posts have an id that names no author",
            got=f"post_id {shown(nameless[0])}",
            allowed="AUTHOR_POST, such as s_1270_9 of the author s_1270",
            remedy="give all posts such ids, in all files of the corpus, or set split.ids_name_authors: false",
        )
    first: dict[str, str] = {}
    return [(one, post) for post, author in authors.items() if (one := first.setdefault(author, post)) != post]
