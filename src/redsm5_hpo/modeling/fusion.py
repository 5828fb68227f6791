"""Joint's fusions of a window's criteria state into its token states.

Owns the maps (B, T, token_size), (B, context_size) -> (B, T, token_size). Does not know what computes the states. Each
adds something to the token states t, times a learned weight w that begins at 0 (ReZero, Bachlechner et al. 2021,
2003.04887): random additions would drown what the encoder knows, and few annotations do not mend that
(docs/decisions.md). To add one: FUSIONS, and `fusion` in params/configuration.py.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Fusion(nn.Module):
    """A fusion with its weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(0.0))


class GatedFusion(Fusion):
    """Adds the gated criteria state to each token state: t + sigmoid(W [t; c] + b) * w P c.

    A residual form of the gated multimodal unit (Arevalo et al. 2017, equation 1).
    """

    def __init__(self, token_size: int, context_size: int) -> None:
        super().__init__()
        self.project = nn.Linear(context_size, token_size)
        self.gate = nn.Linear(token_size + context_size, token_size)

    def forward(self, states: Tensor, context: Tensor) -> Tensor:
        """(B, T, token_size), (B, context_size) -> (B, T, token_size)."""
        gate = torch.sigmoid(_of_both(self.gate, states, context))
        fused: Tensor = states + gate * (self.weight * self.project(context)).unsqueeze(1)
        return fused


class ConcatFusion(Fusion):
    """Adds a linear map of each token state concatenated with the criteria state: t + w (W [t; c] + b)."""

    def __init__(self, token_size: int, context_size: int) -> None:
        super().__init__()
        self.project = nn.Linear(token_size + context_size, token_size)

    def forward(self, states: Tensor, context: Tensor) -> Tensor:
        """(B, T, token_size), (B, context_size) -> (B, T, token_size)."""
        fused: Tensor = states + self.weight * _of_both(self.project, states, context)
        return fused


class FilmFusion(Fusion):
    """Scales and shifts each feature of the token states: (1 + w s(c)) * t + w b(c) (Perez et al. 2018, equation 2)."""

    def __init__(self, token_size: int, context_size: int) -> None:
        super().__init__()
        self.project = nn.Linear(context_size, 2 * token_size)

    def forward(self, states: Tensor, context: Tensor) -> Tensor:
        """(B, T, token_size), (B, context_size) -> (B, T, token_size)."""
        scale, shift = (self.weight * self.project(context)).unsqueeze(1).chunk(2, dim=-1)
        fused: Tensor = (1 + scale) * states + shift
        return fused


FUSIONS: dict[str, type[nn.Module]] = {"gated": GatedFusion, "concat": ConcatFusion, "film": FilmFusion}


def make_fusion(name: str, token_size: int, context_size: int) -> nn.Module:
    """The fusion that FUSIONS holds under `name`; raises KeyError for an unknown name."""
    return FUSIONS[name](token_size, context_size)


def _of_both(linear: nn.Linear, states: Tensor, context: Tensor) -> Tensor:
    """(B, T, O): W [t; c] + b, with the part of the context computed once a window and not at every token."""
    size = states.shape[-1]
    shared = functional.linear(context, linear.weight[:, size:], linear.bias)
    return functional.linear(states, linear.weight[:, :size]) + shared.unsqueeze(1)
