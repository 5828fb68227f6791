"""What an architecture reads and says, as named tensors.

Owns the shapes that modeling and training agree on. B windows in a batch, T tokens in its longest window.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor


class LowerStates(NamedTuple):
    """What the lowest layers of an encoder make of a batch.

    Attributes:
        values: (B, T, H) float32; anything where there is padding.
        layers: how many layers they come from.
    """

    values: Tensor
    layers: int


@dataclass(frozen=True)
class TokenBatch:
    """One tokenizer's view of a batch of windows.

    Attributes:
        input_ids: (B, T) int64.
        attention_mask: (B, T) int64, 1 for tokens, 0 for padding.
        token_type_ids: (B, T) int64; ignored by encoders without token types.
        text_mask: (B, T) bool, true for tokens of the text: neither special, nor of the criterion, nor padding.
        below: states from which the encoder goes on, where its lowest layers were run before.
    """

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    text_mask: Tensor
    below: LowerStates | None = None

    def to(self, device: torch.device) -> "TokenBatch":
        """The same batch on another device, without waiting for the copy."""
        ids, mask, types, text = (
            tensor.to(device, non_blocking=True)
            for tensor in (self.input_ids, self.attention_mask, self.token_type_ids, self.text_mask)
        )
        moved = TokenBatch(ids, mask, types, text)
        if self.below is None:
            return moved
        return moved.going_on_from(self.below._replace(values=self.below.values.to(device, non_blocking=True)))

    def going_on_from(self, below: LowerStates) -> "TokenBatch":
        """The same tokens, of which the lowest layers need not be run."""
        return replace(self, below=below)


class Outputs(NamedTuple):
    """Log probabilities of a batch of windows; None for what an architecture does not learn.

    Attributes:
        status: (B, 2), absent and present.
        start: (B, T) over the text's tokens and position 0, which stands for "no evidence".
        end: (B, T), likewise.
    """

    status: Tensor | None
    start: Tensor | None
    end: Tensor | None
