"""Evidence as a run of whole sentences, the unit that annotators marked.

Owns the head and its distribution. A run is scored by the sum over its sentences and a bias of its length, all runs of
a window and "no evidence" (score 0) in one softmax: spans scored as wholes, as in Lee et al. 2016 (1611.01436).
B windows, S sentences, K the most sentences of a run, G gold spans.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from redsm5_hpo.modeling.heads import configured_head
from redsm5_hpo.modeling.inputs import TokenBatch
from redsm5_hpo.modeling.log_space import log_mean, log_sum
from redsm5_hpo.modeling.sentence_features import PARTS, sentence_features
from redsm5_hpo.params import Configuration

FORBIDDEN = float("-inf")
RARE = -2.3  # the first score of a sentence: one in ten is evidence


@dataclass(frozen=True)
class SentenceRuns:
    """The distribution over runs of sentences.

    Attributes:
        none: (B,) log probability of "no evidence".
        runs: (B, S, K) log probability of the run of k + 1 sentences from the s-th on; -inf beyond the last sentence.
        sentences: (B, S, T) bool, the tokens of each sentence.
    """

    none: Tensor
    runs: Tensor
    sentences: Tensor

    def losses(self, gold: Tensor) -> Tensor:
        """(B,) minus the log of the summed probability of the runs nearest to gold spans; see SpanDistribution."""
        target = self._nearest(gold)
        spans = self.runs.flatten(1).masked_fill(~target, FORBIDDEN)
        none = self.none.masked_fill(target.any(1), FORBIDDEN)
        return -torch.cat([none.unsqueeze(1), spans], dim=1).logsumexp(1)

    def uniform_losses(self) -> Tensor:
        """(B,) cross-entropy with the uniform distribution over a window's runs and "no evidence"."""
        allowed = self.runs.isfinite()
        total = self.runs.masked_fill(~allowed, 0.0).sum((1, 2)) + self.none
        return -total / (allowed.sum((1, 2)) + 1)

    def log_odds(self) -> Tensor:
        """(B,) the sum over all runs against "no evidence"."""
        return log_sum(self.runs.flatten(1)) - self.none

    def best(self) -> tuple[Tensor, Tensor]:
        """First and last token, (B,) each, of the run with the highest expected token F1."""
        best = self._expected_f1().flatten(1).argmax(1)
        longest = self.runs.shape[2]
        first = best // longest
        return self._tokens(first)[0], self._tokens(first + best % longest)[1]

    def mean(self, others: Sequence["SentenceRuns"]) -> "SentenceRuns":
        """The mean of the probabilities of each run."""
        every = [self, *others]
        none, runs = log_mean([each.none for each in every]), log_mean([each.runs for each in every])
        return replace(self, none=none, runs=runs)

    def _expected_f1(self) -> Tensor:
        """(B, S, K) F1 in tokens of predicting a run, in expectation over the runs that may be the evidence.

        E(c) = sum over c' of p(c') F1(c, c'), the decision of minimum Bayes risk; -1 for what is no run.
        """
        sizes = self.sentences.sum(2).float()
        total = self._over_runs(sizes)
        before = torch.ones(sizes.shape[1], sizes.shape[1], device=sizes.device).tril(-1)
        start = (sizes.unsqueeze(1) * before).sum(2).unsqueeze(2).expand_as(total)
        ends, starts = self._overlapping(start + total), self._overlapping(start)
        own_end, own_start = ((start + total)[..., None, None], start[..., None, None])
        common = (torch.minimum(own_end, ends) - torch.maximum(own_start, starts)).clamp(min=0)
        f1 = 2 * common / (total[..., None, None] + self._overlapping(total)).clamp(min=1)
        expected = (f1 * self._overlapping(self.runs.exp())).sum((3, 4))
        return expected.masked_fill(self.runs.isneginf(), -1.0)

    def _overlapping(self, values: Tensor) -> Tensor:
        """(B, S, K) -> (B, S, 1, K, 2 K - 1): the values of the runs that may overlap one from s on; 0 for none."""
        reach = self.runs.shape[2] - 1
        return functional.pad(values, (0, 0, reach, reach)).unfold(1, 2 * reach + 1, 1).unsqueeze(2)

    def _nearest(self, gold: Tensor) -> Tensor:
        """(B, S * K) bool: for each gold span the run with the best token F1, the first of equals."""
        first, last = gold.unbind(-1)
        token = torch.arange(self.sentences.shape[2], device=gold.device)
        inside = (token >= first.unsqueeze(-1)) & (token <= last.unsqueeze(-1)) & (first > 0).unsqueeze(-1)
        # Counts, not products of matrices, which autocast would round.
        common = (inside.unsqueeze(2) & self.sentences.unsqueeze(1)).sum(3).float()
        sizes = self._over_runs(self.sentences.sum(2).float()).unsqueeze(1) + common.sum(2)[:, :, None, None]
        f1 = 2 * self._over_runs(common) / sizes.clamp(min=1)
        best = f1.masked_fill(self.runs.isneginf().unsqueeze(1), -1.0).flatten(2).argmax(2)
        found = best.unsqueeze(2) == torch.arange(self.runs[0].numel(), device=best.device)
        return (found & (common.sum(2) > 0).unsqueeze(2)).any(1)

    def _over_runs(self, values: Tensor) -> Tensor:
        """(..., S) -> (..., S, K): sums over each run; runs beyond the last sentence hold what there is of them."""
        return run_sums(values, self.runs.shape[2])

    def _tokens(self, sentence: Tensor) -> tuple[Tensor, Tensor]:
        """(B,) sentences -> their first and last token, (B,) each; 0 and 0 if a sentence has none."""
        members = self.sentences[torch.arange(len(sentence), device=sentence.device), sentence].int()
        return members.argmax(1), (members * torch.arange(members.shape[1], device=members.device)).amax(1)


class SentenceRunHead(nn.Module):
    """Scores the runs of a window's sentences beside the criterion."""

    def __init__(self, size: int, configuration: Configuration) -> None:
        super().__init__()
        self.head = configured_head(PARTS * size, configuration, out_size=1, bias=RARE)
        self.length_bias = nn.Parameter(torch.zeros(configuration.max_evidence_sentences))

    def forward(self, states: Tensor, tokens: TokenBatch) -> SentenceRuns:
        """(B, T, H) -> the distribution over runs of at most max_evidence_sentences sentences."""
        scores = self.head(sentence_features(states, tokens)).float().squeeze(-1)
        longest = len(self.length_bias)
        runs = run_sums(scores, longest) + self.length_bias
        shown = functional.pad(tokens.sentences.any(2), (0, longest - 1))
        runs = runs.masked_fill(~shown.unfold(1, longest, 1), FORBIDDEN)
        every = torch.cat([runs.new_zeros(len(runs), 1), runs.flatten(1)], dim=1).log_softmax(1)
        return SentenceRuns(every[:, 0], every[:, 1:].view_as(runs), tokens.sentences)


def run_sums(values: Tensor, longest: int) -> Tensor:
    """(..., S) -> (..., S, K): the sum over the run of k + 1 values from the s-th on, with zeros beyond the last."""
    # No cumsum: its CUDA kernel is not among the deterministic ones in all versions of torch.
    following = functional.pad(values, (0, longest - 1)).unfold(-1, longest, 1)
    return torch.stack([following[..., : count + 1].sum(-1) for count in range(longest)], dim=-1)
