"""Leakage between splits: related posts must be in one split.

Owns which posts are related (near-duplicates, posts that quote each other, posts of one author), the groups of related
posts and the check of splits. Does not search for them: near_duplicates.py, quotes.py and authors.py do.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from redsm5_hpo.core.errors import CorpusError, listed
from redsm5_hpo.corpus.raw.problems import shortened, shown
from redsm5_hpo.corpus.records import Corpus, Post
from redsm5_hpo.corpus.splits.authors import pairs_of_authors
from redsm5_hpo.corpus.splits.near_duplicates import near_duplicates
from redsm5_hpo.corpus.splits.quotes import contained_pairs, quoting_pairs
from redsm5_hpo.corpus.splits.words import numbered
from redsm5_hpo.params import SplitParams

LISTED = 50
LARGE_GROUP, LARGE_SHARE = 10, 0.1  # posts; of all posts


@dataclass(frozen=True)
class Relation:
    """Two related posts.

    Attributes:
        posts: their ids, in the order of the corpus.
        similarity: of near-duplicates; None for others.
        words: length of the run of words in both posts, at least, if they only quote each other; None for others, also
            for posts that have no more than their author in common.
    """

    posts: tuple[str, str]
    similarity: float | None
    words: int | None

    @property
    def is_of_author(self) -> bool:
        """Whether they have no more in common than their author."""
        return self.similarity is None and self.words is None

    @property
    def reason(self) -> str:
        """Why they are related."""
        if self.similarity is not None:
            return f"similarity {self.similarity:.3f}"
        return "the same author" if self.is_of_author else f"{self.words} words in a row or more"


def related(posts: Sequence[Post], split: SplitParams) -> list[Relation]:
    """Near-duplicates, then posts that share a run of words, then those of one author, each pair of posts once.

    A run has split.quoted_words words, or it is a whole post of at least half as many. Of the posts that share a run or
    an author, each is related to the first one.
    """
    texts = numbered([post.text for post in posts])
    near = near_duplicates(posts, texts, split.near_duplicate_threshold)
    relations = {(one, two): Relation((one, two), similarity, None) for one, two, similarity in near}
    if split.quoted_words is not None:
        quoting = [(a, b, split.quoted_words) for a, b in quoting_pairs(texts, split.quoted_words)]
        for a, b, words in (*quoting, *contained_pairs(texts, split.quoted_words)):
            pair = posts[a].post_id, posts[b].post_id
            relations.setdefault(pair, Relation(pair, None, words))
    for pair in pairs_of_authors(posts) if split.ids_name_authors else ():
        relations.setdefault(pair, Relation(pair, None, None))
    return list(relations.values())


def related_groups(posts: Sequence[Post], split: SplitParams) -> list[list[str]]:
    """The posts in groups of related posts; a post without relations is a group of its own."""
    return groups(posts, related(posts, split))


def stand_ins(posts: Sequence[Post], split: SplitParams) -> dict[str, str]:
    """The first of each group of related posts, by the others and itself: to statistics they are one post."""
    return {post: group[0] for group in related_groups(posts, split) if len(group) > 1 for post in group}


def groups(posts: Sequence[Post], relations: Sequence[Relation]) -> list[list[str]]:
    """The connected components of the relations, in the order of posts."""
    index = {post.post_id: position for position, post in enumerate(posts)}
    rows, columns = ([index[relation.posts[side]] for relation in relations] for side in (0, 1))
    graph = csr_array((np.ones(len(relations)), (rows, columns)), shape=(len(posts), len(posts)))
    found: dict[int, list[str]] = {}
    for post, label in zip(posts, connected_components(graph, directed=False)[1], strict=True):
        found.setdefault(int(label), []).append(post.post_id)
    return list(found.values())


def check_splits(splits: Mapping[str, Corpus], relations: Sequence[Relation]) -> list[str]:
    """Raise CorpusError if splits share a post or related posts; return warnings about a split's missing examples."""
    assigned: dict[str, list[str]] = {}
    for name, corpus in splits.items():
        for post in corpus.posts:
            assigned.setdefault(post.post_id, []).append(name)
    problems = [f"post {shown(post)} is in {' and '.join(names)}" for post, names in assigned.items() if len(names) > 1]
    order = list(splits)
    for relation in relations:
        one, two = sorted(relation.posts, key=lambda post: order.index(assigned[post][0]))
        if (first := assigned[one][0]) != (second := assigned[two][0]):
            problems.append(f"{shown(one)} ({first}) and {shown(two)} ({second}): {relation.reason}")
    if problems:
        raise CorpusError(
            f"the splits share {len(problems)} post(s) or related posts:{listed(shortened(problems))}",
            allowed="posts less alike than split.near_duplicate_threshold, with fewer words in a row in common than "
            "split.quoted_words or a whole post of half as many, and of different authors where split.ids_name_authors "
            "is true",
            remedy="assign the posts of each line to one split in splits.csv, or remove splits.csv"
            + _authors(relations),
        )
    posts = [post for corpus in splits.values() for post in corpus.posts]
    return _large_group(posts, relations) + _lacking(splits)


def leakage_counts(posts: Sequence[Post], relations: Sequence[Relation]) -> dict[str, Any]:
    """The related posts, for metrics/split.json: counts and ids, never text."""
    sizes = [len(group) for group in groups(posts, relations)]
    return {
        "near_duplicate_pairs": sum(relation.similarity is not None for relation in relations),
        "quoting_pairs": sum(relation.words is not None for relation in relations),
        "same_author_pairs": sum(relation.is_of_author for relation in relations),
        "groups": sum(size > 1 for size in sizes),
        "largest_group": max(sizes, default=0),
        "first_pairs": [
            {"posts": [shown(post) for post in relation.posts], "related": relation.reason}
            for relation in relations[:LISTED]
        ],
    }


def _large_group(posts: Sequence[Post], relations: Sequence[Relation]) -> list[str]:
    largest = max(map(len, groups(posts, relations)), default=0)
    if largest <= max(LARGE_GROUP, LARGE_SHARE * len(posts)):
        return []
    return [
        f"{largest} of {len(posts)} posts are one group of related posts and stay in one split: "
        f"raise split.quoted_words if the reason is a phrase that many posts share{_authors(relations)}"
    ]


def _authors(relations: Sequence[Relation]) -> str:
    """The rest of a remedy where posts are related by their authors."""
    known = any(relation.is_of_author for relation in relations)
    return ", or set split.ids_name_authors: false if ids begin with no author, or authors may be shared" * known


def _lacking(splits: Mapping[str, Corpus]) -> list[str]:
    warnings = []
    found = {name: Counter((pair.label, pair.status) for pair in corpus.pairs) for name, corpus in splits.items()}
    known = Counter(by_class for counts in found.values() for by_class in counts)
    for label in next(iter(splits.values())).criteria:
        if known and not known[label, 1]:
            warnings.append(f"no post has a present pair of {label}: leave it out of criteria.yaml, or annotate some")
        for status, word in ((1, "present"), (0, "absent")):
            counts = {name: by_class[label, status] for name, by_class in found.items()}
            if any(counts.values()):
                text = ", ".join(f"{name} {count}" for name, count in counts.items())
                lacking = [name for name, count in counts.items() if not count]
                warnings += [f"{name} has no {word} pair of {label} ({text})" for name in lacking]
    return warnings
