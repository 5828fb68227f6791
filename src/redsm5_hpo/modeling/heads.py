"""From states to scores: the head of both status and spans.

Owns head depth, width, activation and dropout. Does not know whether a state is a window's or a token's. To add an
activation: ACTIVATIONS, and `head_activation` in params/configuration.py.
"""

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"gelu": nn.GELU, "relu": nn.ReLU, "silu": nn.SiLU}


def make_head(in_size: int, *, layers: int, hidden_size: int, activation: str, dropout: float) -> nn.Sequential:
    """A perceptron (..., in_size) -> (..., 2) of `layers` linear layers with dropout before each."""
    modules: list[nn.Module] = []
    for _ in range(layers - 1):
        modules += [nn.Dropout(dropout), nn.Linear(in_size, hidden_size), ACTIVATIONS[activation]()]
        in_size = hidden_size
    return nn.Sequential(*modules, nn.Dropout(dropout), nn.Linear(in_size, 2))
