"""Windows grouped into padded batches.

Owns batch composition and order, and padding, of states that were computed before as well. Length-sorted pools keep
padding small while the order stays random.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from redsm5_hpo.modeling.encoders import EncodedWindows
from redsm5_hpo.modeling.inputs import LowerStates, TokenBatch
from redsm5_hpo.training.windows import WindowSet

POOL_BATCHES = 16  # batches sorted by length together; more pad less and mix less
# Padded tokens that a CPU trains on together, which bounds a worker's memory whatever the batch size is; more are no
# faster there (bench/README.md). Without a limit on a GPU, which wants all there is at once.
TOKENS_AT_ONCE = {"cpu": 1536}


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

    @property
    def sides(self) -> tuple[EncodedWindows, ...]:
        """The tokens that batches are made of: of the evidence side, and of the criteria side where it reads others."""
        return (self._set.tokens,) if self._shared else (self._set.tokens, self._set.criteria_tokens)

    def going_on_from(self, below: Sequence[LowerStates], starts: Sequence[NDArray[np.int64]]) -> "BatchMaker":
        """The same batches, with states of lowest layers.

        Args:
            below: for each side states of tokens, (M, H), in any precision, on the batches' device.
            starts: for each side (W,) where among them those of each window begin.
        """
        changed = copy.copy(self)
        changed._sides = (
            self._sides[0].going_on_from(below[0], starts[0]),
            self._sides[1].going_on_from(below[-1], starts[-1]),
        )
        return changed

    def places(self, windows: NDArray[np.int64]) -> list[Tensor]:
        """For each side, where among its N tokens those of some windows are, one window after the other."""
        return [torch.from_numpy(_spread(side.starts[windows], side.lengths[windows])) for side in self.sides]

    def shuffled(
        self, batch_size: int, accumulation: int, rng: np.random.Generator, parts: int = 1
    ) -> Iterator[list[Batch]]:
        """The batches of one step after another: every window once, in a new random order of length-sorted steps.

        Steps hold the same windows however their `batch_size * accumulation` windows are cut: where `batch_size` of
        them are more than TOKENS_AT_ONCE, into smaller batches, and all into `parts` times as many.
        """
        order = rng.permutation(len(self._set))
        lengths, step_size = self._set.tokens.lengths, batch_size * accumulation
        pool_size = step_size * POOL_BATCHES
        pools = [order[start : start + pool_size] for start in range(0, len(order), pool_size)]
        steps = [step for pool in pools for step in _cut(pool[np.argsort(lengths[pool], kind="stable")], step_size)]
        for position in rng.permutation(len(steps)):
            whole = _cut(steps[position], batch_size)
            yield [self._make(part) for batch in whole for part in self._small(batch, parts)]

    def by_length(self, batch_size: int) -> Iterator[Batch]:
        """Every window once, shortest first."""
        for batch in _cut(np.argsort(self._set.tokens.lengths, kind="stable"), batch_size):
            yield self._make(batch)

    def _small(self, batch: NDArray[np.int64], parts: int) -> list[NDArray[np.int64]]:
        """The windows of a batch, in their order, in parts of about one size: `parts` times as many as must be."""
        longest = max(int(side.lengths[batch].max()) for side in self.sides)
        most = max(1, TOKENS_AT_ONCE.get(self._device.type, len(batch) * longest) // longest)
        return np.array_split(batch, min(len(batch), parts * -(-len(batch) // most)))

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
        self._tokens, self._pad_id, self._device, self._starts = tokens, pad_id, device, tokens.starts
        self._below: LowerStates | None = None
        self._states_starts = self._starts

    def going_on_from(self, below: LowerStates, starts: NDArray[np.int64]) -> "_Side":
        changed = copy.copy(self)
        changed._below, changed._states_starts = below, starts
        return changed

    def pad(self, windows: NDArray[np.int64]) -> TokenBatch:
        lengths = self._tokens.lengths[windows, np.newaxis]
        column = np.arange(lengths.max())
        there = column < lengths
        places = np.where(there, self._starts[windows, np.newaxis] + column, 0)
        tokens = TokenBatch(
            input_ids=torch.from_numpy(np.where(there, self._tokens.input_ids[places], self._pad_id).astype(np.int64)),
            attention_mask=torch.from_numpy(there.astype(np.int64)),
            token_type_ids=torch.from_numpy(np.where(there, self._tokens.token_type_ids[places], 0).astype(np.int64)),
            text_mask=torch.from_numpy(there & (self._tokens.offsets[places, 0] >= 0)),
        ).to(self._device)
        if self._below is None:
            return tokens
        states = np.where(there, self._states_starts[windows, np.newaxis] + column, 0)
        values = functional.embedding(torch.from_numpy(states).to(self._device), self._below.values)
        return tokens.going_on_from(self._below._replace(values=values.float()))


def _spread(starts: NDArray[np.int64], lengths: NDArray[np.int32]) -> NDArray[np.int64]:
    """The integers from each start on, as many as its length."""
    return np.concatenate([np.arange(start, start + length) for start, length in zip(starts, lengths, strict=True)])


def _cut(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [order[start : start + size] for start in range(0, len(order), size)]
