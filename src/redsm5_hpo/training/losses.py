"""What a fit minimises.

Owns the losses of status and spans and their weighting. B windows, T tokens, G gold spans.
"""

import torch
from torch import Tensor
from torch.nn import functional

from redsm5_hpo.modeling.inputs import Outputs


def batch_loss(outputs: Outputs, status: Tensor, gold: Tensor, status_weight: float) -> Tensor:
    """The mean loss of a batch; with two heads the weighted mean of both losses."""
    if outputs.start is None or outputs.end is None:
        return status_loss(outputs, status)
    if outputs.status is None:
        return span_loss(outputs.start, outputs.end, gold)
    spans = span_loss(outputs.start, outputs.end, gold)
    return status_weight * status_loss(outputs, status) + (1 - status_weight) * spans


def status_loss(outputs: Outputs, status: Tensor) -> Tensor:
    """Cross-entropy of (B, 2) log probabilities against (B,) targets."""
    if outputs.status is None:
        raise ValueError("these outputs hold no status")
    return functional.nll_loss(outputs.status, status)


def span_loss(start: Tensor, end: Tensor, gold: Tensor) -> Tensor:
    """Negative log of the probability summed over a window's gold spans (Clark and Gardner 2018, section 2.2).

    Args:
        start: (B, T) log probabilities.
        end: (B, T), likewise.
        gold: (B, G, 2) first and last tokens; -1 for padding, at least one span a window.
    """
    missing = gold[:, :, 0] < 0
    tokens = gold.clamp(min=0)
    likelihood = start.gather(1, tokens[:, :, 0]) + end.gather(1, tokens[:, :, 1])
    return -torch.logsumexp(likelihood.masked_fill(missing, float("-inf")), dim=1).mean()
