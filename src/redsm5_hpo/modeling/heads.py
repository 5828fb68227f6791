"""From states to scores: the head of both status and spans.

Owns head depth, width, activation and dropout. Does not know whether a state is a window's or a token's. To add an
activation: ACTIVATIONS, and `head_activation` in params/configuration.py.
"""

from torch import nn

from redsm5_hpo.params import Configuration

ACTIVATIONS: dict[str, type[nn.Module]] = {"gelu": nn.GELU, "relu": nn.ReLU, "silu": nn.SiLU}


def make_head(
    in_size: int,
    *,
    layers: int,
    hidden_size: int,
    activation: str,
    dropout: float,
    out_size: int = 2,
) -> nn.Sequential:
    """A perceptron (..., in_size) -> (..., out_size) of `layers` linear layers with dropout before each."""
    modules: list[nn.Module] = []
    for _ in range(layers - 1):
        modules += [nn.Dropout(dropout), nn.Linear(in_size, hidden_size), ACTIVATIONS[activation]()]
        in_size = hidden_size
    return nn.Sequential(*modules, nn.Dropout(dropout), nn.Linear(in_size, out_size))


def configured_head(
    in_size: int, configuration: Configuration, *, out_size: int = 2, bias: float | None = None
) -> nn.Sequential:
    """The configuration's perceptron (..., in_size) -> (..., out_size); `bias` is the first one of its last layer."""
    head = make_head(
        in_size,
        layers=configuration.head_layers,
        hidden_size=configuration.head_hidden_size,
        activation=configuration.head_activation,
        dropout=configuration.dropout_of_heads,
        out_size=out_size,
    )
    if bias is not None:
        nn.init.constant_(head.get_parameter(f"{len(head) - 1}.bias"), bias)
    return head
