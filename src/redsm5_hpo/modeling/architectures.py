"""The four architectures, one class each with one signature.

Owns how encoders, pooling, heads and fusion are connected. Does not load encoders, compute losses or decode spans.
Every class maps (evidence tokens, criteria tokens) to Outputs; only joint reads the criteria tokens.
"""

from torch import Tensor, nn

from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.modeling.encoders import hidden_size
from redsm5_hpo.modeling.encoding import encode, encode_first
from redsm5_hpo.modeling.fusion import make_fusion
from redsm5_hpo.modeling.heads import make_head
from redsm5_hpo.modeling.inputs import Outputs, TokenBatch
from redsm5_hpo.modeling.pooling import ClsPooling, make_pooling
from redsm5_hpo.params import Configuration


class StatusBranch(nn.Module):
    """Pools token states and predicts whether the criterion is present."""

    def __init__(self, size: int, configuration: Configuration) -> None:
        super().__init__()
        self.pooling = make_pooling(configuration.pooling, size)
        self.head = _head(size, configuration)

    def read(self, encoder: nn.Module, tokens: TokenBatch) -> tuple[Tensor, Tensor]:
        """The output of forward for the states of an encoder that nothing else reads."""
        only_first = isinstance(self.pooling, ClsPooling)
        states = encode_first(encoder, tokens) if only_first else encode(encoder, tokens)
        pooled, status = self(states, tokens.attention_mask)
        return pooled, status

    def forward(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, H), (B, T) -> pooled (B, H), log probabilities (B, 2)."""
        pooled = self.pooling(states, mask)
        return pooled, self.head(pooled).float().log_softmax(-1)


class SpanBranch(nn.Module):
    """Scores every text token, and position 0 for "no evidence", as start and as end of the evidence."""

    def __init__(self, size: int, configuration: Configuration) -> None:
        super().__init__()
        self.head = _head(size, configuration)

    def forward(self, states: Tensor, text_mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, H), (B, T) -> start and end log probabilities, (B, T) each."""
        allowed = text_mask.clone()
        allowed[:, 0] = True
        scores = self.head(states).float().masked_fill(~allowed.unsqueeze(-1), float("-inf"))
        start, end = scores.log_softmax(1).unbind(-1)
        return start, end


class Criteria(nn.Module):
    """(criterion, sentence) -> status."""

    def __init__(self, encoders: nn.ModuleList, configuration: Configuration) -> None:
        super().__init__()
        self.encoders = encoders
        self.status = StatusBranch(hidden_size(encoders[0]), configuration)

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:  # noqa: ARG002
        """Log probabilities of the status."""
        _, status = self.status.read(self.encoders[0], tokens)
        return Outputs(status, None, None)


class Evidence(nn.Module):
    """(criterion, post) -> span."""

    def __init__(self, encoders: nn.ModuleList, configuration: Configuration) -> None:
        super().__init__()
        self.encoders = encoders
        self.span = SpanBranch(hidden_size(encoders[0]), configuration)

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:  # noqa: ARG002
        """Log probabilities of start and end."""
        return Outputs(None, *self.span(encode(self.encoders[0], tokens), tokens.text_mask))


class Share(nn.Module):
    """(criterion, post) -> status and span, from one encoder."""

    def __init__(self, encoders: nn.ModuleList, configuration: Configuration) -> None:
        super().__init__()
        self.encoders = encoders
        self.status = StatusBranch(hidden_size(encoders[0]), configuration)
        self.span = SpanBranch(hidden_size(encoders[0]), configuration)

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:  # noqa: ARG002
        """Log probabilities of status, start and end."""
        states = encode(self.encoders[0], tokens)
        _, status = self.status(states, tokens.attention_mask)
        return Outputs(status, *self.span(states, tokens.text_mask))


class Joint(nn.Module):
    """(criterion, post) -> status from the criteria encoder, span from the evidence encoder fused with its state.

    Tied encoders are a single module, which runs once on a window for both outputs.
    """

    def __init__(self, encoders: nn.ModuleList, configuration: Configuration) -> None:
        super().__init__()
        self.encoders = encoders
        sizes = [hidden_size(encoder) for encoder in encoders]
        self.span = SpanBranch(sizes[0], configuration)
        self.status = StatusBranch(sizes[-1], configuration)
        self.fusion = make_fusion(configuration.fusion, sizes[0], sizes[-1])

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:
        """Log probabilities of status, start and end."""
        states = encode(self.encoders[0], tokens)
        if len(self.encoders) == 1:
            pooled, status = self.status(states, tokens.attention_mask)
        else:
            pooled, status = self.status.read(self.encoders[-1], criteria_tokens)
        return Outputs(status, *self.span(self.fusion(states, pooled), tokens.text_mask))


ARCHITECTURES: dict[Architecture, type[nn.Module]] = {
    "criteria": Criteria,
    "evidence": Evidence,
    "share": Share,
    "joint": Joint,
}


def _head(size: int, configuration: Configuration) -> nn.Sequential:
    return make_head(
        size,
        layers=configuration.head_layers,
        hidden_size=configuration.head_hidden_size,
        activation=configuration.head_activation,
        dropout=configuration.dropout_of_heads,
    )
