"""From log probabilities of windows to predictions.

Owns a window's best span and the mean of several models. Does not know posts, pairs or thresholds.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from redsm5_hpo.modeling.inputs import Outputs


def mean_outputs(outputs: Sequence[Outputs]) -> Outputs:
    """The log of the mean probability over several models' outputs for the same batch."""
    return Outputs(*(_log_mean([output[field] for output in outputs]) for field in range(len(Outputs._fields))))


def status_log_odds(status: Tensor) -> Tensor:
    """(B, 2) log probabilities -> (B,) log odds of present."""
    return status[:, 1] - status[:, 0]


def best_spans(start: Tensor, end: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The best span of each window, and the log odds that the window shows evidence.

    The odds compare the sum over all spans with "no evidence": with many plausible spans the best alone would lose.

    Args:
        start: (B, T) log probabilities; position 0 means "no evidence".
        end: (B, T), likewise.

    Returns:
        first token, last token (inclusive), log odds: (B,) each. The log odds are -inf for a window without text.
    """
    size = start.shape[1]
    scores = start.unsqueeze(2) + end.unsqueeze(1)
    forward = torch.ones(size, size, dtype=torch.bool, device=start.device).triu()
    forward[0] = False  # position 0 is not a token of the text
    spans = scores.masked_fill(~forward, float("-inf")).flatten(1)
    best = spans.argmax(1)
    return best // size, best % size, spans.logsumexp(1) - (start[:, 0] + end[:, 0])


def _log_mean(values: Sequence[Tensor | None]) -> Tensor | None:
    present = [value for value in values if value is not None]
    if not present:
        return None
    return torch.stack(present).logsumexp(0) - math.log(len(present))
