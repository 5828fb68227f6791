"""From states to scores: the one head shape that status and spans share, and joint's fusion.

Owns head depth, width, activation and dropout. Does not know which states it gets: a window's or a token's.
"""

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"gelu": nn.GELU, "relu": nn.ReLU, "silu": nn.SiLU}


def make_head(in_size: int, *, layers: int, hidden_size: int, activation: str, dropout: float) -> nn.Sequential:
    """A perceptron (..., in_size) -> (..., 2) of `layers` linear layers, dropout before each."""
    modules: list[nn.Module] = []
    for _ in range(layers - 1):
        modules += [nn.Dropout(dropout), nn.Linear(in_size, hidden_size), ACTIVATIONS[activation]()]
        in_size = hidden_size
    return nn.Sequential(*modules, nn.Dropout(dropout), nn.Linear(in_size, 2))


class GatedFusion(nn.Module):
    """Adds a window's criteria state to each of its token states, as far as a gate for each feature lets it.

    t + sigmoid(W [t; c] + b) * P c, a residual form of the gated multimodal unit (Arevalo et al. 2017, eq. 1).
    """

    def __init__(self, token_size: int, context_size: int) -> None:
        super().__init__()
        self.project = nn.Linear(context_size, token_size)
        self.gate = nn.Linear(token_size + context_size, token_size)

    def forward(self, states: Tensor, context: Tensor) -> Tensor:
        """(B, T, token_size), (B, context_size) -> (B, T, token_size)."""
        spread = context.unsqueeze(1).expand(-1, states.shape[1], -1)
        gate = torch.sigmoid(self.gate(torch.cat([states, spread], dim=-1)))
        fused: Tensor = states + gate * self.project(context).unsqueeze(1)
        return fused
