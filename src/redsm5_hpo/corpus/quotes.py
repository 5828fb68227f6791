"""Posts that quote each other, however different the rest of them is.

Owns the search for runs of words that several posts have, in time near-linear in all words. Texts are compared word by
word; case and punctuation do not count.
"""

import numpy as np

from redsm5_hpo.corpus.words import Integers, NumberedWords


def quoting_pairs(texts: NumberedWords, length: int) -> list[tuple[int, int]]:
    """Pairs of texts that share a run of `length` words, by index, in order.

    Of the texts that share one run the first is paired with each other one: enough to chain them together, and to find
    a run that stands on both sides of any division. All pairs would be quadratic in a phrase that everybody uses.
    """
    positions, codes = _repeated_runs(texts, length)
    shared = np.unique(np.stack([codes[positions], texts.owners[positions]], axis=1), axis=0)
    # Sorted by run, then text: the first text of each run stands where the run's number is new.
    starts = np.flatnonzero(np.diff(shared[:, 0], prepend=-1))
    first = np.repeat(shared[starts, 1], np.diff(np.append(starts, len(shared))))
    pairs = np.unique(np.stack([first, shared[:, 1]], axis=1), axis=0)
    return [(int(one), int(two)) for one, two in pairs if one != two]


def _repeated_runs(texts: NumberedWords, length: int) -> tuple[Integers, Integers]:
    """Where runs of `length` words begin that begin elsewhere too, and the runs' numbers at these places.

    A run of n + m words, m <= n, is numbered by the numbers of the runs of n at its beginning and m words later (Karp,
    Miller & Rosenberg 1972, "Rapid identification of repeated patterns in strings, trees and arrays", STOC). What
    stands once is dropped at each step, since a longer run that holds it stands once too.
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
