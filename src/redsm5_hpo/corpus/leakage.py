"""Whether what is learned from one part can be recognised in another.

Owns which posts are related, the groups that they chain into and the check of a split. Related are near-duplicates, and
posts that quote each other. How either is found is not decided here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from redsm5_hpo.corpus.near_duplicates import near_duplicates
from redsm5_hpo.corpus.problems import shortened, shown
from redsm5_hpo.corpus.quotes import quoting_pairs
from redsm5_hpo.corpus.records import Corpus, Post
from redsm5_hpo.corpus.words import numbered
from redsm5_hpo.errors import CorpusError, listed

LISTED = 50
LARGE_GROUP, LARGE_SHARE = 10, 0.1  # posts; of all posts


@dataclass(frozen=True)
class Relation:
    """Two posts of which one tells the other.

    Attributes:
        posts: their ids, in the order of the corpus.
        similarity: of near-duplicates; None of those that only quote each other.
        words: that both have in a row, at least; None of near-duplicates.
    """

    posts: tuple[str, str]
    similarity: float | None
    words: int | None

    @property
    def told(self) -> str:
        """How they are related, in words."""
        return f"similarity {self.similarity:.3f}" if self.words is None else f"{self.words} words in a row or more"


def related(posts: Sequence[Post], threshold: float, quoted_words: int | None) -> list[Relation]:
    """Near-duplicates, then posts that share a run of `quoted_words` words; no quotes where that is None.

    Of posts that share one run each is related to the first of them.
    """
    texts = numbered([post.text for post in posts])
    near = near_duplicates(posts, texts, threshold)
    relations = [Relation((one, two), similarity, None) for one, two, similarity in near]
    if quoted_words is not None:
        known = {relation.posts for relation in relations}
        quoting = [(posts[a].post_id, posts[b].post_id) for a, b in quoting_pairs(texts, quoted_words)]
        relations += [Relation(pair, None, quoted_words) for pair in quoting if pair not in known]
    return relations


def duplicate_groups(posts: Sequence[Post], threshold: float, quoted_words: int | None) -> list[list[str]]:
    """The posts in groups that relations chain together; a post like no other is a group of its own."""
    return groups(posts, related(posts, threshold, quoted_words))


def groups(posts: Sequence[Post], relations: Sequence[Relation]) -> list[list[str]]:
    """The posts in groups that the relations chain together."""
    index = {post.post_id: position for position, post in enumerate(posts)}
    rows, columns = ([index[relation.posts[side]] for relation in relations] for side in (0, 1))
    graph = csr_array((np.ones(len(relations)), (rows, columns)), shape=(len(posts), len(posts)))
    found: dict[int, list[str]] = {}
    for post, label in zip(posts, connected_components(graph, directed=False)[1], strict=True):
        found.setdefault(int(label), []).append(post.post_id)
    return list(found.values())


def check_parts(parts: Mapping[str, Corpus], relations: Sequence[Relation]) -> list[str]:
    """Refuse parts that share a post or related posts (CorpusError); what a part lacks is returned as warnings."""
    places: dict[str, list[str]] = {}
    for name, part in parts.items():
        for post in part.posts:
            places.setdefault(post.post_id, []).append(name)
    problems = [f"post {shown(post)} is in {' and '.join(names)}" for post, names in places.items() if len(names) > 1]
    order = list(parts)
    for relation in relations:
        one, two = sorted(relation.posts, key=lambda post: order.index(places[post][0]))
        if places[one][0] != places[two][0]:
            problems.append(f"{shown(one)} ({places[one][0]}) and {shown(two)} ({places[two][0]}): {relation.told}")
    if problems:
        raise CorpusError(
            f"the parts share {len(problems)} post(s), near-duplicates or quotes:{listed(shortened(problems))}",
            allowed="posts less alike than split.near_duplicate_threshold, with fewer words in a row in common than "
            "split.quoted_words",
            remedy="put the posts of each line into one part in splits.csv, or leave splits.csv out",
        )
    posts = [post for part in parts.values() for post in part.posts]
    return _chained(max(map(len, groups(posts, relations)), default=0), len(posts)) + _lacking(parts)


def leakage_counts(posts: Sequence[Post], relations: Sequence[Relation]) -> dict[str, Any]:
    """The lint for metrics/split.json: what was kept together; ids, never text."""
    sizes = [len(group) for group in groups(posts, relations)]
    return {
        "near_duplicate_pairs": sum(relation.words is None for relation in relations),
        "quoting_pairs": sum(relation.words is not None for relation in relations),
        "groups": sum(size > 1 for size in sizes),
        "largest_group": max(sizes, default=0),
        "first_pairs": [
            {"posts": [shown(post) for post in relation.posts], "related": relation.told}
            for relation in relations[:LISTED]
        ],
    }


def _chained(largest: int, posts: int) -> list[str]:
    if largest <= max(LARGE_GROUP, LARGE_SHARE * posts):
        return []
    return [
        f"{largest} of {posts} posts are chained together and stay in one part: "
        "raise split.quoted_words if a phrase that many posts share is the reason"
    ]


def _lacking(parts: Mapping[str, Corpus]) -> list[str]:
    warnings = []
    found = {name: Counter((pair.label, pair.status) for pair in part.pairs) for name, part in parts.items()}
    labels = next(iter(parts.values())).criteria
    for label in labels:
        for status, word in ((1, "present"), (0, "absent")):
            counts = {name: of_part[label, status] for name, of_part in found.items()}
            if any(counts.values()):
                told = ", ".join(f"{name} {count}" for name, count in counts.items())
                lacking = [name for name, count in counts.items() if not count]
                warnings += [f"{name} has no {word} pair of {label} ({told})" for name in lacking]
    return warnings
