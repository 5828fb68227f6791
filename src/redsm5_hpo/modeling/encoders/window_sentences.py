"""Which sentence of its text each token of a window is in.

Owns the numbers of a window's sentences. Does not find sentences (corpus/sentences.py).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Intervals = Sequence[tuple[int, int]]  # half-open, of characters


def sentence_numbers(
    offsets: NDArray[np.int32], lengths: NDArray[np.int32], sentences: Sequence[Intervals]
) -> NDArray[np.int32]:
    """(N,) the number of each token's sentence among those that its window shows, from 0 on; -1 without offsets.

    Args:
        offsets: (N, 2) characters of each token, window by window; (-1, -1) for tokens that are not of the text.
        lengths: (W,) tokens of each window.
        sentences: for each window the sentences of its whole text, in order, which cover every visible character.
    """
    numbers = np.full(len(offsets), -1, dtype=np.int32)
    first = 0
    for length, spans in zip(lengths, sentences, strict=True):
        window = slice(first, first + int(length))
        first += int(length)
        starts = offsets[window, 0]
        found = np.searchsorted([start for start, _ in spans], starts[starts >= 0], side="right")
        numbers[window][starts >= 0] = np.cumsum(np.diff(found, prepend=found[:1]) > 0)
    return numbers
