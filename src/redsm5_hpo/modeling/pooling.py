"""Token states to one state a window: (B, T, H) and a (B, T) mask to (B, H).

Owns the poolings. Does not know what the pooled state is used for. To add one: POOLINGS, and `pooling` in
params/configuration.py.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class ClsPooling(nn.Module):
    """The state of the first token."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG002 (one signature for all poolings)
        """(B, T, H), (B, T) -> (B, H)."""
        return states[:, 0]


class MeanPooling(nn.Module):
    """The mean of the unmasked tokens."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, T) -> (B, H)."""
        weights = mask.unsqueeze(-1).to(states.dtype)
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1)


class MaxPooling(nn.Module):
    """The maximum of each feature over the unmasked tokens."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, T) -> (B, H)."""
        return states.masked_fill(~mask.unsqueeze(-1).bool(), torch.finfo(states.dtype).min).amax(1)


class AttentionPooling(nn.Module):
    """A learned convex combination of the unmasked tokens (Yang et al. 2016, section 2.2, with one linear score)."""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.score = nn.Linear(hidden_size, 1)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, T) -> (B, H)."""
        scores = self.score(states).squeeze(-1).float().masked_fill(~mask.bool(), float("-inf"))
        return torch.einsum("bt,bth->bh", scores.softmax(-1).to(states.dtype), states)


POOLINGS: dict[str, Callable[[int], nn.Module]] = {
    "cls": lambda _: ClsPooling(),
    "mean": lambda _: MeanPooling(),
    "max": lambda _: MaxPooling(),
    "attention": AttentionPooling,
}


def make_pooling(name: str, hidden_size: int) -> nn.Module:
    """The pooling that POOLINGS holds under `name`; raises KeyError for an unknown name."""
    return POOLINGS[name](hidden_size)
