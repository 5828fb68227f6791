"""What every span head predicts: for each window a distribution over evidence spans and "no evidence".

Owns the interface through which losses, decoding and ensembles read a distribution. B windows, T tokens, G gold spans.
"""

from collections.abc import Sequence
from typing import Protocol, Self

from torch import Tensor


class SpanDistribution(Protocol):
    """For each window of a batch the probabilities of the spans that a head can predict, and of none of them."""

    def losses(self, gold: Tensor) -> Tensor:
        """(B,) minus the log of the probability summed over a window's gold spans (Clark and Gardner 2018, 2.2).

        Args:
            gold: (B, G, 2) first and last tokens; (0, 0) for "no evidence", -1 for padding, at least one a window.
        """
        ...

    def uniform_losses(self) -> Tensor:
        """(B,) cross-entropy with the uniform distribution over all that a window can predict."""
        ...

    def log_odds(self) -> Tensor:
        """(B,) log odds of any span against "no evidence"; -inf for a window without text."""
        ...

    def best(self) -> tuple[Tensor, Tensor]:
        """(B,) first and (B,) last token, inclusive, of the span to predict if there is evidence."""
        ...

    def mean(self, others: Sequence[Self]) -> Self:
        """The distribution whose probabilities are the mean of this one's and the others'."""
        ...
