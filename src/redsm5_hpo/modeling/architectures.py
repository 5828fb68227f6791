"""The four architectures: one class each, all with the same call.

Owns how encoders, pooling, heads and fusion are wired. Does not load encoders, compute losses or decode spans.
Every class maps (evidence tokens, criteria tokens) to Outputs; only joint reads the second.
"""

from typing import Protocol

from torch import Tensor, nn

from redsm5_hpo.modeling.encoders import hidden_size
from redsm5_hpo.modeling.encoding import encode, encode_first
from redsm5_hpo.modeling.fusion import make_fusion
from redsm5_hpo.modeling.heads import make_head
from redsm5_hpo.modeling.inputs import Outputs, TokenBatch
from redsm5_hpo.modeling.pooling import ClsPooling, make_pooling


class HeadShape(Protocol):
    """What an architecture needs to know of a configuration."""

    @property
    def pooling(self) -> str: ...  # noqa: D102
    @property
    def head_layers(self) -> int: ...  # noqa: D102
    @property
    def head_hidden_size(self) -> int: ...  # noqa: D102
    @property
    def head_activation(self) -> str: ...  # noqa: D102
    @property
    def dropout_of_heads(self) -> float: ...  # noqa: D102
    @property
    def fusion(self) -> str: ...  # noqa: D102


class StatusBranch(nn.Module):
    """Pools token states and says whether the criterion is present."""

    def __init__(self, size: int, shape: HeadShape) -> None:
        super().__init__()
        self.pooling = make_pooling(shape.pooling, size)
        self.head = _head(size, shape)

    def read(self, encoder: nn.Module, tokens: TokenBatch) -> tuple[Tensor, Tensor]:
        """What forward says of an encoder that nothing else reads."""
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

    def __init__(self, size: int, shape: HeadShape) -> None:
        super().__init__()
        self.head = _head(size, shape)

    def forward(self, states: Tensor, text_mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, H), (B, T) -> start and end log probabilities, (B, T) each."""
        allowed = text_mask.clone()
        allowed[:, 0] = True
        scores = self.head(states).float().masked_fill(~allowed.unsqueeze(-1), float("-inf"))
        start, end = scores.log_softmax(1).unbind(-1)
        return start, end


class Criteria(nn.Module):
    """(criterion, sentence) -> status."""

    def __init__(self, encoders: nn.ModuleList, shape: HeadShape) -> None:
        super().__init__()
        self.encoders = encoders
        self.status = StatusBranch(hidden_size(encoders[0]), shape)

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:  # noqa: ARG002
        """Log probabilities of the status."""
        _, status = self.status.read(self.encoders[0], tokens)
        return Outputs(status, None, None)


class Evidence(nn.Module):
    """(criterion, post) -> span."""

    def __init__(self, encoders: nn.ModuleList, shape: HeadShape) -> None:
        super().__init__()
        self.encoders = encoders
        self.span = SpanBranch(hidden_size(encoders[0]), shape)

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:  # noqa: ARG002
        """Log probabilities of start and end."""
        return Outputs(None, *self.span(encode(self.encoders[0], tokens), tokens.text_mask))


class Share(nn.Module):
    """(criterion, post) -> status and span, from one encoder."""

    def __init__(self, encoders: nn.ModuleList, shape: HeadShape) -> None:
        super().__init__()
        self.encoders = encoders
        self.status = StatusBranch(hidden_size(encoders[0]), shape)
        self.span = SpanBranch(hidden_size(encoders[0]), shape)

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:  # noqa: ARG002
        """Log probabilities of status, start and end."""
        states = encode(self.encoders[0], tokens)
        _, status = self.status(states, tokens.attention_mask)
        return Outputs(status, *self.span(states, tokens.text_mask))


class Joint(nn.Module):
    """(criterion, post) -> status from the criteria encoder, span from the evidence encoder that its state enters.

    Tied encoders are one, which reads a window once for both sides.
    """

    def __init__(self, encoders: nn.ModuleList, shape: HeadShape) -> None:
        super().__init__()
        self.encoders = encoders
        sizes = [hidden_size(encoder) for encoder in encoders]
        self.span = SpanBranch(sizes[0], shape)
        self.status = StatusBranch(sizes[-1], shape)
        self.fusion = make_fusion(shape.fusion, sizes[0], sizes[-1])

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:
        """Log probabilities of status, start and end."""
        states = encode(self.encoders[0], tokens)
        if len(self.encoders) == 1:
            pooled, status = self.status(states, tokens.attention_mask)
        else:
            pooled, status = self.status.read(self.encoders[-1], criteria_tokens)
        return Outputs(status, *self.span(self.fusion(states, pooled), tokens.text_mask))


ARCHITECTURES: dict[str, type[nn.Module]] = {
    "criteria": Criteria,
    "evidence": Evidence,
    "share": Share,
    "joint": Joint,
}


def encoder_count(architecture: str) -> int:
    """How many encoders an architecture has: the evidence side first, then joint's criteria side."""
    return 2 if architecture == "joint" else 1


def _head(size: int, shape: HeadShape) -> nn.Sequential:
    return make_head(
        size,
        layers=shape.head_layers,
        hidden_size=shape.head_hidden_size,
        activation=shape.head_activation,
        dropout=shape.dropout_of_heads,
    )
