"""Posts that are nearly the same text.

Owns their definition: the Jaccard similarity of the word 5-grams of two posts reaches a threshold. A post of fewer
words is one gram, so that only an equal post is its near-duplicate.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from redsm5_hpo.corpus.records import Post
from redsm5_hpo.corpus.splits.quotes import repeated_runs
from redsm5_hpo.corpus.splits.words import Integers, NumberedWords

GRAM_WORDS = 5


def near_duplicates(posts: Sequence[Post], texts: NumberedWords, threshold: float) -> list[tuple[str, str, float]]:
    """All pairs of near-duplicates with their similarity, in the order of posts; `texts` has the words of `posts`."""
    grams, sizes = _repeated_grams(texts)
    found = []
    first, second = _candidates(grams, sizes, threshold)
    # In blocks, to bound the memory of the selected rows.
    for start in range(0, len(first), 4096):
        one, two = first[start : start + 4096], second[start : start + 4096]
        common = np.asarray(grams[one].multiply(grams[two]).sum(axis=1)).ravel()
        similarity = common / (sizes[one] + sizes[two] - common)
        found += [(a, b, s) for a, b, s in zip(one, two, similarity, strict=True) if s >= threshold]
    return [(posts[a].post_id, posts[b].post_id, float(s)) for a, b, s in sorted(found)]


def _repeated_grams(texts: NumberedWords) -> tuple[csr_array, Integers]:
    """0/1 matrix [posts, grams that occur more than once], the rarest gram first; number of grams of each post."""
    missing = np.maximum(GRAM_WORDS - texts.lengths, 0)
    lengths = texts.lengths + missing
    # Short texts are padded to one gram with 0, which is no word.
    codes = np.insert(texts.codes, np.repeat(np.cumsum(texts.lengths), missing), 0)
    padded = NumberedWords(codes, np.repeat(np.arange(len(lengths)), lengths), lengths)
    positions, codes = repeated_runs(padded, GRAM_WORDS)
    owners, codes = padded.owners[positions], codes[positions]
    shape = len(lengths), codes.max(initial=-1) + 1
    grams = csr_array((np.ones(len(codes), np.int32), (owners, codes)), shape=shape)
    grams.data[:] = 1
    rank = np.argsort(np.argsort(np.bincount(grams.indices, minlength=shape[1]), kind="stable"))
    grams = csr_array((grams.data, rank[grams.indices], grams.indptr), shape=shape)
    grams.sort_indices()
    once = lengths - GRAM_WORDS + 1 - np.bincount(owners, minlength=len(lengths))
    return grams, once + np.diff(grams.indptr)


def _candidates(grams: csr_array, sizes: Integers, threshold: float) -> tuple[Integers, Integers]:
    """Pairs of rows that may reach the threshold: those that share one of their rarest grams.

    Prefix filtering (Chaudhuri et al. 2006): rows of Jaccard similarity t share at least ceil(t * size) grams, so they
    share one that at least ceil(t * size) - 1 grams of the row follow in any common order. With the rarest first,
    phrases that many posts share cost nothing.
    """
    rows = np.repeat(np.arange(len(sizes)), np.diff(grams.indptr))
    following = grams.indptr[rows + 1] - 1 - np.arange(grams.nnz)
    kept = following >= np.ceil(threshold * sizes - 1e-9)[rows] - 1
    prefix = csr_array((grams.data[kept], (rows[kept], grams.indices[kept])), shape=grams.shape)
    shared = (prefix @ prefix.T).tocoo()
    above = shared.row < shared.col
    return shared.row[above].astype(np.int64), shared.col[above].astype(np.int64)
