"""The four architectures, one class each with one signature.

Owns how encoders, pooling, heads and fusion are connected. Does not load encoders, compute losses or decode spans.
Every class maps (evidence tokens, criteria tokens) to Outputs; only joint reads the criteria tokens.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from redsm5_hpo.core.tasks import Architecture
from redsm5_hpo.modeling.encoders import hidden_size
from redsm5_hpo.modeling.encoding import encode, encode_first
from redsm5_hpo.modeling.fusion import make_fusion
from redsm5_hpo.modeling.heads import configured_head
from redsm5_hpo.modeling.inputs import Outputs, TokenBatch
from redsm5_hpo.modeling.pooling import ClsPooling, make_pooling
from redsm5_hpo.modeling.span_distribution import SpanDistribution
from redsm5_hpo.modeling.spans import make_span_head
from redsm5_hpo.params import Configuration

MOST_LOG_ODDS = 20.0  # of the evidence, where they count for the status: a window without text has -inf


class StatusBranch(nn.Module):
    """Pools token states and predicts whether the criterion is present."""

    def __init__(self, size: int, configuration: Configuration) -> None:
        super().__init__()
        self.pooling = make_pooling(configuration.pooling, size)
        self.head = configured_head(self.pooling.size, configuration)

    def read(self, encoder: nn.Module, tokens: TokenBatch) -> tuple[Tensor, Tensor]:
        """The output of forward for the states of an encoder that nothing else reads."""
        only_first = isinstance(self.pooling, ClsPooling)
        states = encode_first(encoder, tokens) if only_first else encode(encoder, tokens)
        pooled, status = self(states, tokens)
        return pooled, status

    def forward(self, states: Tensor, tokens: TokenBatch) -> tuple[Tensor, Tensor]:
        """(B, T, H) -> pooled (B, P), log probabilities (B, 2)."""
        pooled = self.pooling(states, tokens)
        return pooled, self.head(pooled).float().log_softmax(-1)


class EvidenceInStatus(nn.Module):
    """Lets the log odds of the evidence count for the status, by a learned weight: a sum of two experts' log odds."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(1.0))

    def forward(self, status: Tensor, spans: SpanDistribution) -> Tensor:
        """Log probabilities (B, 2) -> (B, 2)."""
        found = spans.log_odds().clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS)
        odds = status[:, 1] - status[:, 0] + self.weight * found
        return functional.logsigmoid(torch.stack([-odds, odds], dim=1))


class Criteria(nn.Module):
    """(criterion, sentence) -> status."""

    def __init__(self, encoders: nn.ModuleList, configuration: Configuration) -> None:
        super().__init__()
        self.encoders = encoders
        self.status = StatusBranch(hidden_size(encoders[0]), configuration)

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:  # noqa: ARG002
        """Log probabilities of the status."""
        _, status = self.status.read(self.encoders[0], tokens)
        return Outputs(status, None)


class Evidence(nn.Module):
    """(criterion, post) -> spans."""

    def __init__(self, encoders: nn.ModuleList, configuration: Configuration) -> None:
        super().__init__()
        self.encoders = encoders
        self.span = make_span_head(hidden_size(encoders[0]), configuration)

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:  # noqa: ARG002
        """The distribution over spans."""
        return Outputs(None, self.span(encode(self.encoders[0], tokens), tokens))


class Share(nn.Module):
    """(criterion, post) -> status and spans, from one encoder."""

    def __init__(self, encoders: nn.ModuleList, configuration: Configuration) -> None:
        super().__init__()
        self.encoders = encoders
        self.status = StatusBranch(hidden_size(encoders[0]), configuration)
        self.span = make_span_head(hidden_size(encoders[0]), configuration)
        self.evidence = EvidenceInStatus()

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:  # noqa: ARG002
        """Log probabilities of the status, and the distribution over spans."""
        states = encode(self.encoders[0], tokens)
        spans = self.span(states, tokens)
        _, status = self.status(states, tokens)
        return Outputs(self.evidence(status, spans), spans)


class Joint(nn.Module):
    """(criterion, post) -> status from the criteria encoder, spans from the evidence encoder fused with its state.

    Tied encoders are a single module, which runs once on a window for both outputs.
    """

    def __init__(self, encoders: nn.ModuleList, configuration: Configuration) -> None:
        super().__init__()
        self.encoders = encoders
        sizes = [hidden_size(encoder) for encoder in encoders]
        self.span = make_span_head(sizes[0], configuration)
        self.status = StatusBranch(sizes[-1], configuration)
        self.fusion = make_fusion(configuration.fusion, sizes[0], self.status.pooling.size)
        self.evidence = EvidenceInStatus()

    def forward(self, tokens: TokenBatch, criteria_tokens: TokenBatch) -> Outputs:
        """Log probabilities of the status, and the distribution over spans."""
        states = encode(self.encoders[0], tokens)
        if len(self.encoders) == 1:
            pooled, status = self.status(states, tokens)
        else:
            pooled, status = self.status.read(self.encoders[-1], criteria_tokens)
        spans = self.span(self.fusion(states, pooled), tokens)
        return Outputs(self.evidence(status, spans), spans)


ARCHITECTURES: dict[Architecture, type[nn.Module]] = {
    "criteria": Criteria,
    "evidence": Evidence,
    "share": Share,
    "joint": Joint,
}
