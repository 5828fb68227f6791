"""Posts that are nearly the same text.

Owns their definition: the Jaccard similarity of the word 5-grams of two posts reaches a threshold. Of a post with fewer
words all words are one gram, so that only its equal counts.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from redsm5_hpo.corpus.records import Post
from redsm5_hpo.corpus.words import Integers, NumberedWords

GRAM_WORDS = 5


def near_duplicates(posts: Sequence[Post], texts: NumberedWords, threshold: float) -> list[tuple[str, str, float]]:
    """All near-duplicate pairs of posts, whose words `texts` are, with their similarity, in the order of posts."""
    grams = _gram_matrix(texts)
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


def _gram_matrix(texts: NumberedWords) -> csr_array:
    """Sparse 0/1 matrix [posts, grams]; columns go from the rarest gram to the commonest."""
    owners, codes = _grams(texts)
    codes = np.unique(codes, return_inverse=True)[1]
    matrix = csr_array(
        (np.ones(len(codes), np.int32), (owners, codes)), shape=(len(texts.lengths), codes.max(initial=-1) + 1)
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1
    rank = np.argsort(np.argsort(np.bincount(matrix.indices, minlength=matrix.shape[1]), kind="stable"))
    matrix.indices = rank[matrix.indices].astype(matrix.indices.dtype)
    matrix.has_sorted_indices = False
    matrix.sort_indices()
    return matrix


def _grams(texts: NumberedWords) -> tuple[Integers, Integers]:
    """For every gram of every text the text's index and the gram's code; equal codes are equal grams, exactly."""
    single, owners = _filled_up(texts)
    base = int(single.max(initial=0)) + 1
    codes = single
    for shift in range(1, GRAM_WORDS):
        joined = codes[:-1] * base + single[shift:]
        # Renumbered after each word, so that the product never overflows.
        codes = np.unique(joined, return_inverse=True)[1]
    inside = owners[: len(codes)] == owners[GRAM_WORDS - 1 :]
    return owners[: len(codes)][inside], codes[inside]


def _filled_up(texts: NumberedWords) -> tuple[Integers, Integers]:
    """Words and their owners, short texts filled up to one gram with a word that no text has, 0."""
    missing = np.maximum(GRAM_WORDS - texts.lengths, 0)
    before = np.cumsum(missing) - missing
    single = np.zeros(len(texts.codes) + int(missing.sum()), dtype=np.int64)
    single[np.arange(len(texts.codes)) + np.repeat(before, texts.lengths)] = texts.codes
    return single, np.repeat(np.arange(len(texts.lengths)), texts.lengths + missing)


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
