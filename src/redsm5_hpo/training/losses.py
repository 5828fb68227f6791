"""The loss that a fit minimizes.

Owns the losses of status and spans, and their weights. B windows, G gold spans. To add a kind of loss, add it
to LOSSES here, and its name and values to params/configuration.py.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from redsm5_hpo.modeling.inputs import Outputs
from redsm5_hpo.modeling.span_distribution import SpanDistribution
from redsm5_hpo.params import Configuration

CLASSES = 2  # absent, present


@dataclass(frozen=True)
class Loss:
    """The loss of a batch.

    Attributes:
        status_weight: with two heads, the weight of the status loss; that of the span loss is 1 minus this.
        kind: a key of LOSSES, for both heads.
        smoothing: share of the target that is spread evenly over both classes, or over all spans and "no evidence".
        gamma: exponent of focal's factor.
        class_weights: of absent and present windows; None for equal weights.
    """

    status_weight: float
    kind: str = "cross_entropy"
    smoothing: float = 0.0
    gamma: float = 0.0
    class_weights: tuple[float, ...] | None = None

    def __call__(self, outputs: Outputs, status: Tensor, gold: Tensor) -> Tensor:
        """The mean loss of a batch; with two heads the weighted mean of both losses."""
        if outputs.spans is None:
            return self._of_status(outputs.status, status)
        spans = self._mean(self._of_spans(outputs.spans, gold), status)
        if outputs.status is None:
            return spans
        return self.status_weight * self._of_status(outputs.status, status) + (1 - self.status_weight) * spans

    def _of_status(self, log_probabilities: Tensor | None, status: Tensor) -> Tensor:
        if log_probabilities is None:
            raise ValueError("these outputs have no status")
        if self.kind == "cross_entropy" and self.class_weights is None:
            return functional.nll_loss(log_probabilities, status)  # one operation, which rounds otherwise than _mean
        losses = functional.nll_loss(log_probabilities, status, reduction="none")
        return self._mean(LOSSES[self.kind](self, losses, lambda: -log_probabilities.mean(1)), status)

    def _of_spans(self, spans: SpanDistribution, gold: Tensor) -> Tensor:
        return LOSSES[self.kind](self, spans.losses(gold), spans.uniform_losses)

    def _mean(self, losses: Tensor, status: Tensor) -> Tensor:
        if self.class_weights is None:
            return losses.mean()
        return (losses * _on_device(self.class_weights, losses.device)[status]).mean()


# Turns each window's cross-entropy (B,) into its loss (B,); the function computes cross-entropy with a uniform target.
Kind = Callable[[Loss, Tensor, Callable[[], Tensor]], Tensor]


def _label_smoothing(loss: Loss, losses: Tensor, uniform: Callable[[], Tensor]) -> Tensor:
    """Cross-entropy against the target mixed with the uniform distribution (Szegedy et al. 2016, section 7)."""
    return (1 - loss.smoothing) * losses + loss.smoothing * uniform()


LOSSES: Final[Mapping[str, Kind]] = {
    "cross_entropy": lambda _, losses, __: losses,
    "label_smoothing": _label_smoothing,
    "focal": lambda loss, losses, _: focal(losses, loss.gamma),
}


def configured_loss(configuration: Configuration, status: Sequence[int] | NDArray[np.int64]) -> Loss:
    """The configuration's loss; `status` holds the training windows' targets, from which class weights are computed."""
    weights = balanced_weights(status) if configuration.class_weight == "balanced" else None
    smoothing, gamma = configuration.label_smoothing, configuration.focal_gamma
    return Loss(configuration.status_weight, configuration.loss, smoothing, gamma, weights)


@functools.lru_cache(maxsize=8)
def _on_device(weights: tuple[float, ...], device: torch.device) -> Tensor:
    """The weights as a tensor, copied to the device once and not at every step."""
    return torch.tensor(weights, device=device)


def balanced_weights(status: Sequence[int] | NDArray[np.int64]) -> tuple[float, ...]:
    """Weights with equal sums over the windows of both classes and a mean of 1 (scikit-learn's "balanced").

    If only one class occurs, all weights are 1.
    """
    counts = np.bincount(np.asarray(status, dtype=np.int64), minlength=CLASSES)
    return tuple(float(counts.sum() / (CLASSES * count)) if counts.all() else 1.0 for count in counts)


def focal(losses: Tensor, gamma: float) -> Tensor:
    """(1 - p) ** gamma * -log p for each loss -log p (Lin et al. 2017, equation 4)."""
    # 1 - p is exactly 0 where p rounds to 1, and there a power below 1 has no gradient.
    wrong = (-torch.expm1(-losses)).clamp(min=torch.finfo(losses.dtype).tiny)
    return wrong**gamma * losses
