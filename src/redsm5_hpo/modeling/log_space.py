"""Sums and means of probabilities that are given as logs."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def log_mean(log_probabilities: Sequence[Tensor]) -> Tensor:
    """The log of the mean probability, elementwise; of tensors of one shape."""
    return torch.stack([*log_probabilities]).logsumexp(0) - math.log(len(log_probabilities))


def log_sum(log_probabilities: Tensor) -> Tensor:
    """(B, N) -> (B,) the log of the summed probability; -inf, with a gradient of 0, where all are -inf.

    The gradient of torch's logsumexp is nan there.
    """
    empty = log_probabilities.isneginf().all(1)
    total = log_probabilities.masked_fill(empty.unsqueeze(1), 0.0).logsumexp(1)
    return total.masked_fill(empty, float("-inf"))
