"""Token states to one state a window: (B, T, H) to (B, P), where P is H for all but the pooling over sentences.

Owns the poolings; `size` is the P of one. Does not know what the pooled state is used for. To add one: POOLINGS, and
`pooling` in params/configuration.py.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from redsm5_hpo.modeling.inputs import TokenBatch
from redsm5_hpo.modeling.sentence_features import PARTS, sentence_features


class Pooling(nn.Module):
    """A pooling to `size` features."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


class ClsPooling(Pooling):
    """The state of the first token."""

    def forward(self, states: Tensor, tokens: TokenBatch) -> Tensor:  # noqa: ARG002 (one signature for all poolings)
        """(B, T, H) -> (B, H)."""
        return states[:, 0]


class MeanPooling(Pooling):
    """The mean of the unmasked tokens."""

    def forward(self, states: Tensor, tokens: TokenBatch) -> Tensor:
        """(B, T, H) -> (B, H)."""
        weights = tokens.attention_mask.unsqueeze(-1).to(states.dtype)
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1)


class MaxPooling(Pooling):
    """The maximum of each feature over the unmasked tokens."""

    def forward(self, states: Tensor, tokens: TokenBatch) -> Tensor:
        """(B, T, H) -> (B, H)."""
        mask = tokens.attention_mask.unsqueeze(-1).bool()
        return states.masked_fill(~mask, torch.finfo(states.dtype).min).amax(1)


class AttentionPooling(Pooling):
    """A learned convex combination of the unmasked tokens (Yang et al. 2016, section 2.2, with one linear score)."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.score = nn.Linear(size, 1)

    def forward(self, states: Tensor, tokens: TokenBatch) -> Tensor:
        """(B, T, H) -> (B, H)."""
        return _weighted(self.score, states, tokens.attention_mask.bool())


class SentencePooling(Pooling):
    """A learned convex combination of the features of a window's sentences beside the criterion."""

    def __init__(self, size: int) -> None:
        super().__init__(PARTS * size)
        self.score = nn.Linear(PARTS * size, 1)

    def forward(self, states: Tensor, tokens: TokenBatch) -> Tensor:
        """(B, T, H) -> (B, 3 H)."""
        shown = tokens.sentences.any(2)
        shown[:, 0] = True  # a window without text, whose only sentence is empty
        return _weighted(self.score, sentence_features(states, tokens), shown)


POOLINGS: dict[str, Callable[[int], Pooling]] = {
    "sentences": SentencePooling,
    "cls": ClsPooling,
    "mean": MeanPooling,
    "max": MaxPooling,
    "attention": AttentionPooling,
}


def make_pooling(name: str, hidden_size: int) -> Pooling:
    """The pooling that POOLINGS holds under `name`; raises KeyError for an unknown name."""
    return POOLINGS[name](hidden_size)


def _weighted(score: nn.Module, values: Tensor, mask: Tensor) -> Tensor:
    """(B, N, P), (B, N) -> (B, P): the mean of the unmasked values, weighted by the softmax of their scores."""
    scores = score(values).squeeze(-1).float().masked_fill(~mask, float("-inf"))
    return torch.einsum("bn,bnp->bp", scores.softmax(-1).to(values.dtype), values)
