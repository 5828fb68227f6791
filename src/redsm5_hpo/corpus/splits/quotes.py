"""Posts that quote each other, however different the rest of them is.

Owns the search for runs of words that several posts share, in time near-linear in the number of words. What a
word is, words.py says.
"""

import numpy as np

from redsm5_hpo.corpus.splits.words import Integers, NumberedWords


def quoting_pairs(texts: NumberedWords, length: int) -> list[tuple[int, int]]:
    """Pairs of texts that share a run of `length` words, by index, in order.

    Of the texts that share a run, the first is paired with each other one: enough to group them, and to find a run that
    is in two splits. All pairs would be quadratic in the number of posts that share a phrase.
    """
    positions, codes = repeated_runs(texts, length)
    return _pairs(codes[positions], texts.owners[positions])


def contained_pairs(texts: NumberedWords, length: int) -> list[tuple[int, int, int]]:
    """Pairs of texts that share all words of a text of fewer than `length`, and how many those are.

    So a short post and its longer edit are a pair. Texts of less than half of `length` are left out, since many posts
    may hold such a phrase by chance. Pairs as in quoting_pairs.
    """
    beginnings = np.cumsum(texts.lengths) - texts.lengths
    found = []
    for size in range((length + 1) // 2, length):
        whole = beginnings[texts.lengths == size]
        positions, codes = repeated_runs(texts, size) if len(whole) else (whole, texts.codes)
        positions = positions[np.isin(codes[positions], codes[np.intersect1d(positions, whole)])]
        found += [(one, two, size) for one, two in _pairs(codes[positions], texts.owners[positions])]
    return found


def _pairs(codes: Integers, owners: Integers) -> list[tuple[int, int]]:
    """The first owner of each run with each other one."""
    runs, owners = np.unique(np.stack([codes, owners]), axis=1)
    # Sorted by run, then text.
    first = owners[np.searchsorted(runs, runs)]
    pairs = np.unique(np.stack([first, owners], axis=1)[first != owners], axis=0)
    return [(one, two) for one, two in pairs.tolist()]


def repeated_runs(texts: NumberedWords, length: int) -> tuple[Integers, Integers]:
    """Start positions of runs of `length` words that occur more than once, and the number of the run at each position.

    A run of n + m words, m <= n, is numbered by the numbers of the runs of n at its beginning and m words later (Karp,
    Miller & Rosenberg 1972, "Rapid identification of repeated patterns in strings, trees and arrays", STOC). Runs
    that occur once are dropped at each step, since a longer run that contains one occurs once too.
    """
    positions, codes, size = np.arange(len(texts.codes)), texts.codes.copy(), 1
    while size < length:
        step = min(size, length - size)
        positions = positions[positions + size + step <= len(codes)]
        same_text = texts.owners[positions] == texts.owners[positions + size + step - 1]
        positions = positions[same_text & (codes[positions + step] >= 0)]
        joined = codes[positions] * (codes.max(initial=0) + 1) + codes[positions + step]
        _, numbers, counts = np.unique(joined, return_inverse=True, return_counts=True)
        again = counts[numbers] > 1
        positions, size = positions[again], size + step
        codes.fill(-1)
        codes[positions] = numbers[again]
    return positions, codes
