"""Token states to one state a window: (B, T, H) and a (B, T) mask to (B, H).

Owns the four poolings. Does not know what the pooled state is used for.
"""

import torch
from torch import Tensor, nn


class ClsPooling(nn.Module):
    """The state of the first token."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG002 (one signature for all poolings)
        """(B, T, H), (B, T) -> (B, H)."""
        return states[:, 0]


class MeanPooling(nn.Module):
    """The mean of the masked-in tokens."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, T) -> (B, H)."""
        weights = mask.unsqueeze(-1).to(states.dtype)
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1)


class MaxPooling(nn.Module):
    """The largest value of each feature among the masked-in tokens."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, T) -> (B, H)."""
        return states.masked_fill(~mask.unsqueeze(-1).bool(), torch.finfo(states.dtype).min).amax(1)


class AttentionPooling(nn.Module):
    """A learned convex combination of the masked-in tokens (Yang et al. 2016, section 2.2, with one linear score)."""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.score = nn.Linear(hidden_size, 1)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H), (B, T) -> (B, H)."""
        scores = self.score(states).squeeze(-1).float().masked_fill(~mask.bool(), float("-inf"))
        return torch.einsum("bt,bth->bh", scores.softmax(-1).to(states.dtype), states)


def make_pooling(name: str, hidden_size: int) -> nn.Module:
    """The pooling called `name`: cls, mean, max or attention; KeyError for another name."""
    if name == "attention":
        return AttentionPooling(hidden_size)
    return {"cls": ClsPooling, "mean": MeanPooling, "max": MaxPooling}[name]()
