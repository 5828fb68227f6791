"""Windows collated into padded batches.

Owns the composition and order of batches, and padding. Sorting pools of windows by length
keeps padding small while the order stays random.
"""

import copy
import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redsm5_hpo.modeling.encoders import EncodedWindows
from redsm5_hpo.modeling.inputs import TokenBatch
from redsm5_hpo.training.data.batch import Batch
from redsm5_hpo.training.data.cached_states import CachedStates
from redsm5_hpo.training.data.windows import WindowSet

POOL_BATCHES = 16  # batches sorted by length together; a larger pool has less padding and less random batches
# The most padded tokens of a micro-batch on a CPU: it bounds a worker's memory for any batch size, and more tokens are
# no faster there (bench/README.md). A GPU has no such limit, because it computes large batches faster.
TOKENS_AT_ONCE = {"cpu": 1536}
# The most pairs of padded tokens of a batch that is not trained on: masks and weights of attention are kept for each.
PAIRS_AT_ONCE = 64 * 512**2


class BatchMaker:
    """Makes the batches of a window set, padded with the ids of the evidence and the criteria tokenizer.

    Attributes:
        isolated: whether a token attends to its own sentence alone.
        few_shapes: whether batches are padded to one of a few shapes: each is recorded once (training/cuda_graphs.py).
    """

    def __init__(
        self, windows: WindowSet, pad_ids: tuple[int, int], device: torch.device, *, isolated: bool = False
    ) -> None:
        self._set, self._device, self.isolated = windows, device, isolated
        self.few_shapes = device.type == "cuda"
        self._shared = windows.criteria_tokens is windows.tokens
        sides = zip((windows.tokens, windows.criteria_tokens), pad_ids, strict=True)
        self._sides = tuple(_Side(tokens, pad_id, device, isolated=isolated) for tokens, pad_id in sides)

    def __len__(self) -> int:
        return len(self._set)

    @property
    def status(self) -> NDArray[np.int64]:
        """(W,) targets of all windows."""
        return self._set.status

    @property
    def sides(self) -> tuple[EncodedWindows, ...]:
        """The tokens of the evidence side, and those of the criteria side if it reads others."""
        return (self._set.tokens,) if self._shared else (self._set.tokens, self._set.criteria_tokens)

    def resumed_from(self, below: Sequence[CachedStates]) -> "BatchMaker":
        """The same batches, with the states after the encoders' lowest layers, for each side."""
        changed = copy.copy(self)
        changed._sides = self._sides[0].resumed_from(below[0]), self._sides[1].resumed_from(below[-1])
        return changed

    def positions(self, windows: NDArray[np.int64]) -> list[Tensor]:
        """For each side, the positions among its N tokens of the tokens of some windows, window by window."""
        return [torch.from_numpy(_ranges(side.starts[windows], side.lengths[windows])) for side in self.sides]

    def shuffled(
        self, batch_size: int, accumulation: int, rng: np.random.Generator, micro_batches: int = 1
    ) -> Iterator[list[Batch]]:
        """For each step its micro-batches: every window once, in a new random order of length-sorted steps.

        A step has the same `batch_size * accumulation` windows however it is cut: each batch into the fewest
        micro-batches of at most TOKENS_AT_ONCE, and then into `micro_batches` times as many.
        """
        order = rng.permutation(len(self._set))
        lengths, step_size = self._set.tokens.lengths, batch_size * accumulation
        pool_size = step_size * POOL_BATCHES
        pools = [order[start : start + pool_size] for start in range(0, len(order), pool_size)]
        steps = [step for pool in pools for step in _cut(pool[np.argsort(lengths[pool], kind="stable")], step_size)]
        for position in rng.permutation(len(steps)):
            batches = _cut(steps[position], batch_size)
            yield [self._make(windows) for batch in batches for windows in self._micro_batches(batch, micro_batches)]

    def by_length(self, batch_size: int) -> Iterator[Batch]:
        """Every window once, shortest first; fewer than `batch_size` at once where they are long (PAIRS_AT_ONCE)."""
        for batch in _cut(np.argsort(self._set.tokens.lengths, kind="stable"), batch_size):
            most = max(1, PAIRS_AT_ONCE // self._longest(batch) ** 2)
            for part in np.array_split(batch, -(-len(batch) // most)):
                yield self._make(part)

    def _micro_batches(self, batch: NDArray[np.int64], factor: int) -> list[NDArray[np.int64]]:
        """The windows of a batch, in their order, in micro-batches of about one size: `factor` times the fewest."""
        longest = self._longest(batch)
        most = max(1, TOKENS_AT_ONCE.get(self._device.type, len(batch) * longest) // longest)
        return np.array_split(batch, min(len(batch), factor * -(-len(batch) // most)))

    def _longest(self, batch: NDArray[np.int64]) -> int:
        return max(int(side.lengths[batch].max()) for side in self.sides)

    def _make(self, windows: NDArray[np.int64]) -> Batch:
        tokens = self._sides[0].pad(windows, few_shapes=self.few_shapes)
        criteria_tokens = tokens if self._shared else self._sides[1].pad(windows, few_shapes=self.few_shapes)
        gold = self._set.gold[windows]
        used = gold.shape[1] if self.few_shapes else int((gold[:, :, 0] >= 0).sum(1).max())
        return Batch(
            windows,
            tokens,
            criteria_tokens,
            torch.from_numpy(self._set.status[windows]).to(self._device, non_blocking=True),
            torch.from_numpy(gold[:, :used]).to(self._device, non_blocking=True),
        )


class _Side:
    """The flat arrays of one tokenizer, and their padding."""

    def __init__(self, tokens: EncodedWindows, pad_id: int, device: torch.device, *, isolated: bool) -> None:
        self._tokens, self._pad_id, self._device, self._starts = tokens, pad_id, device, tokens.starts
        self._isolated = isolated
        self._longest, self._most_sentences = int(tokens.lengths.max()), int(tokens.sentences.max()) + 1
        self._below: CachedStates | None = None

    def resumed_from(self, below: CachedStates) -> "_Side":
        changed = copy.copy(self)
        changed._below = below
        return changed

    def pad(self, windows: NDArray[np.int64], *, few_shapes: bool) -> TokenBatch:
        lengths = self._tokens.lengths[windows, np.newaxis]
        longest = int(lengths.max())
        # Never longer than a window of the set: an encoder may read no more.
        column = np.arange(min(_rounded(longest), self._longest) if few_shapes else longest)
        mask = column < lengths
        positions = np.where(mask, self._starts[windows, np.newaxis] + column, 0)
        input_ids, token_type_ids = self._tokens.input_ids[positions], self._tokens.token_type_ids[positions]
        numbers = np.where(mask, self._tokens.sentences[positions], -1)
        tokens = TokenBatch(
            input_ids=torch.from_numpy(np.where(mask, input_ids, self._pad_id).astype(np.int64)),
            attention_mask=torch.from_numpy(mask.astype(np.int64)),
            token_type_ids=torch.from_numpy(np.where(mask, token_type_ids, 0).astype(np.int64)),
            sentences=torch.from_numpy(_one_hot(numbers, self._most_sentences if few_shapes else numbers.max() + 1)),
            padded=few_shapes or not mask.all(),
            isolated=self._isolated,
        ).to(self._device)
        return tokens if self._below is None else tokens.resumed_from(self._below.of(windows, mask))


def _rounded(length: int) -> int:
    """The next length that is a power of two, or halfway between two, from 16 on: at most a third is padding."""
    power = 1 << max(4, math.ceil(math.log2(length)))
    return power if length > power // 4 * 3 or power == 16 else power // 4 * 3


def _one_hot(numbers: NDArray[np.int32], sentences: int) -> NDArray[np.bool_]:
    """(B, T) numbers of sentences, -1 for none -> (B, S, T) whether a token is in a sentence; S is at least 1."""
    every = np.arange(max(sentences, 1))
    members: NDArray[np.bool_] = numbers[:, np.newaxis] == every[:, np.newaxis]
    return members


def _ranges(starts: NDArray[np.int64], lengths: NDArray[np.int32]) -> NDArray[np.int64]:
    """The integers from each start on, as many as its length, concatenated."""
    return np.concatenate([np.arange(start, start + length) for start, length in zip(starts, lengths, strict=True)])


def _cut(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [order[start : start + size] for start in range(0, len(order), size)]
