"""Spans from any token to any later one: a start and an end, scored separately (Devlin et al. 2019, section 4.3).

Owns the head and its distribution. Position 0 of both means "no evidence", as in SQuAD 2.0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from redsm5_hpo.modeling.heads import configured_head
from redsm5_hpo.modeling.inputs import TokenBatch
from redsm5_hpo.modeling.log_space import log_mean, log_sum
from redsm5_hpo.params import Configuration


@dataclass(frozen=True)
class TokenSpans:
    """The distribution of independent starts and ends.

    Attributes:
        start: (B, T) log probabilities over the text's tokens and position 0; -inf elsewhere.
        end: (B, T), likewise.
    """

    start: Tensor
    end: Tensor

    def losses(self, gold: Tensor) -> Tensor:
        """(B,) minus the log of the summed probability of the gold spans; see SpanDistribution."""
        tokens = gold.clamp(min=0)
        likelihood = self.start.gather(1, tokens[:, :, 0]) + self.end.gather(1, tokens[:, :, 1])
        return -likelihood.masked_fill(gold[:, :, 0] < 0, float("-inf")).logsumexp(1)

    def uniform_losses(self) -> Tensor:
        """(B,) cross-entropy with uniform starts and ends."""
        return -_mean_of_allowed(self.start) - _mean_of_allowed(self.end)

    def log_odds(self) -> Tensor:
        """(B,) the sum over all spans against "no evidence": with many plausible spans the best alone would lose."""
        return log_sum(self._spans()) - (self.start[:, 0] + self.end[:, 0])

    def best(self) -> tuple[Tensor, Tensor]:
        """First and last token of the most probable span, (B,) each."""
        size = self.start.shape[1]
        best = self._spans().argmax(1)
        return best // size, best % size

    def mean(self, others: Sequence["TokenSpans"]) -> "TokenSpans":
        """The mean of the start and of the end probabilities."""
        every = [self, *others]
        return TokenSpans(log_mean([each.start for each in every]), log_mean([each.end for each in every]))

    def _spans(self) -> Tensor:
        """(B, T * T) log probabilities of the spans that do not end before they start."""
        size = self.start.shape[1]
        scores = self.start.unsqueeze(2) + self.end.unsqueeze(1)
        forward = torch.ones(size, size, dtype=torch.bool, device=self.start.device).triu()
        forward[0] = False  # position 0 is not a token of the text
        return scores.masked_fill(~forward, float("-inf")).flatten(1)


class TokenSpanHead(nn.Module):
    """Scores every text token, and position 0 for "no evidence", as start and as end of the evidence."""

    def __init__(self, size: int, configuration: Configuration) -> None:
        super().__init__()
        self.head = configured_head(size, configuration)

    def forward(self, states: Tensor, tokens: TokenBatch) -> TokenSpans:
        """(B, T, H) -> the distribution over spans of tokens."""
        allowed = tokens.text_mask
        allowed[:, 0] = True
        scores = self.head(states).float().masked_fill(~allowed.unsqueeze(-1), float("-inf"))
        return TokenSpans(*scores.log_softmax(1).unbind(-1))


def _mean_of_allowed(log_probabilities: Tensor) -> Tensor:
    """(B, T) to (B,): the mean over the allowed positions; the others are minus infinity."""
    allowed = log_probabilities.isfinite()
    return log_probabilities.masked_fill(~allowed, 0.0).sum(1) / allowed.sum(1)
