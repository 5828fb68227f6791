"""Whether what is learned from one part can be recognised in another.

Owns near-duplicate posts and the check of a split. Two posts are near-duplicates when the Jaccard similarity of their
word 5-grams reaches a threshold; of a post with fewer words all words are one gram, so that only its equal counts.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from redsm5_hpo.corpus.problems import shortened, shown
from redsm5_hpo.corpus.records import Corpus, Post
from redsm5_hpo.errors import CorpusError, listed

GRAM_WORDS = 5
Integers = np.ndarray[Any, np.dtype[np.int64]]


def near_duplicates(posts: Sequence[Post], threshold: float) -> list[tuple[str, str, float]]:
    """All near-duplicate pairs of posts with their similarity, in the order of posts."""
    grams = _gram_matrix([post.text for post in posts])
    sizes = np.diff(grams.indptr)
    found = []
    first, second = _candidates(grams, threshold)
    # In blocks, so that the rows taken out of the matrix stay small.
    for start in range(0, len(first), 4096):
        one, two = first[start : start + 4096], second[start : start + 4096]
        common = np.asarray(grams[one].multiply(grams[two]).sum(axis=1)).ravel()
        similarity = common / (sizes[one] + sizes[two] - common)
        found += [(a, b, s) for a, b, s in zip(one, two, similarity, strict=True) if s >= threshold]
    return [(posts[a].post_id, posts[b].post_id, float(s)) for a, b, s in sorted(found)]


def duplicate_groups(posts: Sequence[Post], threshold: float) -> list[list[str]]:
    """The posts in groups that near-duplicates chain together; a post like no other is a group of its own."""
    index = {post.post_id: position for position, post in enumerate(posts)}
    pairs = near_duplicates(posts, threshold)
    rows, columns = [index[one] for one, _, _ in pairs], [index[two] for _, two, _ in pairs]
    graph = csr_array((np.ones(len(pairs)), (rows, columns)), shape=(len(posts), len(posts)))
    groups: dict[int, list[str]] = {}
    for post, label in zip(posts, connected_components(graph, directed=False)[1], strict=True):
        groups.setdefault(int(label), []).append(post.post_id)
    return list(groups.values())


def check_parts(parts: Mapping[str, Corpus], threshold: float) -> list[str]:
    """Refuse parts that share a post or near-duplicates (CorpusError); what a part lacks is returned as warnings."""
    places: dict[str, list[str]] = {}
    for name, part in parts.items():
        for post in part.posts:
            places.setdefault(post.post_id, []).append(name)
    problems = [f"post {shown(post)} is in {' and '.join(names)}" for post, names in places.items() if len(names) > 1]
    if not problems:
        posts = [post for part in parts.values() for post in part.posts]
        problems = [
            f"{shown(one)} ({places[one][0]}) and {shown(two)} ({places[two][0]}): similarity {similarity:.3f}"
            for one, two, similarity in near_duplicates(posts, threshold)
            if places[one] != places[two]
        ]
    if problems:
        raise CorpusError(
            f"the parts share {len(problems)} post(s) or near-duplicates:{listed(shortened(problems))}",
            allowed=f"posts whose word 5-grams are less than {threshold:g} alike (split.near_duplicate_threshold)",
            remedy="put the posts of each line into one part in splits.csv, or leave splits.csv out",
        )
    return _lacking(parts)


def _lacking(parts: Mapping[str, Corpus]) -> list[str]:
    warnings = []
    labels = next(iter(parts.values())).criteria
    for label in labels:
        for status, word in ((1, "present"), (0, "absent")):
            counts = {
                name: sum(pair.label == label and pair.status == status for pair in part.pairs)
                for name, part in parts.items()
            }
            if any(counts.values()):
                told = ", ".join(f"{name} {count}" for name, count in counts.items())
                lacking = [name for name, count in counts.items() if not count]
                warnings += [f"{name} has no {word} pair of {label} ({told})" for name in lacking]
    return warnings


def _gram_matrix(texts: Sequence[str]) -> csr_array:
    """Sparse 0/1 matrix [posts, grams]; columns go from the rarest gram to the commonest."""
    owners, codes = _grams([_words(text) for text in texts])
    codes = np.unique(codes, return_inverse=True)[1]
    matrix = csr_array((np.ones(len(codes), np.int32), (owners, codes)), shape=(len(texts), codes.max(initial=-1) + 1))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    rank = np.argsort(np.argsort(np.bincount(matrix.indices, minlength=matrix.shape[1]), kind="stable"))
    matrix.indices = rank[matrix.indices].astype(matrix.indices.dtype)
    matrix.has_sorted_indices = False
    matrix.sort_indices()
    return matrix


def _words(text: str) -> list[str]:
    folded = text.casefold()
    # A post of nothing but signs still equals another one of the same signs.
    return re.findall(r"\w+", folded) or ["".join(folded.split())]


def _grams(posts: Sequence[Sequence[str]]) -> tuple[Integers, Integers]:
    """For every gram of every post the post's index and the gram's code; equal codes are equal grams, exactly."""
    # Short posts are filled up with a word that no post has, code 0.
    lengths = np.array([max(len(words), GRAM_WORDS) for words in posts], dtype=np.int64)
    vocabulary: dict[str, int] = {}
    padded = (
        code
        for words in posts
        for code in (
            *(vocabulary.setdefault(word, len(vocabulary) + 1) for word in words),
            *[0] * (GRAM_WORDS - len(words)),
        )
    )
    single = np.fromiter(padded, dtype=np.int64, count=int(lengths.sum()))
    owners = np.repeat(np.arange(len(posts)), lengths)
    codes = single
    for shift in range(1, GRAM_WORDS):
        joined = codes[:-1] * (len(vocabulary) + 1) + single[shift:]
        # Renumbered after each word, so that the product never overflows.
        codes = np.unique(joined, return_inverse=True)[1]
    inside = owners[: len(codes)] == owners[GRAM_WORDS - 1 :]
    return owners[: len(codes)][inside], codes[inside]


def _candidates(grams: csr_array, threshold: float) -> tuple[Integers, Integers]:
    """Pairs of rows that may reach the threshold: those that share one of their rarest grams.

    Prefix filtering (Chaudhuri et al. 2006): rows of Jaccard similarity t share at least ceil(t * size) grams, so they
    share one of the first size - ceil(t * size) + 1 in any common order. With the rarest first, phrases that many posts
    have in common cost nothing.
    """
    sizes = np.diff(grams.indptr)
    needed = np.ceil(threshold * sizes - 1e-9).astype(np.int64)
    within = np.arange(grams.nnz) - np.repeat(grams.indptr[:-1], sizes)
    kept = within < np.repeat(sizes - needed + 1, sizes)
    rows = np.repeat(np.arange(len(sizes)), sizes)[kept]
    prefix = csr_array((np.ones(len(rows), np.int32), (rows, grams.indices[kept])), shape=grams.shape)
    shared = (prefix @ prefix.T).tocoo()
    above = shared.row < shared.col
    return shared.row[above].astype(np.int64), shared.col[above].astype(np.int64)
