"""The record of a fit: plain values, without tensors and times."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class EpochRecord:
    """One epoch of a fit.

    Attributes:
        train_loss: mean loss over the epoch's training windows.
        loss: mean loss over the validation windows.
        f1_macro: the architecture's primary metric on the validation split.
        accuracy: share of validation examples whose status is predicted correctly.
    """

    train_loss: float
    loss: float
    f1_macro: float
    accuracy: float


@dataclass(frozen=True)
class FitRecord:
    """A fit with validation.

    Attributes:
        epochs: one record for each epoch trained.
        best_epoch: the epoch with the highest f1_macro, counted from 1; the first of equals.
        stopped: why it ended: all epochs completed, early stopping, or pruned by the search.
        micro_batches: how many times more micro-batches than usual each batch was computed in; 1 unless memory ran out.
    """

    epochs: tuple[EpochRecord, ...]
    best_epoch: int
    stopped: Literal["completed", "early", "pruned"]
    micro_batches: int
