"""Inputs and outputs of an architecture, as named tensors.

Owns the shapes that modeling and training share: B windows in a batch, T tokens in its longest window, S sentences in
the window that shows most, H features.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from redsm5_hpo.modeling.span_distribution import SpanDistribution


class LowerStates(NamedTuple):
    """The output of an encoder's lowest layers for a batch.

    Attributes:
        values: (B, T, H) float32; undefined for padding.
        layers: how many layers computed it.
    """

    values: Tensor
    layers: int


@dataclass(frozen=True)
class TokenBatch:
    """One tokenizer's view of a batch of windows.

    Attributes:
        input_ids: (B, T) int64.
        attention_mask: (B, T) int64, 1 for tokens, 0 for padding.
        token_type_ids: (B, T) int64; encoders without token types ignore it.
        sentences: (B, S, T) bool, true for the tokens of each sentence that a window shows, at least one S; tokens of
            the text are in one sentence, all others in none.
        padded: whether any window is padded, which is known without asking the device; true is right in any case.
        isolated: whether a token attends to its own sentence alone, see attention_mask.py.
        below: cached output of the lowest layers, from which the encoder continues; None without a cache.
    """

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    sentences: Tensor
    padded: bool = True
    isolated: bool = False
    below: LowerStates | None = None

    @property
    def text_mask(self) -> Tensor:
        """(B, T) bool, true for tokens of the text, not for special tokens, the criterion or padding."""
        return self.sentences.any(1)

    @cached_property
    def last(self) -> Tensor:
        """(B, 1) int64: where each window's last token is."""
        return self.attention_mask.sum(1, keepdim=True) - 1

    @cached_property
    def sentence_numbers(self) -> Tensor:
        """(B, T) int64: the number of a token's sentence, from 1 on; 0 for the criterion, special tokens and padding.

        White space between two tokens of the text is in the first one's sentence, or else the criterion would read it.
        That before all of them cannot be told from the criterion's tokens.
        """
        number = torch.where(self.text_mask, self.sentences.int().argmax(1) + 1, 0)
        column = torch.arange(number.shape[1], device=number.device)
        return torch.where(column < self.last, number.cummax(1).values, number)

    def map(self, function: Callable[[Tensor], Tensor]) -> "TokenBatch":
        """The same batch with another tensor for each of its own."""
        ids, mask, types, sentences = map(
            function, (self.input_ids, self.attention_mask, self.token_type_ids, self.sentences)
        )
        mapped = replace(self, input_ids=ids, attention_mask=mask, token_type_ids=types, sentences=sentences)
        if self.below is None:
            return mapped
        return mapped.resumed_from(self.below._replace(values=function(self.below.values)))

    def tensors(self) -> list[Tensor]:
        """The tensors of the batch, in the order of `map`."""
        below = [] if self.below is None else [self.below.values]
        return [self.input_ids, self.attention_mask, self.token_type_ids, self.sentences, *below]

    def to(self, device: torch.device) -> "TokenBatch":
        """The same batch on another device; the copy is asynchronous."""
        return self.map(lambda tensor: tensor.to(device, non_blocking=True))

    def resumed_from(self, below: LowerStates) -> "TokenBatch":
        """The same tokens with the output of the lowest layers."""
        return replace(self, below=below)


class Outputs(NamedTuple):
    """Predictions for a batch of windows; None for what an architecture does not predict.

    Attributes:
        status: (B, 2) log probabilities of absent and present.
        spans: the distribution over evidence spans and "no evidence".
    """

    status: Tensor | None
    spans: SpanDistribution | None
