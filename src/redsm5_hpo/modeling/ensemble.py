"""From the outputs of several models to one, and from status probabilities to log odds.

Owns the mean of several models. Does not know posts, pairs or thresholds; the best span is in modeling/spans.
"""

from collections.abc import Sequence

from torch import Tensor

from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.modeling.log_space import log_mean


def mean_outputs(outputs: Sequence[Outputs]) -> Outputs:
    """The mean probabilities of several models' outputs for the same batch."""
    status = [each.status for each in outputs if each.status is not None]
    spans = [each.spans for each in outputs if each.spans is not None]
    return Outputs(log_mean(status) if status else None, spans[0].mean(spans[1:]) if spans else None)


def status_log_odds(status: Tensor) -> Tensor:
    """(B, 2) log probabilities -> (B,) log odds of present."""
    return status[:, 1] - status[:, 0]
