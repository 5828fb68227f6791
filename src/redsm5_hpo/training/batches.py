"""Windows grouped into padded batches.

Owns batch composition and order, and padding. Length-sorted pools keep padding small while the order stays random.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redsm5_hpo.modeling.encoders import EncodedWindows
from redsm5_hpo.modeling.inputs import TokenBatch
from redsm5_hpo.training.windows import WindowSet

POOL_BATCHES = 16  # batches sorted by length together; more pad less and mix less


@dataclass(frozen=True)
class Batch:
    """A padded batch of B windows.

    Attributes:
        windows: (B,) positions in the window set.
        tokens, criteria_tokens: what the encoders read; one object where both read the same.
        status: (B,) int64 targets.
        gold: (B, G, 2) int64 target spans, padded with -1.
    """

    windows: NDArray[np.int64]
    tokens: TokenBatch
    criteria_tokens: TokenBatch
    status: Tensor
    gold: Tensor


class BatchMaker:
    """Makes the batches of one window set for one pair of padding ids."""

    def __init__(self, windows: WindowSet, pad_ids: tuple[int, int], device: torch.device) -> None:
        self._set, self._device = windows, device
        self._shared = windows.criteria_tokens is windows.tokens
        self._sides = (
            _Side(windows.tokens, pad_ids[0], device),
            _Side(windows.criteria_tokens, pad_ids[1], device),
        )

    def __len__(self) -> int:
        return len(self._set)

    @property
    def status(self) -> NDArray[np.int64]:
        """(W,) targets of all windows."""
        return self._set.status

    def shuffled(self, batch_size: int, accumulation: int, rng: np.random.Generator) -> Iterator[list[Batch]]:
        """The batches of one step after another: every window once, in a new random order of length-sorted steps.

        Steps hold the same windows however their `batch_size * accumulation` windows are cut.
        """
        order = rng.permutation(len(self._set))
        lengths, step_size = self._set.tokens.lengths, batch_size * accumulation
        pool_size = step_size * POOL_BATCHES
        pools = [order[start : start + pool_size] for start in range(0, len(order), pool_size)]
        steps = [step for pool in pools for step in _cut(pool[np.argsort(lengths[pool], kind="stable")], step_size)]
        for position in rng.permutation(len(steps)):
            yield [self._make(batch) for batch in _cut(steps[position], batch_size)]

    def by_length(self, batch_size: int) -> Iterator[Batch]:
        """Every window once, shortest first."""
        for batch in _cut(np.argsort(self._set.tokens.lengths, kind="stable"), batch_size):
            yield self._make(batch)

    def _make(self, windows: NDArray[np.int64]) -> Batch:
        tokens = self._sides[0].pad(windows)
        criteria_tokens = tokens if self._shared else self._sides[1].pad(windows)
        gold = self._set.gold[windows]
        used = int((gold[:, :, 0] >= 0).sum(1).max())
        return Batch(
            windows,
            tokens,
            criteria_tokens,
            torch.from_numpy(self._set.status[windows]).to(self._device, non_blocking=True),
            torch.from_numpy(gold[:, :used]).to(self._device, non_blocking=True),
        )


class _Side:
    """One tokenizer's flat arrays and how they are padded."""

    def __init__(self, tokens: EncodedWindows, pad_id: int, device: torch.device) -> None:
        self._tokens, self._pad_id, self._device = tokens, pad_id, device
        self._bounds = np.concatenate([[0], np.cumsum(tokens.lengths)])

    def pad(self, windows: NDArray[np.int64]) -> TokenBatch:
        shape = (len(windows), int(self._tokens.lengths[windows].max()))
        input_ids = np.full(shape, self._pad_id, dtype=np.int64)
        attention_mask, token_type_ids = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        text_mask = np.zeros(shape, dtype=bool)
        for row, window in enumerate(windows):
            flat = slice(self._bounds[window], self._bounds[window + 1])
            length = flat.stop - flat.start
            input_ids[row, :length] = self._tokens.input_ids[flat]
            attention_mask[row, :length] = 1
            token_type_ids[row, :length] = self._tokens.token_type_ids[flat]
            text_mask[row, :length] = self._tokens.offsets[flat, 0] >= 0
        arrays = (input_ids, attention_mask, token_type_ids, text_mask)
        return TokenBatch(*map(torch.from_numpy, arrays)).to(self._device)


def _cut(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [order[start : start + size] for start in range(0, len(order), size)]
